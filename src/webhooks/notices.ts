// The endpoints of notices: where a checkout, or its merchant for all of them, wants to be told what becomes of payments. Only an
// answer 200 or 201 takes a notice, only a timeout is tried again, and what failed for good is mailed to whom the merchant names.
import type { Books, Need } from '../books/books.ts'
import type { Page, PageRequest } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import { newId } from '../ids.ts'
import { FAILURE_KIND } from '../notify/message.ts'
import { insertMessages } from '../notify/queries.ts'
import type { Secret } from '../secret.ts'
import {
  listNamedEndpoints,
  type NamedEndpointView,
  namedEndpointId,
  needNamedEndpoint,
  openNamedEndpoint,
} from './named.ts'
import { takeFailureRecipients } from './notice-queries.ts'
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

/**
 * Mails that a notice has failed for good, to the addresses of its owner's settings. Once an hour for an endpoint at most: a
 * receiver that is down must not keep the mails of others waiting. The caller has locked the endpoint's state.
 */
export async function mailFailure(
  tx: Queryable,
  { id, endpointId, ownerId }: { readonly id: string; readonly endpointId: string; readonly ownerId: string },
): Promise<void> {
  const recipients = await takeFailureRecipients(tx, { endpointId, ownerId })
  const message = { kind: FAILURE_KIND, channel: 'email', subjectId: id } as const
  if (recipients.length > 0)
    await insertMessages(
      tx,
      recipients.map((recipient) => ({ ...message, id: newId(), recipient })),
    )
}
