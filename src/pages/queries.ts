// What messages are about, read when their words are made: of a code whose it is and for what, of an invoice or a checkout its terms,
// of a delivery that failed where it was to go.
import type { Language, NotifiedEvent } from '../checkouts/checkout.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { Channel, MessageKind } from '../notify/message.ts'

/** A message and what its words are made of. Null is what does not apply, or is gone: a newer code has taken a code's place. */
export interface MessageDetails {
  readonly id: string
  readonly kind: MessageKind
  readonly channel: Channel
  readonly recipient: string
  readonly challengeId: string | null
  readonly linkId: string | null
  readonly createdAt: Date
  /** Whether it still opens anything: its code not used, blocked, over or replaced, its link not dead, its checkout not deleted. */
  readonly isUsable: boolean
  readonly merchantName: string | null
  readonly last4: string | null
  /** Minor units. */
  readonly amount: bigint | null
  readonly currency: string | null
  readonly invoice: InvoiceDetails | null
  readonly failure: FailureDetails | null
  readonly payment: PaymentDetails | null
}

/** Of a delivery that failed for good, or with which its URL was given up. `at` is a text: it comes as JSON. */
export interface FailureDetails {
  readonly url: string
  readonly eventName: string
  /** What it was about, in the face's words. */
  readonly objectId: string | null
  /** The `webhook-id`. */
  readonly messageId: string
  /** When it was made. */
  readonly at: string
  readonly attempts: number
  /** Of the last try; null when there was no answer, which has an error. */
  readonly status: number | null
  readonly error: string | null
  /** Why nothing is sent to the URL any more. */
  readonly suspendedBecause: 'failing' | 'gone' | null
}

/** Of a checkout that a message is about. `expiresAt` is a text: it comes as JSON. */
export interface PaymentDetails {
  readonly checkoutId: string
  readonly event: NotifiedEvent
  readonly language: Language
  readonly orderNo: string | null
  /** Whether it is not to be paid, but to keep a card. */
  readonly keepsCard: boolean
  readonly expiresAt: string
}

/** Of an invoice that a message is about. `expiresAt` and `number` are texts: they come as JSON. */
export interface InvoiceDetails {
  readonly name: string
  readonly number: string
  readonly description: string
  readonly expiresAt: string
}

const SELECT = `with business as (
    select clock_timestamp()
           + make_interval(secs => coalesce((select offset_seconds from business_clock where shard = ${SHARD}), 0)) as now)
  select msg.id, msg.kind, msg.channel, msg.recipient, msg.challenge_id as "challengeId", msg.link_id as "linkId",
         msg.created_at as "createdAt",
         coalesce(
           case
             when msg.challenge_id is not null then ch.status = 'open' and ch.expires_at > business.now
             when msg.kind = 'delivery-failed' then d.state = 'failed' or h.suspended_because is not null
             when k.id is not null
             then claim.state <> 'deleted'
                  and (msg.event <> 'created'
                       or (claim.state in ('created', 'pending', 'attempted') and k.expires_at > business.now))
             when msg.link_id is null then true
             else i.link_id = msg.link_id and i.cancelled_at is null and i.expires_at > business.now and claim.paid_by is null
           end, false) as "isUsable",
         m.name as "merchantName", c.last4,
         coalesce(p.amount, i.amount, o.amount, k.amount) as amount,
         coalesce(p.currency, i.currency, o.currency, k.currency) as currency,
         case
           when i.id is not null
           then json_build_object('name', i.merchant_invoice_id, 'number', i.number::text, 'description', i.description,
                                  'expiresAt', i.expires_at)
         end as invoice,
         case
           when d.id is not null
           then json_build_object('url', e.url, 'eventName', d.event_name, 'objectId', d.object_id, 'messageId', d.message_id,
                                  'at', d.created_at, 'attempts', d.attempts, 'status', d.last_status, 'error', d.last_error,
                                  'suspendedBecause', h.suspended_because)
         end as failure,
         case
           when k.id is not null
           then json_build_object('checkoutId', k.id, 'event', msg.event, 'language', k.language, 'orderNo', k.order_no,
                                  'keepsCard', k.payment_type = 'save_card', 'expiresAt', k.expires_at)
         end as payment
    from messages msg
   cross join business
    left join challenges ch on ch.shard = msg.shard and ch.id = msg.challenge_id
    left join bindings b on b.shard = ch.shard and b.id = ch.subject_id
    left join payments p on p.shard = ch.shard and p.id = ch.subject_id and ch.kind = '3ds-code'
    left join invoices i on i.shard = msg.shard and i.id = msg.subject_id
    left join checkouts k on k.shard = msg.shard and k.id = msg.subject_id and msg.kind = 'payment'
    left join operations o on o.shard = msg.shard and o.id = msg.operation_id
    left join claims claim on claim.shard = msg.shard and claim.id = coalesce(i.id, k.id)
    left join webhook_deliveries d on d.shard = msg.shard and d.id = msg.subject_id and msg.kind = 'delivery-failed'
    left join webhook_endpoints e on e.shard = d.shard and e.id = d.endpoint_id
    left join webhook_health h on h.shard = d.shard and h.endpoint_id = d.endpoint_id
    left join merchants m
           on m.shard = msg.shard
          and m.id = coalesce(b.merchant_id, p.merchant_id, i.merchant_id, k.merchant_id, d.owner_id)
    left join cards c on c.shard = msg.shard and c.id = coalesce(b.card_id, p.card_id)`

/** The newest messages to an address. */
export async function listMessages(db: Queryable, recipient: string, limit: number): Promise<MessageDetails[]> {
  const { rows } = await db.query<MessageDetails>(
    `${SELECT}
      where msg.shard = $1 and msg.recipient = $2
      order by msg.created_at desc, msg.id desc
      limit $3`,
    [SHARD, recipient, limit],
  )
  return rows
}

/** The message with this id. */
export async function findMessage(db: Queryable, id: string): Promise<MessageDetails | undefined> {
  const { rows } = await db.query<MessageDetails>(`${SELECT} where msg.shard = $1 and msg.id = $2`, [SHARD, id])
  return rows[0]
}
