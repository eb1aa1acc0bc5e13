// What must hold between payments and the operations that were done to them, at our issuer or at a gateway.
import { type Check, siblingSql } from './queries.ts'

const OPEN = `'calling', 'redirected', 'pending', 'unknown'`

const openOperations: Check = {
  name: 'open_operations',
  sentence:
    'Each payment names the one operation that it waits for, of the kind that its state says, and none otherwise.',
  sql: `
    with waited_for as (
      select shard, id, payment_id, kind from operations where kind <> 'refund' and state in (${OPEN})
    )
    select coalesce(p.id, o.payment_id) as payment, p.state, p.open_operation_id as named, o.id as operation, o.kind
      from payments p
      full join waited_for o on o.shard = p.shard and o.payment_id = p.id
     where p.open_operation_id is distinct from o.id
        or case p.state
             when 'authorizing' then o.kind in ('authorize', 'purchase')
             when 'capturing' then o.kind = 'capture'
             when 'voiding' then o.kind = 'void'
             when 'paying' then o.kind = 'payout'
             else o.id is null
           end is not true`,
}

const refundsReserved: Check = {
  name: 'refunds_reserved',
  sentence: 'What each payment reserves for refunds is the sum of those that are not decided.',
  sql: `
    select coalesce(p.id, o.payment_id) as payment, p.refund_reserved, coalesce(o.amount, 0) as open_refunds
      from payments p
      full join (select shard, payment_id, sum(amount) as amount
                   from operations
                  where kind = 'refund' and state in (${OPEN})
                  group by shard, payment_id) as o
             on o.shard = p.shard and o.payment_id = p.id
     where p.refund_reserved is distinct from coalesce(o.amount, 0)`,
}

const paidOut: Check = {
  name: 'paid_out',
  sentence: 'What each payment paid out again is the sum of the payouts to its payer, which are in its currency.',
  sql: `
    with payouts as (
      select shard, source_payment_id, min(currency) as currency, max(currency) as other_currency, sum(amount) as amount
        from payments
       where source_payment_id is not null and state in ('paying', 'paid')
       group by shard, source_payment_id
    )
    select coalesce(p.id, o.source_payment_id) as payment, p.direction, p.paid_out, coalesce(o.amount, 0) as payouts, p.currency,
           o.currency as payout_currency
      from payments p
      full join payouts o on o.shard = p.shard and o.source_payment_id = p.id
     where p.paid_out is distinct from coalesce(o.amount, 0)
        or (o.amount is not null and (p.direction, p.currency, p.currency) is distinct from ('charge', o.currency, o.other_currency))`,
}

// Payments from before there were operations have none that authorized them, or only later ones.
const paymentsFollowOperations: Check = {
  name: 'payments_follow_operations',
  sentence: 'Each payment stands where its approved operations have brought it; what was declined has none.',
  sql: `
    with done as (
      select shard, payment_id,
             count(*) filter (where kind in ('authorize', 'purchase', 'payout')) as begun,
             count(*) filter (where kind = 'authorize' and state = 'approved') as authorizations,
             count(*) filter (where kind = 'purchase' and state = 'approved') as purchases,
             count(*) filter (where kind = 'capture' and state = 'approved') as captures,
             count(*) filter (where kind = 'void' and state = 'approved') as voids,
             count(*) filter (where kind = 'payout' and state = 'approved') as payouts,
             sum(amount) filter (where kind in ('purchase', 'capture', 'payout') and state = 'approved') as taken,
             coalesce(sum(amount) filter (where kind = 'capture' and state = 'approved'), 0) as taken_in_parts,
             max(settled_at) filter (where kind = 'void') as void_settled_at
        from operations
       group by shard, payment_id
    )
    select p.id as payment, p.direction, p.state, p.captured, d.taken, coalesce(d.authorizations, 0) as authorizations,
           coalesce(d.purchases, 0) as purchases, coalesce(d.captures, 0) as captures, coalesce(d.voids, 0) as voids,
           coalesce(d.payouts, 0) as payouts
      from payments p
      left join done d on d.shard = p.shard and d.payment_id = p.id
     cross join lateral (select case when p.gateway_account_id is null then p.captured else p.payer_captured end as amount) as took
     where (d.begun > 0 or p.origin = 'transaction-services' or p.gateway_account_id is not null)
       and case
             when p.state in ('authorizing', 'declined', 'canceled', 'paying') then
               d.begun > 0 and d.authorizations + d.purchases + d.captures + d.voids + d.payouts = 0
             when p.state in ('authorized', 'capturing', 'voiding') then
               d.authorizations > 0 and d.purchases + d.voids + d.payouts = 0 and d.taken_in_parts = p.captured
             when p.state = 'voided' then
               d.authorizations > 0 and d.purchases + d.captures + d.payouts = 0 and (d.voids > 0 or p.expires_at <= d.void_settled_at)
             when p.state in ('captured', 'refunded') then
               d.taken = took.amount and d.payouts = 0
               and ((d.purchases > 0 and d.authorizations + d.captures + d.voids = 0)
                    or (d.authorizations > 0 and d.purchases = 0 and (d.captures = 1 and d.voids = 0 or p.origin = 'operations')))
             when p.state = 'paid' then
               d.payouts > 0 and d.taken = p.captured and d.authorizations + d.purchases + d.captures + d.voids = 0
           end is not true`,
}

