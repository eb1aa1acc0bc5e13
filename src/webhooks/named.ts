// Endpoints that are there because something of a merchant's named their URL: one for each kind, merchant and URL. They are made
// with what names them, are never removed, and all of a kind share one signing secret and one count for each merchant.
import { type Books, type Need, need } from '../books/books.ts'
import type { Page, PageRequest } from '../db/keyset.ts'
import { type Pool, type Queryable, transaction } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import { derivedId, isUuid } from '../ids.ts'
import { type HealthStatus, type NamedKind, webhookEndpointShelf } from './endpoints.ts'
import type { SuspensionReason } from './policy.ts'
import { selectNamedEndpoints } from './queries.ts'
import { findEndpointOwner, hurryEndpoint, lockEndpoints, wakeEndpoints } from './replay-queries.ts'

/**
 * The URL that a caller means: https where he names no scheme, in its canonical form. What is none stays as it is; egress
 * refuses it. Use it before `egress.checkUrl`.
 */
export function namedUrl(text: string): string {
  const trimmed = text.trim()
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`
  return URL.canParse(url) ? new URL(url).href : url
}

/** Whose endpoint it is, and where it leads. */
export interface NamedEndpoint {
  readonly merchantId: string
  readonly url: string
}

/** The id of the merchant's endpoint for this URL. */
export const namedEndpointId = (kind: NamedKind, { merchantId, url }: NamedEndpoint): string =>
  derivedId(kind, merchantId, namedUrl(url))

/** What a command that opens an endpoint needs. Egress must have checked the URL. */
export const needNamedEndpoint = (kind: NamedKind, endpoint: NamedEndpoint): Need =>
  need(webhookEndpointShelf, namedEndpointId(kind, endpoint))

/** Makes sure that the endpoint exists. Returns its id. */
export function openNamedEndpoint(books: Books, kind: NamedKind, endpoint: NamedEndpoint): string {
  const id = namedEndpointId(kind, endpoint)
  if (books.find(webhookEndpointShelf, id)) return id
  books.put(webhookEndpointShelf, {
    ...{ id, kind, ownerId: endpoint.merchantId, name: id, url: namedUrl(endpoint.url), events: ['*'] },
    ...{ createdAt: books.now, removedAt: null },
  })
  return id
}

/** How a named endpoint is doing. */
export interface NamedEndpointView {
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

/** The merchant's endpoints of a kind and how they are doing, newest first. */
export const listNamedEndpoints = (
  db: Queryable,
  { ownerId, kind, page }: { readonly ownerId: string; readonly kind: NamedKind; readonly page: PageRequest },
): Promise<Page<NamedEndpointView>> => selectNamedEndpoints(db, { ownerId, kind }, page)

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
