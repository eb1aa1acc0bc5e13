// An order: what a member of Transaction Services calls a payment - its own id for it, which is used once for ever, and the number
// by which the payment is known on the wire - and all that it said about it.
import { createHash } from 'node:crypto'
import { type Books, type Need, need } from '../books/books.ts'
import { compositeKey, tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'

/** What of a card may be shown. */
export interface ShownCard {
  readonly bin: string
  readonly last4: string
  readonly holder: string
  /** Two and four digits. */
  readonly expiryMonth: string
  readonly expiryYear: string
}

/** What the merchant said about an order. Texts as they came; what was not said is absent. */
export interface OrderDetails {
  readonly paymentMode: string
  readonly paymentBrand: string
  readonly descriptor?: string
  readonly tmplAmount?: string
  readonly tmplCurrency?: string
  readonly customer?: Readonly<Record<string, string>>
  readonly shipping?: Readonly<Record<string, string>>
  readonly redirectUrl?: string
  readonly notificationUrl?: string
  readonly terminalId?: string
  readonly card?: ShownCard
  /** The number of the initial order, of one that repeats it. */
  readonly initialNumber?: string
  readonly recurringType?: 'INITIAL' | 'REPEATED'
  /** The invoice that it pays. */
  readonly invoiceNumber?: string
  readonly companyName?: string
}

export interface Order {
  readonly merchantId: string
  readonly merchantTransactionId: string
  readonly paymentId: string
  /** The numeric payment id on the wire: up to ten digits, unique for the merchant. */
  readonly number: bigint
  readonly details: OrderDetails
  readonly createdAt: Date
}

export const orderShelf = tableShelf<Order>({
  name: 'orders',
  columns: {
    merchantId: 'uuid',
    merchantTransactionId: 'text',
    paymentId: 'uuid',
    number: 'bigint',
    details: 'jsonb',
    createdAt: 'timestamptz',
  },
  key: ['merchantId', 'merchantTransactionId'],
  mutable: ['details'],
})

interface OrderNumber {
  readonly merchantId: string
  readonly last: bigint
}

export const orderNumberShelf = tableShelf<OrderNumber>({
  name: 'order_numbers',
  columns: { merchantId: 'uuid', last: 'bigint' },
  key: ['merchantId'],
  mutable: ['last'],
})

/** What writing an order locks. */
export const orderNeeds = (merchantId: string, merchantTransactionId: string): Need[] => [
  need(orderShelf, compositeKey(merchantId, merchantTransactionId)),
  need(orderNumberShelf, merchantId),
]

/** Writes the order of a new payment. Throws `duplicate_order` when the merchant has used this id before. */
export function writeOrder(books: Books, order: Omit<Order, 'number' | 'createdAt'>): Order {
  const { merchantId, merchantTransactionId } = order
  if (books.find(orderShelf, compositeKey(merchantId, merchantTransactionId)))
    throw new AppError('duplicate_order', { field: 'merchantTransactionId' })
  const last = books.find(orderNumberShelf, merchantId)?.last ?? firstNumber(merchantId)
  const number = last + 1n
  books.put(orderNumberShelf, { merchantId, last: number })
  return books.put(orderShelf, { ...order, number, createdAt: books.now })
}

const NUMBERS_FROM = 1_000_000_000n
const NUMBERS_SPREAD = 8_000_000_000n

// Numbers of different merchants start far apart, so that one merchant's is hardly ever another's.
function firstNumber(merchantId: string): bigint {
  const hash = createHash('sha256').update(`order numbers ${merchantId}`).digest().readBigUInt64BE(0)
  return NUMBERS_FROM + (hash % NUMBERS_SPREAD)
}
