// Ways in which books can be wrong, each planted with SQL that no constraint or foreign key hinders.
import { newId, siblingId } from '../../src/ids.ts'
import { CHECKOUT_FAULTS } from './checkout-faults.ts'
import { GATEWAY_FAULTS } from './gateway-faults.ts'
import { type Fault, LEDGER_FAULTS, strayTransfer } from './ledger-faults.ts'
import { OPERATION_FAULTS } from './operation-faults.ts'

const PAYMENT_FAULTS: readonly Fault[] = [
  {
    fault: 'a payment that authorized more than was asked',
    breaks: ['payment_totals', 'operations_fit_payments'],
    count: 1,
    sql: ({ authorized: [{ id }] }) => [
      'alter table payments drop constraint payment_authorizes_at_most_its_amount_and_fee',
      `update payments set amount = amount - 1 where id = '${id}'`,
    ],
  },
  {
    fault: 'two payments with the hold of each other',
    breaks: ['payment_holds'],
    count: 2,
    sql: ({ authorized: [one, other] }) => [
      `update payments set hold_id = case id when '${one.id}' then '${other.holdId}'::uuid else '${one.holdId}' end
        where id in ('${one.id}', '${other.id}')`,
    ],
  },
  {
    fault: 'an exchange that one side of the hold does not know',
    breaks: ['payment_holds', 'transfers_have_reasons'],
    sql: ({ exchanged: { id } }) => [`update payments set exchange_hold_id = null where id = '${id}'`],
  },
  {
    fault: 'two payments with the capture of each other',
    breaks: ['payment_states'],
    count: 2,
    sql: ({ captured: [one, other] }) => [
      'drop index a_hold_is_resolved_once',
      `update transfers set pending_id = case pending_id when '${one.holdId}' then '${other.holdId}'::uuid else '${one.holdId}' end
        where pending_id in ('${one.holdId}', '${other.holdId}')`,
    ],
  },
  {
    fault: 'a payment that says it is still authorized',
    breaks: ['payment_states', 'payments_follow_operations', 'charge_statements', 'card_spending'],
    sql: ({ voided: [{ id }] }) => [`update payments set state = 'authorized' where id = '${id}'`],
  },
  {
    fault: 'a hold without a payment',
    breaks: ['open_holds'],
    count: 1,
    sql: () => strayTransfer('pending', 'charge_authorized'),
  },
  {
    fault: 'a payment that forgot a part of its refunds',
    breaks: ['payment_refunds'],
    count: 1,
    sql: ({ refundedInPart: { id } }) => [
      `update payments set refunded = refunded - 1, payer_refunded = payer_refunded - 1 where id = '${id}'`,
    ],
  },
  {
    fault: 'refunds that say other amounts than were moved',
    breaks: ['refund_transfers', 'operations_are_booked'],
    count: 2,
    sql: ({ exchanged: { id } }) => [
      `update refunds r set amount = (select sum(amount) from refunds where payment_id = r.payment_id) - amount where payment_id = '${id}'`,
    ],
  },
  {
    fault: 'a refund that was lost',
    breaks: ['payment_refunds', 'refund_statements', 'operations_are_booked', 'transfers_have_reasons'],
    sql: ({ refundedInPart: { id } }) => [`delete from refunds where payment_id = '${id}'`],
  },
  {
    fault: 'spending that no payment explains',
    breaks: ['card_spending'],
    count: 1,
    sql: ({ holder: { card } }) => [`update cards set spent_in_total = spent_in_total + 1 where id = '${card.id}'`],
  },
  {
    fault: 'more spending in a day than in its payments',
    breaks: ['card_spending'],
    count: 1,
    sql: ({ holder: { card } }) => [`update cards set spent_today = spent_today + 1000000 where id = '${card.id}'`],
  },
]

const REASONLESS = [
  ...['topped_up', 'funds_transferred', 'charge_captured', 'charge_refunded', 'deposited', 'gift'],
  ...['payout_begun', 'payout_paid', 'payout_failed', 'put_in_suspense', 'taken_from_suspense'],
]

