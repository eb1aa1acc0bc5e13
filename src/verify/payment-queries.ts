// What must hold between payments, their refunds and the ledger.
import { FLORIN } from '../ledger/accounts.ts'
import { type Check, siblingSql } from './queries.ts'

// The states in which a payment that holds something holds it still.
const HOLDING = `'authorizing', 'authorized', 'capturing', 'voiding', 'paying'`

const paymentTotals: Check = {
  name: 'payment_totals',
  sentence:
    'No payment gives back more than it captured, captures more than it authorized, or authorizes more than was asked.',
  sql: `
    select id as payment, state, direction, amount, fee, authorized, captured, refunded, refund_reserved, paid_out,
           payer_authorized, payer_captured, payer_refunded, currency, payer_currency
      from payments
     where not (0 <= refunded and 0 <= refund_reserved and 0 <= paid_out and captured <= authorized and authorized <= amount + fee)
        or fee < 0
        or refunded + refund_reserved > captured
        or (paid_out > 0 and refunded + refund_reserved + paid_out > least(captured, amount))
        or not (0 <= taken_before and taken_before <= captured and 0 <= payer_taken_before and payer_taken_before <= payer_captured)
        or not (0 <= payer_refunded and payer_refunded <= payer_captured and payer_captured <= payer_authorized)
        or (currency = payer_currency
            and (authorized, captured, refunded) <> (payer_authorized, payer_captured, payer_refunded))
        or (direction = 'payout') <> (state in ('paying', 'paid')) and state <> 'declined'
        or not case
                 when state = 'authorizing' then authorized = case when gateway_account_id is null then 0 else amount + fee end and captured = 0
                 when state in ('authorized', 'capturing', 'voiding') then captured < authorized and captured = taken_before
                 when state = 'voided' then authorized > 0 and captured = 0
                 when state = 'paying' then authorized = amount and captured = 0
                 when state = 'paid' then captured = amount and refunded = 0
                 when state in ('declined', 'canceled') then authorized = 0
                 when state = 'captured' then captured > 0 and refunded < least(captured, amount)
                 when state = 'refunded' then captured > 0 and refunded >= least(captured, amount)
                                             and (refunded < captured or payer_refunded = payer_captured)
                 else false
               end`,
}

// A payment as accounts: who pays, who is paid, and whether an exchange is between them. What is paid out goes the other way.
const CHARGES = `
  ends as (
    select shard, id, direction = 'payout' as is_payout, currency <> payer_currency as exchanges,
           row(case when card_account_id is null then 'gateway_receivable' else 'card_account' end,
               coalesce(card_account_id, gateway_account_id), payer_currency)::text as outside,
           row(case origin when 'network' then 'network_settlement' else 'merchant_payable' end, merchant_id, currency)::text as ours,
           row('fx', '${FLORIN}'::uuid, payer_currency)::text as payer_fx,
           row('fx', '${FLORIN}'::uuid, currency)::text as payee_fx
      from payments
  ), charges as (
    select shard, id, is_payout, exchanges, payer_fx, payee_fx,
           case when is_payout then ours else outside end as payer, case when is_payout then outside else ours end as payee
      from ends
  ), named as (
    select shard, id, row(kind, owner_id, currency)::text as account
      from accounts
  )`

