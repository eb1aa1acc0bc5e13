// Webhooks on the wire.
import Type, { type Static } from 'typebox'
import type { Webhook, WebhookStats } from '../../webhooks/endpoints.ts'
import { EXAMPLE_ID, EXAMPLE_TIME, idSchema, keyMember, nullable, oneOf, timeSchema } from './wire.ts'

export const createWebhookBody = Type.Object({
  url: Type.String({
    maxLength: 2048,
    description: 'Where events are posted; https on port 443 or 8443, with a certificate of a trusted CA.',
    examples: ['https://example.com/florin'],
  }),
  events: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
    minItems: 1,
    maxItems: 100,
    description: 'Names of events; `*` is all of them.',
  }),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Default: the id of the webhook.' })),
  ...keyMember,
})

export const removeWebhookBody = Type.Object({ webhookId: idSchema('The webhook.'), ...keyMember })

const webhookMembers = {
  id: idSchema('Identifies the webhook.'),
  name: Type.String(),
  url: Type.String(),
  status: oneOf(
    ['created', 'healthy', 'unhealthy', 'error', 'removed'],
    'created: nothing sent yet. unhealthy: failing and retried. error: deliveries are suspended.',
  ),
  events: Type.Array(Type.String()),
}

export const webhookSchema = Type.Object(webhookMembers)

export const createdWebhookSchema = Type.Object({
  ...webhookMembers,
  secret: Type.String({ description: 'Signs what is sent (Standard Webhooks). Shown here only.' }),
})

type WireWebhook = Static<typeof webhookSchema>

export const EXAMPLE_WEBHOOK: WireWebhook = {
  id: EXAMPLE_ID,
  name: 'Ledger sync',
  url: 'https://example.com/florin',
  status: 'created',
  events: ['*'],
}

export const renderWebhook = ({ id, name, url, status, events }: Webhook): WireWebhook => ({
  id,
  name,
  url,
  status,
  events: [...events],
})

export const webhookListSchema = Type.Object({ webhooks: Type.Array(webhookSchema) })

export const statsQuery = Type.Object({ webhookId: Type.Optional(idSchema('Only this webhook.')) })

const statSchema = Type.Object({
  id: idSchema('The webhook.'),
  status: oneOf(['healthy', 'unhealthy', 'suspended', 'deleted']),
  queuedMessages: Type.Integer({ description: 'Messages that wait to be delivered.' }),
  lastSuccessfulDeliveryTime: nullable(timeSchema('Null when there was none.')),
  lastFailedDeliveryTime: nullable(timeSchema('Null when there was none.')),
})

export const statsSchema = Type.Array(statSchema)

type WireStats = Static<typeof statSchema>

export const EXAMPLE_STATS: WireStats = {
  id: EXAMPLE_ID,
  status: 'healthy',
  queuedMessages: 0,
  lastSuccessfulDeliveryTime: EXAMPLE_TIME,
  lastFailedDeliveryTime: null,
}

export const renderStats = ({ id, status, queuedMessages, ...times }: WebhookStats): WireStats => ({
  id,
  status,
  queuedMessages,
  lastSuccessfulDeliveryTime: times.lastSuccessfulDeliveryTime?.toISOString() ?? null,
  lastFailedDeliveryTime: times.lastFailedDeliveryTime?.toISOString() ?? null,
})