const authorizedOnce: Check = {
  name: 'authorized_once',
  sentence: 'No payment was authorized, or paid out, twice.',
  sql: `
    select payment_id as payment, count(*) as approved, array_agg(id order by id) as operations
      from operations
     where kind in ('authorize', 'purchase', 'payout') and state = 'approved'
     group by shard, payment_id
    having count(*) > 1`,
}

// Before a payment is authorized another gateway may take it over: then the attempts before name the ones that were left.
const operationsFitPayments: Check = {
  name: 'operations_fit_payments',
  sentence:
    'Each operation is in the currency, for the merchant and within the amount of its payment, or a contradiction, at the gateway that carries it.',
  sql: `
    select o.id as operation, o.kind, o.state, o.amount, o.currency, o.merchant_id as merchant, o.gateway_account_id as gateway_account,
           p.id as payment, p.state as payment_state, p.amount as payment_amount, p.authorized, p.captured,
           p.currency as payment_currency, p.gateway_account_id as payment_gateway_account
      from operations o
      left join payments p on p.shard = o.shard and p.id = o.payment_id
     where (o.currency, o.merchant_id) is distinct from
           (case when o.gateway_account_id is null then p.currency else p.payer_currency end, p.merchant_id)
        or (o.kind = 'payout') <> (p.direction = 'payout')
        or case o.kind
             when 'capture' then o.amount <= p.authorized
             when 'void' then o.amount <= case when o.gateway_account_id is null then p.authorized else p.payer_authorized end
             when 'refund' then o.amount <= p.captured
               or exists (select from cases c
                           where c.shard = o.shard and c.operation_id = o.id and c.kind = 'contradiction')
             else o.amount = case
                               when p.currency = p.payer_currency or o.gateway_account_id is null then p.amount + p.fee
                               else coalesce(nullif(p.payer_authorized, 0), o.amount)
                             end
           end is not true
        or case
             when o.kind in ('authorize', 'purchase') and o.state in ('declined', 'not_sent', 'not_done') then
               (o.gateway_account_id is null) = (p.gateway_account_id is null)
             else o.gateway_account_id is not distinct from p.gateway_account_id
           end is not true`,
}

