// The endpoints of callbacks: where a merchant's order wants to be told what becomes of it.
import type { Books, Need } from '../books/books.ts'
import type { Page, PageRequest } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import type { Secret } from '../secret.ts'
import {
  listNamedEndpoints,
  type NamedEndpointView,
  namedEndpointId,
  needNamedEndpoint,
  openNamedEndpoint,
} from './named.ts'
import { callbackSigner, deriveWebhookSecret } from './secret.ts'

/** The id of the merchant's endpoint for this URL, to which renderers address messages. */
export const callbackEndpointId = (merchantId: string, url: string): string =>
  namedEndpointId('callback', { merchantId, url })

/** What a command that opens a callback endpoint needs. Egress must have checked the URL. */
export const needCallbackEndpoint = (merchantId: string, url: string): Need =>
  needNamedEndpoint('callback', { merchantId, url })

/** Makes sure that the merchant's endpoint for this URL exists. Returns its id, which renderers address messages to. */
export const openCallbackEndpoint = (books: Books, merchantId: string, url: string): string =>
  openNamedEndpoint(books, 'callback', { merchantId, url })

/** What the merchant's callbacks are signed with (Standard Webhooks), for him to see. */
export const callbackSecret = (webhookKey: Secret<Buffer>, merchantId: string): Secret<string> =>
  deriveWebhookSecret(webhookKey, callbackSigner(merchantId))

/** The merchant's callback endpoints and how they are doing, newest first. */
export const listCallbackEndpoints = (
  db: Queryable,
  { ownerId, page }: { readonly ownerId: string; readonly page: PageRequest },
): Promise<Page<NamedEndpointView>> => listNamedEndpoints(db, { kind: 'callback', ownerId, page })