// A declined payment remembers a hold that was of all that was asked. A card that we issued is only held when it says yes.
const paymentHolds: Check = {
  name: 'payment_holds',
  sentence: 'Each payment has holds of its own, from payer to payee, of exactly what it authorized.',
  sql: `
    with ${CHARGES}, expected as (
      select p.shard, p.id as payment, p.hold_id as hold,
             case
               when p.state not in ('declined', 'canceled') then p.payer_authorized - p.payer_taken_before
               when c.exchanges then g.amount -- The price is on its operation: operations_fit_payments.
               else p.amount + p.fee
             end as amount,
             case when c.is_payout then 'payout_begun' else 'charge_authorized' end as fact,
             c.payer as debited, case when c.exchanges then c.payer_fx else c.payee end as credited
        from payments p
        join charges c on c.shard = p.shard and c.id = p.id
        left join transfers g on g.shard = p.shard and g.id = p.hold_id
       where p.hold_id is not null
      union all
      select p.shard, p.id, p.exchange_hold_id,
             case when p.state in ('declined', 'canceled') then p.amount + p.fee else p.authorized - p.taken_before end,
             'charge_authorized', c.payee_fx, c.payee
        from payments p
        join charges c on c.shard = p.shard and c.id = p.id
       where p.exchange_hold_id is not null or (c.exchanges and p.hold_id is not null)
    ), counted as (
      select shard, payment, hold, amount, fact, debited, credited, count(*) over (partition by shard, hold) as holders
        from expected
    )
    select e.payment, e.hold, h.kind, h.fact, h.amount, e.amount as amount_expected,
           d.account as debited, e.debited as debited_expected, c.account as credited, e.credited as credited_expected, e.holders
      from counted e
      left join transfers h on h.shard = e.shard and h.id = e.hold
      left join named d on d.shard = h.shard and d.id = h.debit_account_id
      left join named c on c.shard = h.shard and c.id = h.credit_account_id
     where (h.kind, h.fact, h.amount, d.account, c.account, e.holders) is distinct from
           ('pending', e.fact, e.amount, e.debited, e.credited, 1)
    union all
    select p.id, p.exchange_hold_id, null, null, null, null, null, null, null, null, null
      from payments p
     where (p.exchange_hold_id is not null) <> (p.hold_id is not null and p.currency <> p.payer_currency)
    union all
    select p.id, p.hold_id, null, null, null, null, null, null, null, null, null
      from payments p
     where (p.hold_id is null) <> (p.gateway_account_id is null and p.state in ('authorizing', 'declined', 'canceled'))`,
}

const paymentStates: Check = {
  name: 'payment_states',
  sentence:
    'A payment is on its way while its holds are open, voided or declined when they were voided, captured or paid when they were posted; the rest of what was captured in parts may have been voided.',
  sql: `
    with held as (
      select shard, id, state, direction, hold_id, payer_captured - payer_taken_before as taken from payments where hold_id is not null
      union all
      select shard, id, state, direction, exchange_hold_id, captured - taken_before from payments where exchange_hold_id is not null
    )
    select p.id as payment, p.state, p.hold_id as hold, r.id as transfer, r.kind, r.fact, r.amount, p.taken as captured
      from held p
      left join transfers r on r.shard = p.shard and r.pending_id = p.hold_id
     where case
             when p.state in (${HOLDING}) then r.id is not null
             when p.state in ('voided', 'declined', 'canceled') or p.taken = 0 then
               (r.kind, r.fact) is distinct from ('void_pending', case p.direction when 'payout' then 'payout_failed' else 'charge_voided' end)
             else (r.kind, r.fact, r.amount) is distinct from
                  ('post_pending', case p.direction when 'payout' then 'payout_paid' else 'charge_captured' end, p.taken)
           end`,
}

const openHolds: Check = {
  name: 'open_holds',
  sentence: 'Every open hold is that of a payment on its way.',
  sql: `
    select h.id as hold, h.operation_id as operation, h.amount, h.currency
      from transfers h
     where h.kind = 'pending'
       and not exists (select 1 from transfers r where r.shard = h.shard and r.pending_id = h.id)
       and not exists (select 1 from payments p where p.shard = h.shard and p.state in (${HOLDING}) and p.hold_id = h.id)
       and not exists (select 1 from payments p
                        where p.shard = h.shard and p.state in (${HOLDING}) and p.exchange_hold_id = h.id)`,
}