// What came late took its hold, or moved, under a sibling of its own. A void moves nothing: payment_states looks at it.
const operationsAreBooked: Check = {
  name: 'operations_are_booked',
  sentence: 'Each approved operation is in the ledger with its amount, and each refund there was approved.',
  sql: `
    with late as (
      select shard, operation_id from cases where kind = 'late_truth'
    ), approved as (
      select o.shard, o.id, o.kind, o.payment_id, o.amount, o.currency,
             case when l.operation_id is null then o.id else ${siblingSql('o.id', 32)} end as begun_as
        from operations o
        left join late l on l.shard = o.shard and l.operation_id = o.id
       where o.state = 'approved'
    ), expected as (
      select shard, id, amount, currency, 'pending' as kind, begun_as as operation_id,
             case kind when 'payout' then 'payout_begun' else 'charge_authorized' end as fact
        from approved
       where kind in ('authorize', 'purchase', 'payout')
      union all
      select shard, id, amount, currency, 'post_pending', begun_as, 'charge_captured'
        from approved
       where kind = 'capture'
      union all
      select shard, id, amount, currency, 'post_pending', ${siblingSql('id', 16)},
             case kind when 'payout' then 'payout_paid' else 'charge_captured' end
        from approved
       where kind in ('purchase', 'payout')
      union all
      select shard, id, amount, currency, 'posted', id, 'charge_refunded'
        from approved
       where kind = 'refund'
    )
    select e.id as operation, e.fact as fact_expected, e.amount as amount_expected, t.id as transfer, t.kind, t.fact, t.amount, t.currency
      from expected e
      left join transfers t on t.shard = e.shard and t.operation_id = e.operation_id and t.currency = e.currency
                           and (e.fact <> 'charge_captured' or t.fact <> 'charge_authorized') -- A part leaves the rest held.
     where (t.kind, t.fact, t.amount) is distinct from (e.kind, e.fact, e.amount)
    union all
    select o.id, 'refund', o.amount, null, null, null, r.amount, null
      from approved o
      left join refunds r on r.shard = o.shard and r.id = o.id
     where o.kind = 'refund' and (r.payment_id, r.amount) is distinct from (o.payment_id, o.amount)
    union all
    select r.id, 'refund', null, null, null, null, r.amount, p.currency
      from refunds r
      join payments p on p.shard = r.shard and p.id = r.payment_id
     where (p.origin = 'transaction-services' or p.gateway_account_id is not null)
       and not exists (select 1 from approved o where o.shard = r.shard and o.id = r.id and o.kind = 'refund')`,
}

const undoneMovedNothing: Check = {
  name: 'undone_moved_nothing',
  sentence: 'What was not approved moved nothing: a failed operation, one that is not known, a declined payment.',
  sql: `
    with undone as (
      select shard, id, payment_id, kind, state from operations where state <> 'approved'
    ), moves as (
      select shard, id, payment_id, kind, state, id as operation_id from undone
      union all
      select shard, id, payment_id, kind, state, ${siblingSql('id', 16)} from undone
      union all
      select shard, id, payment_id, kind, state, ${siblingSql('id', 32)} from undone
    )
    select m.id as operation, m.kind, m.state, m.payment_id as payment, t.id as transfer, t.fact, t.amount, t.currency
      from moves m
      join transfers t on t.shard = m.shard and t.operation_id = m.operation_id and t.kind in ('posted', 'post_pending')
    union all
    select null, null, p.state, p.id, t.id, t.fact, t.amount, t.currency
      from payments p
      join transfers t on t.shard = p.shard and t.pending_id = p.hold_id and t.kind = 'post_pending'
     where p.state in ('declined', 'canceled')`,
}

const unknownIsChased: Check = {
  name: 'unknown_is_chased',
  sentence: 'Each operation that is not decided will be asked about, or is before a person.',
  sql: `
    select o.id as operation, o.kind, o.state, o.payment_id as payment, o.looks, o.created_at
      from operations o
     where o.state in (${OPEN}) and o.next_look_at is null
       and not exists (select 1 from cases c
                        where c.shard = o.shard and c.operation_id = o.id and c.kind = 'unknown' and c.closed_at is null)`,
}

export const OPERATION_CHECKS: readonly Check[] = [
  openOperations,
  refundsReserved,
  paidOut,
  paymentsFollowOperations,
  authorizedOnce,
  operationsFitPayments,
  operationsAreBooked,
  undoneMovedNothing,
  unknownIsChased,
]
