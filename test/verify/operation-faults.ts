// Ways in which operations can disagree with their payments and with the ledger.
import { newId } from '../../src/ids.ts'
import type { Fault } from './ledger-faults.ts'

export const OPERATION_FAULTS: readonly Fault[] = [
  {
    fault: 'a payment that waits for an operation that is over',
    breaks: ['open_operations'],
    count: 1,
    sql: ({ gateways: { authorized } }) => [
      `update payments set open_operation_id = '${authorized.operation.id}' where id = '${authorized.payment.id}'`,
    ],
  },
  {
    fault: 'an operation that is over while its payment waits',
    breaks: ['open_operations'],
    count: 1,
    sql: ({ gateways: { redirected } }) => [
      `update operations set state = 'declined', settled_at = now(), settled_by = 'payer' where id = '${redirected.operation.id}'`,
    ],
  },
  {
    fault: 'a capture that is not known of a payment that was captured',
    breaks: ['open_operations', 'payments_follow_operations', 'undone_moved_nothing'],
    sql: ({ gateways: { capturedInPart } }) => [
      `update operations set state = 'unknown', next_look_at = now(), settled_at = null, settled_by = null
        where id = '${capturedInPart.operation.id}'`,
    ],
  },
  {
    fault: 'a refund that a payment reserved a part of',
    breaks: ['refunds_reserved'],
    count: 1,
    sql: ({ gateways: { queued } }) => [
      `update payments set refund_reserved = refund_reserved - 1 where id = '${queued.payment.id}'`,
    ],
  },
  {
    fault: 'more reserved for refunds than was captured',
    breaks: ['payment_totals', 'refunds_reserved'],
    count: 1,
    sql: ({ gateways: { purchased } }) => [
      'alter table payments drop constraint payment_refunds_at_most_what_was_captured',
      `update payments set refund_reserved = captured + 1 where id = '${purchased.payment.id}'`,
    ],
  },
  {
    fault: 'a payment that counts payouts to its payer twice',
    breaks: ['paid_out'],
    count: 1,
    sql: ({ gateways: { paidBack } }) => [
      `update payments set paid_out = paid_out + 1 where id = '${paidBack.payment.sourcePaymentId}'`,
    ],
  },
  {
    fault: 'a payout for which nothing had come in',
    breaks: ['paid_out'],
    count: 1,
    sql: ({ gateways: { paidBack } }) => [
      `update payments set paid_out = 0 where id = '${paidBack.payment.sourcePaymentId}'`,
    ],
  },
  {
    fault: 'a payment that was voided by nobody',
    breaks: ['payments_follow_operations'],
    count: 1,
    sql: ({ voided: [{ id }] }) => [`delete from operations where kind = 'void' and payment_id = '${id}'`],
  },
  {
    fault: 'a payment that took what no operation had',
    breaks: ['payments_follow_operations', 'operations_are_booked'],
    count: 1,
    sql: ({ gateways: { capturedInPart } }) => [
      `update operations set amount = amount - 1 where id = '${capturedInPart.operation.id}'`,
    ],
  },
  {
    fault: 'a payment that was authorized twice',
    breaks: ['authorized_once', 'operations_are_booked'],
    count: 1,
    sql: ({ gateways: { authorized } }) => [
      'drop index a_payment_is_authorized_once',
      `insert into operations (shard, id, payment_id, merchant_id, kind, attempt, gateway_account_id, amount, currency, state, reason,
                               looks, settled_by, settled_at, created_at)
       select shard, '${newId()}', payment_id, merchant_id, kind, 2, gateway_account_id, amount, currency, state, reason,
              looks, settled_by, settled_at, created_at
         from operations where id = '${authorized.operation.id}'`,
    ],
  },
  {
    fault: 'an operation in another currency than its payment',
    breaks: ['operations_fit_payments'],
    count: 1,
    sql: ({ gateways: { declined } }) => [
      `update operations set currency = 'EUR' where id = '${declined.operation.id}'`,
    ],
  },
  {
    fault: 'an operation at a gateway account that does not carry its payment',
    breaks: ['operations_fit_payments'],
    count: 1,
    sql: ({ gateways: { authorized } }) => [
      `update operations set gateway_account_id = (select id from gateway_accounts where code = 'second')
        where id = '${authorized.operation.id}'`,
    ],
  },
  {
    fault: 'a refund that was booked and not approved by anybody',
    breaks: ['operations_are_booked'],
    count: 1,
    sql: ({ gateways: { capturedInPart } }) => [
      `delete from operations where kind = 'refund' and payment_id = '${capturedInPart.payment.id}'`,
    ],
  },
  {
    fault: 'an approved operation that is not in the ledger',
    breaks: ['operations_are_booked', 'payments_follow_operations'],
    count: 2,
    sql: ({ gateways: { purchased } }) => [
      `insert into operations (shard, id, payment_id, merchant_id, kind, attempt, gateway_account_id, amount, currency, state, reason,
                               looks, settled_by, settled_at, created_at)
       select shard, made.id, payment_id, merchant_id, made.kind, 1, gateway_account_id, 1, currency, state, reason,
              looks, settled_by, settled_at, created_at
         from operations
        cross join (values ('${newId()}'::uuid, 'capture'), ('${newId()}'::uuid, 'capture')) as made(id, kind)
        where operations.id = '${purchased.operation.id}'`,
    ],
  },
  {
    fault: 'a declined payment that took money',
    breaks: ['undone_moved_nothing', 'payment_states', 'payments_follow_operations'],
    count: 1,
    sql: ({ gateways: { purchased } }) => [
      `update payments set state = 'declined', authorized = 0, captured = 0, payer_authorized = 0, payer_captured = 0
        where id = '${purchased.payment.id}'`,
    ],
  },
  {
    fault: 'a refused operation that took money',
    breaks: ['undone_moved_nothing', 'payments_follow_operations'],
    count: 1,
    sql: ({ gateways: { purchased } }) => [
      `update operations set state = 'declined' where id = '${purchased.operation.id}'`,
    ],
  },
  {
    fault: 'an operation that nobody will ask about',
    breaks: ['unknown_is_chased'],
    count: 1,
    sql: ({ gateways: { queued } }) => [
      `update operations set next_look_at = null where id = '${queued.operation.id}'`,
    ],
  },
  {
    fault: 'a case that was closed without an answer',
    breaks: ['unknown_is_chased'],
    count: 1,
    sql: ({ gateways: { givenUp } }) => [
      `update cases set closed_at = now(), resolution = 'never mind' where operation_id = '${givenUp.operation.id}'`,
    ],
  },
]
