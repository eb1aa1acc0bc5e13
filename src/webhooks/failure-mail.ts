// Mails the owner of a URL, to the addresses of his settings, that a notice has failed for good or that callbacks are suspended.
import type { Queryable } from '../db/pool.ts'
import { newId } from '../ids.ts'
import { FAILURE_KIND } from '../notify/message.ts'
import { insertMessages } from '../notify/queries.ts'
import { takeFailureRecipients } from './notice-queries.ts'

/**
 * Mails what became of the delivery. Once an hour for an endpoint at most: a receiver that is down must not keep the mails of
 * others waiting. The caller has locked the endpoint's state.
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
