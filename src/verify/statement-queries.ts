// What must hold between what people see - statements and transfers between accounts - and the ledger.
import { type Check, siblingSql } from './queries.ts'

const FIRST_TRANSFER_ID = (operation: string): string => siblingSql(operation, 1)

// The receiving leg of a transfer is the sibling of the operation that wrote both.
const FUNDED_ROWS = `
  funded as (
    select shard, id, card_account_id, currency, status, intent, entry_type, amount,
           case when intent = 'transfer' and entry_type = 'DEBIT' then ${siblingSql('id', 1)} else id end as operation_id,
           case intent when 'topup' then 'topped_up' when 'withdraw' then 'withdrawn' else 'balance_transferred' end as fact
      from card_transactions
     where intent in ('topup', 'withdraw', 'transfer')
  )`

const statementTransfers: Check = {
  name: 'statement_transfers',
  sentence: 'Each top-up, withdrawal and balance transfer on a statement is a transfer of the ledger.',
  sql: `
    with ${FUNDED_ROWS}
    select s.id as card_transaction, s.intent, s.entry_type, s.status, s.amount, s.currency, s.operation_id as operation,
           t.id as transfer, t.fact, t.amount as transfer_amount, a.owner_id as transfer_card_account
      from funded s
      left join transfers t on t.shard = s.shard and t.operation_id = s.operation_id
      left join accounts a on a.shard = t.shard and a.kind = 'card_account'
                          and a.id = case s.entry_type when 'DEBIT' then t.credit_account_id else t.debit_account_id end
     where s.status <> 'posted'
        or s.entry_type <> case s.intent when 'topup' then 'DEBIT' when 'withdraw' then 'CREDIT' else s.entry_type end
        or (t.id, t.kind, t.fact, t.amount, t.currency, a.owner_id) is distinct from
           (${FIRST_TRANSFER_ID('s.operation_id')}, 'posted', s.fact, s.amount, s.currency, s.card_account_id)`,
}

// A charge that is refused before the issuer looks at the account leaves nothing on the statement, one that waits for the
// cardholder nothing yet.
const chargeStatements: Check = {
  name: 'charge_statements',
  sentence:
    'Each charge and payout on a statement says what its payment says, and each payment by or to a card is on a statement.',
  sql: `
    with expected as (
      select shard, id, client_id, card_account_id, card_id, card_transaction_id, payer_currency, state,
             case direction when 'payout' then 'other' else 'charge' end as intent,
             case direction when 'payout' then 'DEBIT' else 'CREDIT' end as entry_type,
             case
               when state = 'authorized' then 'pending'
               when state = 'voided' then 'void'
               when state = 'declined' then 'declined'
               when captured > 0 and payer_captured = payer_taken_before then 'void' -- the rest, after captures in parts
               when state in ('captured', 'refunded', 'paid') then 'posted'
             end as status,
             case
               when state in ('authorized', 'voided') or payer_captured = payer_taken_before and captured > 0 then
                 payer_authorized - payer_taken_before
               when state = 'declined' then
                 greatest(div((amount + fee)::numeric * rate_numerator * 2 + rate_denominator, rate_denominator * 2::numeric), 1)
               else payer_captured - payer_taken_before
             end as amount
        from payments
       where card_id is not null
    )
    select p.id as payment, p.state, p.card_transaction_id as card_transaction, s.status, s.intent, s.entry_type, s.amount, s.currency
      from expected p
      left join card_transactions s on s.shard = p.shard and s.id = p.card_transaction_id
     where case
             when p.status is null then s.id is not null
             when p.status = 'declined' and s.id is null then false
             else (s.payment_id, s.client_id, s.card_account_id, s.card_id, s.currency, s.intent, s.entry_type, s.status, s.amount)
                  is distinct from
                  (p.id, p.client_id, p.card_account_id, p.card_id, p.payer_currency, p.intent, p.entry_type, p.status, p.amount)
           end
    union all
    select s.payment_id, p.state, s.id, s.status, s.intent, s.entry_type, s.amount, s.currency
      from card_transactions s
      left join payments p on p.shard = s.shard and p.id = s.payment_id and p.card_transaction_id = s.id
     where (s.intent = 'charge' and s.status = 'declined' and s.payment_id is not null and p.state is distinct from 'declined')
        or (s.intent = 'charge' and s.status <> 'declined' and p.id is null
            and not exists (select 1 from operations o
                             where o.shard = s.shard and o.kind = 'capture' and o.state = 'approved' and o.payment_id = s.payment_id
                               and s.status = 'posted' and s.id = ${siblingSql('o.id', 7)}))
        or (s.intent = 'other' and s.payment_id is not null and p.id is null)`,
}