const STATEMENT_FAULTS: readonly Fault[] = [
  {
    fault: 'two top-ups that say other amounts than were moved',
    breaks: ['statement_transfers'],
    count: 2,
    sql: ({ receiver: { cardAccountId } }) => [
      `update card_transactions set amount = 8000 - amount where card_account_id = '${cardAccountId}' and intent = 'topup'`,
    ],
  },
  {
    fault: 'a charge that names another card than its payment',
    breaks: ['charge_statements'],
    count: 1,
    sql: ({ authorized: [{ cardTransactionId }], receiver: { card } }) => [
      `update card_transactions set card_id = '${card.id}' where id = '${cardTransactionId}'`,
    ],
  },
  {
    fault: 'a declined charge that says it was posted',
    breaks: ['charge_statements', 'statement_balances'],
    sql: () => [
      `update card_transactions set status = 'posted', posted_at = now()
        where id = (select id from card_transactions where status = 'declined' limit 1)`,
    ],
  },
  {
    fault: 'a refund on a statement that names no payment',
    breaks: ['refund_statements'],
    count: 1,
    sql: ({ refundedInPart: { id } }) => [
      `update card_transactions set payment_id = null where payment_id = '${id}' and intent = 'refund'`,
    ],
  },
  {
    fault: 'a fee on a statement that nobody paid',
    breaks: ['statement_balances'],
    count: 1,
    sql: ({ clientId, holder: { cardAccountId } }) => [
      `insert into card_transactions
              (shard, id, client_id, card_account_id, ref_id, status, intent, entry_type, currency, amount, gross_amount, created_at, posted_at)
       values (0, '${newId()}', '${clientId}', '${cardAccountId}', 'CT00000000', 'posted', 'fee', 'CREDIT', 'USD', 1, 1, now(), now())`,
    ],
  },
  {
    fault: 'a pending charge on a statement that holds nothing',
    breaks: ['statement_balances'],
    count: 1,
    sql: ({ clientId, holder: { cardAccountId } }) => [
      `insert into card_transactions
              (shard, id, client_id, card_account_id, ref_id, status, intent, entry_type, currency, amount, gross_amount, created_at)
       values (0, '${newId()}', '${clientId}', '${cardAccountId}', 'CT00000000', 'pending', 'fee', 'CREDIT', 'USD', 1, 1, now())`,
    ],
  },
  {
    fault: 'a transfer between accounts that says another amount than was moved',
    breaks: ['account_transfers'],
    count: 1,
    sql: () => ['update account_transfers set amount = amount + 1'],
  },
  ...REASONLESS.map((fact) => ({
    fault: `money that moved as ${fact} for no reason`,
    breaks: ['transfers_have_reasons'],
    count: 1,
    sql: () => strayTransfer('posted', fact),
  })),
]

const KEY_FAULTS: readonly Fault[] = [
  {
    fault: 'a card that a merchant bound twice',
    breaks: ['bindings_unique'],
    count: 2,
    sql: ({ holder: { card } }) => [
      'alter table bindings drop constraint a_merchant_binds_a_card_once',
      `insert into bindings (shard, id, merchant_id, card_id, token, status, created_at, bound_at)
       select shard, '${newId()}', merchant_id, card_id, '${newId()}', status, created_at, bound_at from bindings where card_id = '${card.id}'`,
    ],
  },
  {
    fault: 'an xid that its resource does not carry',
    breaks: ['xids_carried'],
    count: 1,
    sql: ({ holder: { card } }) => [`update cards set xid = null where id = '${card.id}'`],
  },
  {
    fault: 'an xid that nobody claimed',
    breaks: ['xids_carried'],
    count: 1,
    sql: ({ receiver: { card } }) => [`update cards set xid = 'unclaimed' where id = '${card.id}'`],
  },
  {
    fault: 'an xid that stands for another resource than carries it',
    breaks: ['xids_carried'],
    count: 1,
    sql: ({ holder: { card } }) => [
      `update xids set resource_id = '${siblingId(card.id, 1)}' where resource_id = '${card.id}'`,
    ],
  },
  {
    fault: 'two codes for one binding',
    breaks: ['challenges_single'],
    count: 2,
    sql: () => [
      'alter table challenges drop constraint challenges_pkey cascade',
      `insert into challenges (shard, subject_id, kind, id, digest, parameters, attempts, attempts_max, status, expires_at, created_at)
       select shard, subject_id, kind, '${newId()}', digest, parameters, attempts, attempts_max, status, expires_at, created_at
         from challenges where status <> 'blocked' order by id limit 1`,
    ],
  },
  {
    fault: 'a blocked code that may be tried again',
    breaks: ['challenges_single'],
    count: 1,
    sql: () => [`update challenges set status = 'open' where status = 'blocked'`],
  },
  {
    fault: 'keys with two results, of which the first twenty are shown',
    breaks: ['idempotency_keys_unique'],
    count: 25,
    sql: () => [
      'alter table idempotency_keys drop constraint idempotency_keys_pkey',
      `insert into idempotency_keys (shard, scope, key, fingerprint, result, created_at)
       select 0, 'fault', n % 25, '', '{}', now() from generate_series(1, 50) as n`,
    ],
  },
]

export const FAULTS: readonly Fault[] = [
  ...LEDGER_FAULTS,
  ...PAYMENT_FAULTS,
  ...OPERATION_FAULTS,
  ...GATEWAY_FAULTS,
  ...CHECKOUT_FAULTS,
  ...STATEMENT_FAULTS,
  ...KEY_FAULTS,
]
