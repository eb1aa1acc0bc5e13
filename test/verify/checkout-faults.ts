// Ways in which checkouts and what belongs to them can be wrong.
import { newId } from '../../src/ids.ts'
import type { Fault } from './ledger-faults.ts'

export const CHECKOUT_FAULTS: readonly Fault[] = [
  {
    fault: 'a checkout that asks for more than what paid it',
    breaks: ['checkouts_paid'],
    count: 1,
    sql: ({ checkouts: { paid } }) => [`update checkouts set amount = amount + 1 where id = '${paid.payment.claimId}'`],
  },
  {
    fault: 'a try of a checkout that is another one’s',
    breaks: ['checkouts_paid'],
    count: 1,
    sql: ({ checkouts: { paid } }) => [
      `update checkout_attempts set checkout_id = '${newId()}' where payment_id = '${paid.payment.id}'`,
    ],
  },
  {
    fault: 'a checkout that was paid in cash nobody promised',
    breaks: ['checkouts_end'],
    count: 1,
    sql: ({ checkouts: { cash } }) => [`update checkouts set cash_code = null where id = '${cash}'`],
  },
  {
    fault: 'a deleted checkout that still says whose it was',
    breaks: ['checkouts_end'],
    count: 1,
    sql: ({ checkouts: { deleted } }) => [
      `update checkouts set details = '{"customerEmail": "ada@example.com"}' where id = '${deleted}'`,
    ],
  },
  {
    fault: 'a key that stands for what nobody sent with it',
    breaks: ['children_follow'],
    count: 1,
    sql: ({ checkouts: { paid } }) => [`update tracking_keys set operation_id = '${paid.operation.id}'`],
  },
  {
    fault: 'a child of another parent',
    breaks: ['children_follow'],
    count: 1,
    sql: ({ checkouts: { refund } }) => [
      `update child_transactions set parent_id = '${newId()}' where operation_id = '${refund.operation.id}'`,
    ],
  },
  {
    fault: 'a saved card of another merchant',
    breaks: ['saved_cards_owned'],
    count: 1,
    sql: () => [`update saved_cards set merchant_id = '${newId()}'`],
  },
  {
    fault: 'a file that counts a checkout too many',
    breaks: ['attachments_counted'],
    count: 1,
    sql: ({ checkouts: { attachment } }) => [`update attachments set uses = uses + 1 where id = '${attachment.id}'`],
  },
  {
    fault: 'a file of another merchant',
    breaks: ['attachments_counted'],
    count: 1,
    sql: ({ checkouts: { attachment } }) => [
      `update attachments set merchant_id = '${newId()}' where id = '${attachment.id}'`,
    ],
  },
  {
    fault: 'a file that is gone while checkouts name it',
    breaks: ['attachments_counted'],
    count: 1,
    sql: ({ checkouts: { attachment } }) => [`delete from attachments where id = '${attachment.id}'`],
  },
  {
    fault: 'a short address that leads to another checkout',
    breaks: ['short_addresses_lead'],
    count: 1,
    sql: ({ checkouts: { paid } }) => [
      `update short_codes set target_id = '${newId()}' where target_id = '${paid.payment.claimId}'`,
    ],
  },
  {
    fault: 'a short address that leads to another file',
    breaks: ['short_addresses_lead'],
    count: 2,
    sql: ({ checkouts: { attachment } }) => [
      `update short_codes set target_id = '${newId()}' where code = '${attachment.shortCode}'`,
    ],
  },
  {
    fault: 'a checkout that asks for less than its invoice',
    breaks: ['invoices_add_up'],
    count: 1,
    sql: ({ checkouts: { invoice } }) => [`update checkouts set amount = amount - 1 where id = '${invoice}'`],
  },
  {
    fault: 'an item that costs more than its invoice says',
    breaks: ['invoices_add_up'],
    count: 1,
    sql: ({ checkouts: { invoice } }) => [
      `update checkout_invoices set items = jsonb_set(items, '{0,figures,totalInclTax}', '"5816"') where checkout_id = '${invoice}'`,
    ],
  },
  {
    fault: 'an item with a tax that nobody is asked for',
    breaks: ['invoices_add_up'],
    count: 1,
    sql: ({ checkouts: { invoice } }) => [
      `update checkout_invoices set items = jsonb_set(items, '{0,figures,taxAmount}', '"1"') where checkout_id = '${invoice}'`,
    ],
  },
]