// A refund that the network sends without a charge belongs to no payment; its operation is the row's sibling 7.
const refundStatements: Check = {
  name: 'refund_statements',
  sentence:
    'Each refund on a statement is a refund of its payment or of the network, and each refund to a card is on a statement.',
  sql: `
    select s.id as card_transaction, s.payment_id as payment, s.status, s.entry_type, s.amount, s.currency, r.payer_amount as refunded
      from card_transactions s
      left join refunds r on r.shard = s.shard and r.id = s.id and r.payment_id = s.payment_id
      left join transfers t on s.payment_id is null and t.shard = s.shard
                           and t.operation_id = ${siblingSql('s.id', 7)}
                           and t.id = ${FIRST_TRANSFER_ID(siblingSql('s.id', 7))}
      left join accounts a on a.shard = t.shard and a.id = t.credit_account_id and a.kind = 'card_account'
     where s.intent = 'refund'
       and ((s.entry_type, s.status) <> ('DEBIT', 'posted')
            or (s.payment_id is not null and r.payer_amount is distinct from s.amount)
            or (s.payment_id is null and (t.kind, t.fact, t.amount, a.owner_id, a.currency) is distinct from
                                         ('posted', 'charge_refunded', s.amount, s.card_account_id, s.currency)))
    union all
    select r.id, r.payment_id, s.status, s.entry_type, s.amount, s.currency, r.payer_amount
      from refunds r
      left join payments p on p.shard = r.shard and p.id = r.payment_id
      left join card_transactions s on s.shard = r.shard and s.id = r.id and s.intent = 'refund'
     where (s.card_account_id, s.card_id, s.currency) is distinct from
           (p.card_account_id, p.card_id, case when p.card_id is not null then p.payer_currency end)`,
}

const statementBalances: Check = {
  name: 'statement_balances',
  sentence:
    'The statement of each card account adds up to its ledger balance, and its pending charges to what is held.',
  sql: `
    with said as (
      select shard, card_account_id, currency,
             coalesce(sum(case entry_type when 'DEBIT' then amount else -amount end) filter (where status = 'posted'), 0) as balance,
             coalesce(sum(case entry_type when 'CREDIT' then amount else -amount end) filter (where status = 'pending'), 0) as held
        from card_transactions
       group by shard, card_account_id, currency
    ), counted as (
      select shard, owner_id as card_account_id, currency, credits_posted - debits_posted as balance, debits_pending as held
        from accounts
       where kind = 'card_account'
    )
    select card_account_id as card_account, currency, coalesce(counted.balance, 0) as balance,
           coalesce(said.balance, 0) as statement_balance, coalesce(counted.held, 0) as held, coalesce(said.held, 0) as statement_held
      from counted
      full join said using (shard, card_account_id, currency)
     where (coalesce(counted.balance, 0), coalesce(counted.held, 0)) is distinct from
           (coalesce(said.balance, 0), coalesce(said.held, 0))`,
}

const accountTransfers: Check = {
  name: 'account_transfers',
  sentence: "Each transfer between a client's accounts is a transfer of the ledger.",
  sql: `
    select s.id as account_transfer, s.source_account_id as source, s.destination_account_id as destination, s.asset, s.amount,
           t.id as transfer, t.fact, t.amount as transfer_amount
      from account_transfers s
      left join transfers t on t.shard = s.shard and t.operation_id = s.id
      left join accounts d on d.shard = t.shard and d.id = t.debit_account_id and d.kind = 'client_funding'
      left join accounts c on c.shard = t.shard and c.id = t.credit_account_id and c.kind = 'client_funding'
     where (t.id, t.kind, t.fact, t.currency, t.amount, d.owner_id, c.owner_id) is distinct from
           (${FIRST_TRANSFER_ID('s.id')}, 'posted', 'funds_transferred', s.asset, s.amount, s.source_account_id, s.destination_account_id)`,
}

const TRANSFER_COLUMNS = 't.id as transfer, t.kind, t.fact, t.operation_id as operation, t.amount, t.currency'