const paymentRefunds: Check = {
  name: 'payment_refunds',
  sentence: 'What each payment refunded is the sum of its refunds.',
  sql: `
    select p.id as payment, p.refunded, coalesce(r.amount, 0) as refunds, p.payer_refunded, coalesce(r.payer_amount, 0) as payer_refunds
      from payments p
      left join (select shard, payment_id, sum(amount) as amount, sum(payer_amount) as payer_amount
                   from refunds
                  group by shard, payment_id) as r
             on r.shard = p.shard and r.payment_id = p.id
     where (p.refunded, p.payer_refunded) is distinct from (coalesce(r.amount, 0), coalesce(r.payer_amount, 0))`,
}

// A payer's share that rounds to nothing moves nothing.
const refundTransfers: Check = {
  name: 'refund_transfers',
  sentence: 'Each refund went from payee to payer by exactly its own transfers.',
  sql: `
    with ${CHARGES}, expected as (
      select r.shard, r.id as refund, ${siblingSql('r.id', 1)} as transfer,
             case when c.exchanges then r.payer_amount else r.amount end as amount,
             case when c.exchanges then c.payer_fx else c.payee end as debited, c.payer as credited
        from refunds r
        join charges c on c.shard = r.shard and c.id = r.payment_id
       where r.payer_amount > 0 or not c.exchanges
      union all
      select r.shard, r.id, ${siblingSql('r.id', 2)}, r.amount, c.payee, c.payee_fx
        from refunds r
        join charges c on c.shard = r.shard and c.id = r.payment_id
       where c.exchanges
    )
    select e.refund, e.transfer, t.kind, t.fact, t.amount, e.amount as amount_expected,
           d.account as debited, e.debited as debited_expected, c.account as credited, e.credited as credited_expected
      from expected e
      left join transfers t on t.shard = e.shard and t.id = e.transfer
      left join named d on d.shard = t.shard and d.id = t.debit_account_id
      left join named c on c.shard = t.shard and c.id = t.credit_account_id
     where (t.kind, t.fact, t.operation_id, t.amount, d.account, c.account) is distinct from
           ('posted', 'charge_refunded', e.refund, e.amount, e.debited, e.credited)
    union all
    select r.id, t.id, t.kind, t.fact, t.amount, null, null, null, null, null
      from refunds r
      join transfers t on t.shard = r.shard and t.operation_id = r.id
     where not exists (select 1 from expected e where e.shard = t.shard and e.transfer = t.id)
    union all
    select r.id, null, null, null, r.payer_amount, r.amount, null, null, null, null
      from refunds r
      left join payments p on p.shard = r.shard and p.id = r.payment_id
     where p.id is null or (p.currency = p.payer_currency and r.amount <> r.payer_amount)`,
}

const cardSpending: Check = {
  name: 'card_spending',
  sentence: 'What each card spent is the sum of what its payments hold or took.',
  // The day's share may be less: it starts again at zero when the clock is set back over midnight.
  sql: `
    with counted as (
      select shard, card_id, authorized_on,
             case state when 'authorized' then payer_authorized when 'voided' then 0 else payer_captured end as amount
        from payments
       where direction = 'charge'
    )
    select c.id as card, c.spent_in_total, coalesce(sum(p.amount), 0) as spent_in_total_recomputed, c.spent_on, c.spent_today,
           coalesce(sum(p.amount) filter (where p.authorized_on = c.spent_on), 0) as spent_today_at_most
      from cards c
      left join counted p on p.shard = c.shard and p.card_id = c.id
     group by c.shard, c.id, c.spent_in_total, c.spent_on, c.spent_today
    having c.spent_in_total <> coalesce(sum(p.amount), 0)
        or c.spent_today < 0
        or c.spent_today > coalesce(sum(p.amount) filter (where p.authorized_on = c.spent_on), 0)`,
}

export const PAYMENT_CHECKS: readonly Check[] = [
  paymentTotals,
  paymentHolds,
  paymentStates,
  openHolds,
  paymentRefunds,
  refundTransfers,
  cardSpending,
]
