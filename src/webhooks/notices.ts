// The endpoints of notices: where a checkout, or its merchant for all of them, wants to be told what becomes of payments. Only an
// answer 200 or 201 takes a notice, and only a timeout is tried again.
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
import { deriveWebhookSecret, noticeSigner } from './secret.ts'

/** The id of the merchant's endpoint for this URL, to which renderers address messages. */
export const noticeEndpointId = (merchantId: string, url: string): string =>
  namedEndpointId('notice', { merchantId, url })

/** What a command that opens an endpoint of notices needs. Egress must have checked the URL, as `namedUrl` writes it. */
export const needNoticeEndpoint = (merchantId: string, url: string): Need =>
  needNamedEndpoint('notice', { merchantId, url })

/** Makes sure that the merchant's endpoint for this URL exists. Returns its id, which renderers address messages to. */
export const openNoticeEndpoint = (books: Books, merchantId: string, url: string): string =>
  openNamedEndpoint(books, 'notice', { merchantId, url })

/** What the merchant's notices are signed with besides the face's own signature (Standard Webhooks), for him to see. */
export const noticeSecret = (webhookKey: Secret<Buffer>, merchantId: string): Secret<string> =>
  deriveWebhookSecret(webhookKey, noticeSigner(merchantId))

/** The merchant's endpoints of notices and how they are doing, newest first. */
export const listNoticeEndpoints = (
  db: Queryable,
  { ownerId, page }: { readonly ownerId: string; readonly page: PageRequest },
): Promise<Page<NamedEndpointView>> => listNamedEndpoints(db, { kind: 'notice', ownerId, page })
