// The endpoints of callbacks: where a merchant's order wants to be told what becomes of it. They are made with the order,
// are never removed, and share one signing secret and one count for each merchant.
import { type Books, type Need, need } from '../books/books.ts'
import type { Page, PageRequest } from '../db/keyset.ts'
import { type Pool, type Queryable, transaction } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import { derivedId, isUuid } from '../ids.ts'
import type { Secret } from '../secret.ts'
import { type HealthStatus, webhookEndpointShelf } from './endpoints.ts'
import type { SuspensionReason } from './policy.ts'
import { selectCallbackEndpoints } from './queries.ts'
import { findEndpointOwner, hurryEndpoint, lockEndpoints, wakeEndpoints } from './replay-queries.ts'
import { callbackSigner, deriveWebhookSecret } from './secret.ts'

/**
 * The URL that a caller means: https where he names no scheme, in its canonical form. What is none stays as it is; egress
 * refuses it. Use it before `egress.checkUrl`.
 */
export function callbackUrl(text: string): string {
  const trimmed = text.trim()
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`
  return URL.canParse(url) ? new URL(url).href : url
}

/** The id of the merchant's endpoint for this URL, to which renderers address messages. */
export const callbackEndpointId = (merchantId: string, url: string): string =>
  derivedId('callback', merchantId, callbackUrl(url))

/** What a command that opens a callback endpoint needs. Egress must have checked the URL. */
export const needCallbackEndpoint = (merchantId: string, url: string): Need =>
  need(webhookEndpointShelf, callbackEndpointId(merchantId, url))

/** Makes sure that the merchant's endpoint for this URL exists. Returns its id, which renderers address messages to. */
export function openCallbackEndpoint(books: Books, merchantId: string, url: string): string {
  const id = callbackEndpointId(merchantId, url)
  if (books.find(webhookEndpointShelf, id)) return id
  books.put(webhookEndpointShelf, {
    ...{ id, kind: 'callback', ownerId: merchantId, name: id, url: callbackUrl(url), events: ['*'] },
    ...{ createdAt: books.now, removedAt: null },
  })
  return id
}

/** What the merchant's callbacks are signed with (Standard Webhooks), for him to see. */
export const callbackSecret = (webhookKey: Secret<Buffer>, merchantId: string): Secret<string> =>
  deriveWebhookSecret(webhookKey, callbackSigner(merchantId))

export interface CallbackEndpoint {
  readonly id: string
  readonly url: string
  readonly status: HealthStatus
  readonly suspendedBecause: SuspensionReason | null
  /** Failures in a row. */
  readonly failures: number
  readonly failingSince: Date | null
  readonly lastSuccessAt: Date | null
  readonly lastFailureAt: Date | null
  readonly createdAt: Date
}

/** The merchant's callback endpoints and how they are doing, newest first. */
export const listCallbackEndpoints = (
  db: Queryable,
  { ownerId, page }: { readonly ownerId: string; readonly page: PageRequest },
): Promise<Page<CallbackEndpoint>> => selectCallbackEndpoints(db, ownerId, page)

/**
 * Sends to a suspended or failing endpoint again, at once: whatever waits for it, too. Throws `webhook_not_found` when the
 * owner has no such endpoint.
 */
export async function resumeEndpoint(
  pool: Pool,
  { ownerId, id }: { readonly ownerId: string; readonly id: string },
): Promise<void> {
  if (!isUuid(id) || (await findEndpointOwner(pool, id)) !== ownerId) throw new AppError('webhook_not_found')
  await transaction(pool, async (tx) => {
    await lockEndpoints(tx, [id])
    await hurryEndpoint(tx, id)
    await wakeEndpoints(tx, [id])
  })
}
