// What must hold around payments through gateways: obligations that are paid once, money in suspense, accounts at gateways, orders,
// kept cards, and that no card number is where it could be read.
import type { Check } from './queries.ts'

const TRIED = `'authorizing', 'declined', 'canceled'`

const claimsPaidOnce: Check = {
  name: 'claims_paid_once',
  sentence: 'What is paid once is paid by a payment that succeeded; a second success has a case that sends it back.',
  sql: `
    select c.id as claim, c.held_by, c.paid_by, p.id as payment, p.state, p.claim_id as claim_of_payment
      from claims c
      left join payments p on p.shard = c.shard and p.id = coalesce(c.paid_by, c.held_by)
     where (c.paid_by is not null and (c.held_by is distinct from c.paid_by or p.state in (${TRIED})))
        or (c.paid_by is null and c.held_by is not null and p.state is distinct from 'authorizing')
        or (c.held_by is not null and p.claim_id is distinct from c.id)
    union all
    select p.claim_id, c.held_by, c.paid_by, p.id, p.state, p.claim_id
      from payments p
      left join claims c on c.shard = p.shard and c.id = p.claim_id
      left join (select distinct shard, payment_id from cases where kind = 'surplus') as k on k.shard = p.shard and k.payment_id = p.id
     where p.claim_id is not null
       and case
             when p.state = 'authorizing' then c.paid_by is null and c.held_by is distinct from p.id
             when p.state in ('declined', 'canceled') then c.id is null
             else c.paid_by is distinct from p.id and k.payment_id is null
           end`,
}

const suspenseExplained: Check = {
  name: 'suspense_explained',
  sentence: 'What is in suspense for each gateway account is what its open contradictions say.',
  sql: `
    with kept as (
      select shard, owner_id as gateway_account_id, currency, credits_posted - debits_posted as balance
        from accounts
       where kind = 'suspense'
    ), contradicted as (
      select o.shard, o.gateway_account_id, o.currency,
             sum(case when o.kind in ('purchase', 'capture') then o.amount else -o.amount end) as amount
        from cases c
        join operations o on o.shard = c.shard and o.id = c.operation_id
       where c.kind = 'contradiction' and c.closed_at is null and o.kind not in ('authorize', 'void')
       group by o.shard, o.gateway_account_id, o.currency
    )
    select gateway_account_id as gateway_account, currency, coalesce(kept.balance, 0) as balance,
           coalesce(contradicted.amount, 0) as contradictions
      from kept
      full join contradicted using (shard, gateway_account_id, currency)
     where coalesce(kept.balance, 0) <> coalesce(contradicted.amount, 0)`,
}

const gatewayAccountsOwn: Check = {
  name: 'gateway_accounts_own',
  sentence: 'A gateway account carries only payments of its merchant, and owes and keeps only its own currency.',
  sql: `
    select a.owner_id as gateway_account, a.id as account, a.kind, a.currency, g.currency as currency_expected, null as payment
      from accounts a
      left join gateway_accounts g on g.shard = a.shard and g.id = a.owner_id
     where a.kind in ('gateway_receivable', 'suspense') and a.currency is distinct from g.currency
    union all
    select p.gateway_account_id, null, null, p.payer_currency, g.currency, p.id
      from payments p
      left join gateway_accounts g on g.shard = p.shard and g.id = p.gateway_account_id
     where p.gateway_account_id is not null and (p.merchant_id, p.payer_currency) is distinct from (g.merchant_id, g.currency)`,
}

const ordersNumbered: Check = {
  name: 'orders_numbered',
  sentence: 'Each order is of one payment of its merchant, under a number of its own, up to the last that was given.',
  sql: `
    with counted as (
      select shard, merchant_id, merchant_transaction_id, payment_id, number,
             count(*) over (partition by payment_id, shard) as of_the_payment,
             count(*) over (partition by merchant_id, number, shard) as of_the_number,
             max(number) over (partition by merchant_id, shard) as highest
        from orders
    )
    select o.merchant_id as merchant, o.merchant_transaction_id as order_id, o.number, n.last, o.payment_id as payment,
           p.merchant_id as payment_merchant, o.of_the_payment, o.of_the_number
      from counted o
      left join payments p on p.shard = o.shard and p.id = o.payment_id
      left join order_numbers n on n.shard = o.shard and n.merchant_id = o.merchant_id
     where o.of_the_payment > 1 or o.of_the_number > 1
        or p.merchant_id is distinct from o.merchant_id
        or (o.number = o.highest and o.number is distinct from n.last)`,
}

// The number of a card that is forgotten goes in a commit after the one that forgets the card.
const keptCardsSealed: Check = {
  name: 'kept_cards_sealed',
  sentence: 'The vault has the number of each card that a merchant keeps, and of none that it has forgotten.',
  sql: `
    select coalesce(r.id, v.id) as registration, r.merchant_id as merchant, r.last4, v.last4 as sealed_last4, r.deleted_at
      from registrations r
      full join (select shard, id, last4 from vault.pans where purpose = 'kept') as v on v.shard = r.shard and v.id = r.id
      left join business_clock b on b.shard = coalesce(r.shard, v.shard)
     where r.id is null
        or (r.deleted_at is null and r.last4 is distinct from v.last4)
        or (r.deleted_at < now() + make_interval(secs => coalesce(b.offset_seconds, 0)) - interval '1 minute' and v.id is not null)`,
}

// Runs of 13 to 19 digits that begin as card numbers do and pass Luhn. A phone number may look the same.
const BETWEEN = ['(?<![0-9A-Za-z])', '(?![0-9A-Za-z])'] as const
const CARD_NUMBER = `${BETWEEN[0]}(?:[2-6][0-9]{12,18}|[2-6][0-9]{3}(?:[ -][0-9]{4}){3})${BETWEEN[1]}`
const MAY_HAVE = '[0-9]{13}|[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}'

const noClearCardNumbers: Check = {
  name: 'no_clear_card_numbers',
  sentence:
    'No card number can be read in what gateways were told and answered, or in what merchants said about orders.',
  sql: `
    with texts as (
      select 'gateway_exchanges' as source, id, request as content from gateway_exchanges where request ~ '${MAY_HAVE}'
      union all
      select 'gateway_exchanges', id, response from gateway_exchanges where response ~ '${MAY_HAVE}'
      union all
      select 'orders', payment_id, (details #- '{customer,phone}')::text from orders where details::text ~ '${MAY_HAVE}'
    ), runs as (
      select source, id, regexp_replace((regexp_matches(content, '${CARD_NUMBER}', 'g'))[1], '[ -]', '', 'g') as digits
        from texts
    )
    select source as "table", id, left(digits, 6) || '...' || right(digits, 4) as looks_like
      from runs
     where (select sum(case when i % 2 = 1 then d when d > 4 then 2 * d - 9 else 2 * d end)
              from generate_series(1, length(digits)) as i
             cross join lateral (select substr(digits, length(digits) + 1 - i, 1)::integer as d) as digit) % 10 = 0`,
}

export const GATEWAY_CHECKS: readonly Check[] = [
  claimsPaidOnce,
  suspenseExplained,
  gatewayAccountsOwn,
  ordersNumbered,
  keptCardsSealed,
  noClearCardNumbers,
]
