// /v1/webhooks.

import type { Deps } from '../../deps.ts'
import type { Egress } from '../../http/egress.ts'
import { type Route, route } from '../../http/face.ts'
import { newId } from '../../ids.ts'
import type { Secret } from '../../secret.ts'
import { createWebhook, listWebhooks, removeWebhook, type WebhookDeps, webhookStats } from '../../webhooks/endpoints.ts'
import { claimsOf, EXAMPLE_ID } from './wire.ts'
import {
  createdWebhookSchema,
  createWebhookBody,
  EXAMPLE_STATS,
  EXAMPLE_WEBHOOK,
  removeWebhookBody,
  renderStats,
  renderWebhook,
  statsQuery,
  statsSchema,
  webhookListSchema,
  webhookSchema,
} from './wire-webhooks.ts'

export interface WebhookRouteDeps extends Deps {
  readonly egress: Egress
  readonly webhookKey: Secret<Buffer>
}

export function webhookRoutes({ lane: runner, pool: db, egress, webhookKey }: WebhookRouteDeps): readonly Route[] {
  const deps: WebhookDeps = { runner, db, egress, webhookKey }
  return [createRoute(deps), listRoute(deps), removeRoute(deps), statsRoute(deps)]
}

const createRoute = (deps: WebhookDeps): Route =>
  route({
    method: 'POST',
    path: '/webhooks',
    summary: 'Create a webhook',
    body: createWebhookBody,
    response: createdWebhookSchema,
    examples: {
      body: { url: 'https://example.com/florin', events: ['*'], name: 'Ledger sync' },
      response: { ...EXAMPLE_WEBHOOK, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    },
    handle: async (call) => {
      const { idempotencyKey, ...request } = call.body
      const claims = claimsOf(call, request)
      const webhook = await createWebhook(deps, { id: newId(), ownerId: call.principal.id, ...request, claims })
      return { ...renderWebhook(webhook), secret: webhook.secret.reveal() }
    },
  })

const listRoute = (deps: WebhookDeps): Route =>
  route({
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks that are not removed, newest first',
    response: webhookListSchema,
    examples: { response: { webhooks: [{ ...EXAMPLE_WEBHOOK, status: 'healthy' }] } },
    handle: async ({ principal }) => ({ webhooks: (await listWebhooks(deps, principal.id)).map(renderWebhook) }),
  })

const removeRoute = (deps: WebhookDeps): Route =>
  route({
    method: 'POST',
    path: '/webhooks/remove',
    summary: 'Remove a webhook for good',
    body: removeWebhookBody,
    response: webhookSchema,
    examples: { body: { webhookId: EXAMPLE_ID }, response: { ...EXAMPLE_WEBHOOK, status: 'removed' } },
    handle: async (call) => {
      const { webhookId: id } = call.body
      const claims = claimsOf(call, { id })
      return renderWebhook(await removeWebhook(deps, { id, ownerId: call.principal.id, claims }))
    },
  })

const statsRoute = (deps: WebhookDeps): Route =>
  route({
    method: 'GET',
    path: '/webhooks/stats',
    summary: 'How the deliveries of webhooks are doing',
    query: statsQuery,
    response: statsSchema,
    examples: { response: [EXAMPLE_STATS] },
    handle: async ({ principal, query }) => {
      const stats = await webhookStats(deps, { ownerId: principal.id, id: query.webhookId })
      return stats.map(renderStats)
    },
  })