// A void moves nothing, so only what was posted needs a reason. Deposits have no row of their own, only their accounts.
const transfersHaveReasons: Check = {
  name: 'transfers_have_reasons',
  sentence:
    'No money moved but by a deposit, a row of a statement, a capture, a refund, a payout, a transfer between accounts or a contradiction.',
  sql: `
    select ${TRANSFER_COLUMNS}
      from transfers t
      left join accounts d on d.shard = t.shard and d.id = t.debit_account_id
      left join accounts c on c.shard = t.shard and c.id = t.credit_account_id
     where t.fact = 'deposited' and (t.kind, d.kind, c.kind) is distinct from ('posted', 'safeguarding', 'client_funding')
    union all
    select ${TRANSFER_COLUMNS}
      from transfers t
     where t.fact in ('topped_up', 'withdrawn', 'balance_transferred')
       and not exists (select 1 from card_transactions s
                        where s.shard = t.shard and s.id = t.operation_id and t.kind = 'posted'
                          and s.intent = case t.fact when 'topped_up' then 'topup' when 'withdrawn' then 'withdraw' else 'transfer' end)
    union all
    select ${TRANSFER_COLUMNS}
      from transfers t
     where t.fact = 'funds_transferred'
       and not exists (select 1 from account_transfers s
                        where s.shard = t.shard and s.id = t.operation_id and t.kind = 'posted')
    union all
    select ${TRANSFER_COLUMNS}
      from transfers t
     where t.fact = 'charge_captured'
       and not exists (select 1 from payments p
                        where p.shard = t.shard and p.hold_id = t.pending_id and t.kind = 'post_pending')
       and not exists (select 1 from payments p
                        where p.shard = t.shard and p.exchange_hold_id = t.pending_id and t.kind = 'post_pending')
       and not exists (select 1 from operations o
                         join payments p on p.shard = o.shard and p.id = o.payment_id
                        where o.shard = t.shard and o.kind = 'capture' and o.state = 'approved' and t.kind = 'post_pending'
                          and p.taken_before > 0 and t.operation_id in (o.id, ${siblingSql('o.id', 32)}))
    union all
    select ${TRANSFER_COLUMNS}
      from transfers t
     where t.fact = 'charge_refunded'
       and not exists (select 1 from refunds r where r.shard = t.shard and r.id = t.operation_id and t.kind = 'posted')
       and not exists (select 1 from card_transactions s
                        where s.shard = t.shard and s.id = ${siblingSql('t.operation_id', 7)} and t.kind = 'posted'
                          and s.intent = 'refund' and s.payment_id is null)
    union all
    select ${TRANSFER_COLUMNS}
      from transfers t
     where t.fact = 'payout_paid'
       and not exists (select 1 from payments p
                        where p.shard = t.shard and p.hold_id = t.pending_id and t.kind = 'post_pending'
                          and p.direction = 'payout')
    union all
    select ${TRANSFER_COLUMNS}
      from transfers t
     where t.fact in ('put_in_suspense', 'taken_from_suspense')
       and not exists (select 1 from cases c
                         join operations o on o.shard = c.shard and o.id = c.operation_id
                        where c.shard = t.shard and c.kind = 'contradiction' and t.kind = 'posted'
                          and c.operation_id = case t.fact when 'put_in_suspense' then ${siblingSql('t.operation_id', 64)}
                                                           else ${siblingSql('t.operation_id', 80)} end
                          and (t.fact = 'put_in_suspense' or c.closed_at is not null)
                          and (o.amount, o.currency) = (t.amount, t.currency))
    union all
    select ${TRANSFER_COLUMNS}
      from transfers t
     where (t.fact, t.kind) not in (('charge_authorized', 'pending'), ('charge_voided', 'void_pending'),
                                    ('payout_begun', 'pending'), ('payout_failed', 'void_pending'))
       and t.fact not in ('deposited', 'topped_up', 'withdrawn', 'balance_transferred', 'funds_transferred',
                          'charge_captured', 'charge_refunded', 'payout_paid', 'put_in_suspense', 'taken_from_suspense')`,
}

export const STATEMENT_CHECKS: readonly Check[] = [
  statementTransfers,
  chargeStatements,
  refundStatements,
  statementBalances,
  accountTransfers,
  transfersHaveReasons,
]
