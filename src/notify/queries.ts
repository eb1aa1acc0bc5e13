// The SQL of sending messages. Whether a message is still of use is a question of business time; when to try again is not.
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { MessageKind, NewMessage } from './message.ts'

/** A message that brings neither a code nor a link. */
export type PlainMessage = Omit<NewMessage, 'challengeId' | 'linkId'> & { readonly subjectId: string }

/** Puts messages on their way in this order, for those who work beside the lane. One whose id is there is on its way already. */
export async function insertMessages(tx: Queryable, messages: readonly PlainMessage[]): Promise<void> {
  const column = <Key extends keyof PlainMessage>(key: Key): (PlainMessage[Key] | null)[] =>
    messages.map((message) => message[key] ?? null)
  await tx.query(
    `insert into messages (shard, id, kind, channel, recipient, subject_id, event, operation_id, created_at)
     select $1, id, kind, channel, recipient, subject_id, event, operation_id,
            ${BUSINESS_NOW} + position * interval '1 microsecond'
       from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::uuid[]) with ordinality
            as t(id, kind, channel, recipient, subject_id, event, operation_id, position)
         on conflict (shard, id) do nothing`,
    [
      SHARD,
      ...[column('id'), column('kind'), column('channel'), column('recipient')],
      ...[column('subjectId'), column('event'), column('operationId')],
    ],
  )
}

/** Forgets that anything was told of these, and to whom. */
export async function deleteMessagesAbout(tx: Queryable, subjectIds: readonly string[]): Promise<void> {
  await tx.query(
    `with about as (
       select shard, id from messages where shard = $1 and subject_id = any($2::uuid[]) and kind = 'payment'),
     undelivered as (
       delete from message_deliveries d using about where d.shard = about.shard and d.message_id = about.id)
     delete from messages m using about where m.shard = about.shard and m.id = about.id`,
    [SHARD, subjectIds],
  )
}

export interface EmailMessage {
  readonly id: string
  readonly kind: MessageKind
  readonly recipient: string
  readonly createdAt: Date
  /** Tries so far, the present one included. */
  readonly attempts: number
}

interface EmailRow {
  readonly id: string
  readonly kind: MessageKind
  readonly recipient: string
  readonly created_at: Date
  readonly attempts: number
}

export interface EmailClaim {
  /** Messages that bring a code, or the others. */
  readonly content: 'code' | 'other'
  readonly limit: number
  /** How long others keep off; more than sending takes. */
  readonly leaseMs: number
  /** How old a message may be. */
  readonly lifeMs: number
}

/** Takes e-mails that are neither sent nor given up nor too old, oldest first, and counts the try. */
export async function claimEmails(
  db: Queryable,
  { content, limit, leaseMs, lifeMs }: EmailClaim,
): Promise<EmailMessage[]> {
  const { rows } = await db.query<EmailRow>(
    `with claimed as (
       insert into message_deliveries as d (shard, message_id, attempts, due_at)
       select m.shard, m.id, 1, now() + $3 * interval '1 millisecond'
         from messages m
         left join message_deliveries k on k.shard = m.shard and k.message_id = m.id
        where m.shard = $1 and m.channel = 'email' and m.challenge_id ${content === 'code' ? 'is not null' : 'is null'}
          and m.created_at > now() - $4 * interval '1 millisecond' + interval '1 second' *
              coalesce((select offset_seconds from business_clock where shard = $1), 0)
          and (k.message_id is null or (k.sent_at is null and k.failed_at is null and k.due_at <= now()))
        order by m.created_at, m.id
        limit $2
           on conflict (shard, message_id) do update
          set attempts = d.attempts + 1, due_at = excluded.due_at
        where d.sent_at is null and d.failed_at is null and d.due_at <= now()
       returning d.shard, d.message_id, d.attempts)
     select m.id, m.kind, m.recipient, m.created_at, c.attempts
       from claimed c
       join messages m on m.shard = c.shard and m.id = c.message_id
      order by m.created_at, m.id`,
    [SHARD, limit, leaseMs, lifeMs],
  )
  return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: created_at }))
}

/** The server has taken the message. */
export async function markSent(db: Queryable, messageId: string): Promise<void> {
  await db.query(
    `update message_deliveries
        set sent_at = now(), last_error = null
      where shard = $1 and message_id = $2 and failed_at is null`,
    [SHARD, messageId],
  )
}

/** The try failed: again after the delay (ms), or given up when the message is too old by then. */
export async function markUnsent(
  db: Queryable,
  messageId: string,
  { error, delayMs, lifeMs }: { readonly error: string; readonly delayMs: number; readonly lifeMs: number },
): Promise<void> {
  await db.query(
    `update message_deliveries d
        set last_error = $3, due_at = now() + $4 * interval '1 millisecond',
            failed_at = case when now() + ($4 - $5) * interval '1 millisecond' + interval '1 second' *
                                  coalesce((select offset_seconds from business_clock where shard = $1), 0) >= m.created_at
                             then now() end
       from messages m
      where m.shard = d.shard and m.id = d.message_id and d.shard = $1 and d.message_id = $2 and d.sent_at is null`,
    [SHARD, messageId, error, delayMs, lifeMs],
  )
}

/** There is nothing left to say: given up at once. */
export async function markGivenUp(db: Queryable, messageId: string, reason: string): Promise<void> {
  await db.query(
    `update message_deliveries
        set failed_at = now(), last_error = $3
      where shard = $1 and message_id = $2 and sent_at is null`,
    [SHARD, messageId, reason],
  )
}
