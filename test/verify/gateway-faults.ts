// Ways in which payments through gateways, by cards' numbers and to payees, and what belongs to them can be wrong.
import type { Fault } from './ledger-faults.ts'

const PAYMENT_FAULTS: readonly Fault[] = [
  {
    fault: 'a payment that says another gateway carries it',
    breaks: ['payment_holds', 'operations_fit_payments'],
    count: 1,
    sql: ({ gateways: { authorized } }) => [
      `update payments set gateway_account_id = (select id from gateway_accounts where code = 'second')
        where id = '${authorized.payment.id}'`,
    ],
  },
  {
    fault: 'a declined payment that forgot what it held',
    breaks: ['payment_holds'],
    count: 1,
    sql: ({ gateways: { declined } }) => [`update payments set hold_id = null where id = '${declined.payment.id}'`],
  },
  {
    fault: 'a payout that says that it was a charge',
    breaks: ['payment_totals', 'payment_holds', 'payment_states', 'operations_fit_payments', 'transfers_have_reasons'],
    sql: ({ gateways: { paidBack } }) => [
      'alter table payments drop constraint payment_state_agrees_with_its_direction',
      `update payments set direction = 'charge' where id = '${paidBack.payment.id}'`,
    ],
  },
  {
    fault: 'a payment that is still on its way though its hold is gone',
    breaks: ['payment_states', 'payment_totals', 'open_operations', 'payments_follow_operations'],
    count: 1,
    sql: ({ gateways: { purchased } }) => [
      'alter table payments drop constraint payment_state_agrees_with_its_totals',
      `update payments set state = 'capturing' where id = '${purchased.payment.id}'`,
    ],
  },
  {
    fault: 'a payout to a card that is on no statement',
    breaks: ['charge_statements'],
    count: 1,
    sql: () => [
      `update card_transactions set payment_id = null
        where id = (select id from card_transactions where intent = 'other' order by id limit 1)`,
    ],
  },
  {
    fault: 'a charge that its cardholder gave up, on a statement',
    breaks: ['charge_statements'],
    count: 2, // what the payment and what the statement says
    sql: () => [
      `insert into card_transactions (shard, id, client_id, card_account_id, card_id, payment_id, ref_id, status, intent, entry_type,
                                      currency, amount, gross_amount, created_at)
       select shard, card_transaction_id, client_id, card_account_id, card_id, id, ref_id, 'declined', 'charge', 'CREDIT',
              payer_currency, amount, amount, created_at
         from payments where state = 'canceled' and card_id is not null limit 1`,
    ],
  },
  {
    fault: 'a declined charge on a statement of another amount',
    breaks: ['charge_statements'],
    count: 1,
    sql: () => [
      `update card_transactions set amount = amount + 1
        where id = (select id from card_transactions where status = 'declined' and payment_id is not null and currency = 'HKD')`,
    ],
  },
]

const AROUND_FAULTS: readonly Fault[] = [
  {
    fault: 'an invoice that was paid twice and nobody noticed',
    breaks: ['claims_paid_once'],
    count: 1,
    sql: ({ gateways: { surplus } }) => [
      `delete from cases where kind = 'surplus' and operation_id = '${surplus.operation.id}'`,
    ],
  },
  {
    fault: 'an invoice that was paid by a payment that failed',
    breaks: ['claims_paid_once'],
    sql: ({ gateways: { claimId, declined } }) => [
      `update claims set held_by = '${declined.payment.id}', paid_by = '${declined.payment.id}' where id = '${claimId}'`,
    ],
  },
  {
    fault: 'an invoice that others may pay while a payment of it is tried',
    breaks: ['claims_paid_once'],
    count: 1,
    sql: ({ gateways: { heldClaimId } }) => [`update claims set held_by = null where id = '${heldClaimId}'`],
  },
  {
    fault: 'a contradiction that was closed and its money left in suspense',
    breaks: ['suspense_explained'],
    count: 1,
    sql: ({ gateways: { contradicted } }) => [
      `update cases set closed_at = now(), resolution = 'never mind' where operation_id = '${contradicted.operation.id}' and kind = 'contradiction'`,
    ],
  },
  {
    fault: 'money in suspense for no contradiction',
    breaks: ['suspense_explained', 'transfers_have_reasons'],
    count: 1,
    sql: ({ gateways: { contradicted } }) => [
      `delete from cases where operation_id = '${contradicted.operation.id}' and kind = 'contradiction'`,
    ],
  },
  {
    fault: 'a gateway account that owes another currency than its own',
    breaks: ['gateway_accounts_own'],
    count: 2, // what it owes, and the payment
    sql: () => [`update gateway_accounts set currency = 'EUR' where code = 'sandbox-kwd'`],
  },
  {
    fault: "a gateway account that carries another merchant's payments",
    breaks: ['gateway_accounts_own'],
    count: 1,
    sql: ({ otherMerchantId }) => [
      `update gateway_accounts set merchant_id = '${otherMerchantId}' where code = 'sandbox-kwd'`,
    ],
  },
  {
    fault: 'two orders under one number',
    breaks: ['orders_numbered'],
    count: 2,
    sql: () => [
      'alter table orders drop constraint an_order_number_is_used_once',
      `update orders set number = (select number from orders where merchant_transaction_id = 'order-2')
        where merchant_transaction_id = 'order-1'`,
    ],
  },
  {
    fault: 'a number that will be given again',
    breaks: ['orders_numbered'],
    count: 1,
    sql: () => ['update order_numbers set last = last - 1'],
  },
  {
    fault: "an order of another merchant's payment",
    breaks: ['orders_numbered'],
    sql: ({ otherMerchantId }) => [
      `update orders set merchant_id = '${otherMerchantId}' where merchant_transaction_id = 'order-1'`,
    ],
  },
  {
    fault: 'a payment with two orders',
    breaks: ['orders_numbered'],
    count: 2,
    sql: ({ gateways: { order } }) => [
      'alter table orders drop constraint an_order_is_of_one_payment',
      `update orders set payment_id = '${order.payment.id}' where merchant_transaction_id = 'order-2'`,
    ],
  },
  {
    fault: 'a kept card whose number is lost',
    breaks: ['kept_cards_sealed'],
    count: 1,
    sql: ({ gateways: { kept } }) => [`delete from vault.pans where id = '${kept}'`],
  },
  {
    fault: 'a card that was forgotten and its number not',
    breaks: ['kept_cards_sealed'],
    count: 1,
    sql: ({ gateways: { kept } }) => [
      `update registrations set deleted_at = now() - interval '1 day' where id = '${kept}'`,
    ],
  },
  {
    fault: 'a number that is kept for nobody',
    breaks: ['kept_cards_sealed'],
    count: 1,
    sql: ({ gateways: { kept } }) => [`delete from registrations where id = '${kept}'`],
  },
  {
    fault: 'a card number in what a gateway was told',
    breaks: ['no_clear_card_numbers'],
    count: 1,
    sql: () => [
      `update gateway_exchanges set request = request || '&number=4111111111111111'
        where id = (select id from gateway_exchanges order by id limit 1)`,
    ],
  },
  {
    fault: 'a card number in what a merchant said about an order',
    breaks: ['no_clear_card_numbers'],
    count: 1,
    sql: () => [
      `update orders set details = details || '{"descriptor": "card 4111 1111 1111 1111"}' where merchant_transaction_id = 'order-1'`,
    ],
  },
]

export const GATEWAY_FAULTS: readonly Fault[] = [...PAYMENT_FAULTS, ...AROUND_FAULTS]
