// Where owners want to be told what happens: creating, removing and listing endpoints, and how they are doing.
import { need, needLocked } from '../books/books.ts'
import type { Command, Runner } from '../books/command.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Queryable } from '../db/pool.ts'
import { AppError, invalidField } from '../errors.ts'
import type { Egress } from '../http/egress.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { isUuid } from '../ids.ts'
import type { Secret } from '../secret.ts'
import { listEndpoints, listStats } from './queries.ts'
import { deriveWebhookSecret } from './secret.ts'

/** `webhook`: its owner made it. `callback`: an order named it. `notice`: a checkout or its merchant's settings named it. */
export type EndpointKind = 'webhook' | NamedKind

/** Endpoints that are there because something named their URL. They hear only what is addressed to them. */
export type NamedKind = 'callback' | 'notice'

export interface WebhookEndpoint {
  readonly id: string
  readonly kind: EndpointKind
  /** The merchant or client whose events it gets. */
  readonly ownerId: string
  readonly name: string
  readonly url: string
  /** Names of the face's events; `*` is all of them, and a name that no face knows never comes. */
  readonly events: readonly string[]
  readonly createdAt: Date
  readonly removedAt: Date | null
}

/** `error`: its deliveries are suspended until the owner removes it and creates another, or resumes it. */
export type HealthStatus = 'created' | 'healthy' | 'unhealthy' | 'error'

export interface Webhook extends WebhookEndpoint {
  readonly status: HealthStatus | 'removed'
}

export interface WebhookStats {
  readonly id: string
  readonly status: 'healthy' | 'unhealthy' | 'suspended' | 'deleted'
  readonly queuedMessages: number
  readonly lastSuccessfulDeliveryTime: Date | null
  readonly lastFailedDeliveryTime: Date | null
}

export const webhookEndpointShelf = tableShelf<WebhookEndpoint>({
  name: 'webhook_endpoints',
  columns: {
    id: 'uuid',
    kind: 'text',
    ownerId: 'uuid',
    name: 'text',
    url: 'text',
    events: 'jsonb',
    createdAt: 'timestamptz',
    removedAt: 'timestamptz',
  },
  key: ['id'],
  mutable: ['removedAt'],
  locks: false, // All orders of a merchant may name one endpoint; only `removedAt` of webhooks ever changes.
})

export interface WebhookDeps {
  readonly runner: Runner
  readonly db: Queryable
  readonly egress: Egress
  readonly webhookKey: Secret<Buffer>
}

export interface CreateWebhookRequest {
  /** A new id. */
  readonly id: string
  readonly ownerId: string
  readonly url: string
  readonly events: readonly string[]
  /** Default: the id. */
  readonly name?: string
  readonly claims?: readonly KeyClaim[]
}

const EVENTS_MAX = 100
const TEXT_LENGTH_MAX = 128

/**
 * Creates an endpoint and returns it with its signing secret, which nobody can ask for later; only a repetition under
 * the same key gets it again. Refuses with `invalid_request` for a URL that will not be called.
 */
export async function createWebhook(
  deps: WebhookDeps,
  request: CreateWebhookRequest,
): Promise<Webhook & { readonly secret: Secret<string> }> {
  checkNames(request)
  await deps.egress.checkUrl(request.url)
  const webhook = await deps.runner.run(keyed(request.claims ?? [], createCommand(request)))
  return { ...webhook, secret: deriveWebhookSecret(deps.webhookKey, webhook.id) }
}

function checkNames({ name, events }: CreateWebhookRequest): void {
  const isName = (text: string): boolean => text.length > 0 && text.length <= TEXT_LENGTH_MAX && !text.includes('\0')
  if (name !== undefined && !isName(name)) throw invalidField('name', `must have 1 to ${TEXT_LENGTH_MAX} characters`)
  if (events.length === 0 || events.length > EVENTS_MAX)
    throw invalidField('events', `must name 1 to ${EVENTS_MAX} events`)
  if (!events.every(isName)) throw invalidField('events', `must be names of 1 to ${TEXT_LENGTH_MAX} characters`)
}

function createCommand({ id, ownerId, url, events, name = id }: CreateWebhookRequest): Command<Webhook> {
  return {
    name: 'create webhook',
    needs: [need(webhookEndpointShelf, id)],
    decide: (books) => ({
      ...books.put(webhookEndpointShelf, {
        ...{ id, kind: 'webhook', ownerId, name, url, events },
        ...{ createdAt: books.now, removedAt: null },
      }),
      status: 'created',
    }),
  }
}

export interface RemoveWebhookRequest {
  readonly id: string
  readonly ownerId: string
  readonly claims?: readonly KeyClaim[]
}

/** Removes an endpoint for good: nothing more is sent to it. Removing it again changes nothing. Throws `webhook_not_found`. */
export async function removeWebhook(
  deps: Pick<WebhookDeps, 'runner'>,
  request: RemoveWebhookRequest,
): Promise<Webhook> {
  if (!isUuid(request.id)) throw new AppError('webhook_not_found')
  return deps.runner.run(keyed(request.claims ?? [], removeCommand(request)))
}

function removeCommand({ id, ownerId }: RemoveWebhookRequest): Command<Webhook> {
  return {
    name: 'remove webhook',
    needs: [needLocked(webhookEndpointShelf, id)],
    decide: (books) => {
      const endpoint = books.find(webhookEndpointShelf, id)
      if (endpoint?.ownerId !== ownerId || endpoint.kind !== 'webhook') throw new AppError('webhook_not_found')
      const removed = endpoint.removedAt ? endpoint : { ...endpoint, removedAt: books.now }
      if (removed !== endpoint) books.put(webhookEndpointShelf, removed)
      return { ...removed, status: 'removed' }
    },
  }
}

/** The owner's webhooks that are not removed, newest first. */
export const listWebhooks = ({ db }: Pick<WebhookDeps, 'db'>, ownerId: string): Promise<readonly Webhook[]> =>
  listEndpoints(db, ownerId)

/** How the owner's webhooks are doing, removed ones too, newest first; with `id` only that one, or `webhook_not_found`. */
export async function webhookStats(
  { db }: Pick<WebhookDeps, 'db'>,
  { ownerId, id }: { readonly ownerId: string; readonly id?: string | undefined },
): Promise<readonly WebhookStats[]> {
  if (id !== undefined && !isUuid(id)) throw new AppError('webhook_not_found')
  const rows = await listStats(db, ownerId, id)
  if (id !== undefined && rows.length === 0) throw new AppError('webhook_not_found')
  return rows.map(({ status, ...stats }) => ({ ...stats, status: toStatsStatus(status) }))
}

// The contract has two lists of states. An endpoint that has had nothing to deliver counts as healthy.
function toStatsStatus(status: Webhook['status']): WebhookStats['status'] {
  switch (status) {
    case 'created':
    case 'healthy':
      return 'healthy'
    case 'unhealthy':
      return 'unhealthy'
    case 'error':
      return 'suspended'
    case 'removed':
      return 'deleted'
  }
}
