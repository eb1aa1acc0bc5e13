// An order: what a member of Transaction Services calls a payment - its own id for it, which is used once for ever, and the number
// by which the payment is known on the wire - and all that it said about it.
import { createHash } from 'node:crypto'
import { type Books, type Need, need } from '../books/books.ts'
import { compositeKey, tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'

/** What may be shown of a card. */
export interface ShownCard {
  /** The first six digits. */
  readonly bin: string
  readonly last4: string
  readonly holder?: string
  /** Two digits. */
  readonly expiryMonth: string
  /** Four digits. */
  readonly expiryYear: string
}

export interface CustomerDetails {
  readonly id?: string
  readonly givenName?: string
  readonly surname?: string
  readonly email?: string
  readonly phone?: string
  /** With its plus, e.g. `+44`. */
  readonly telnocc?: string
  readonly ip?: string
  /** YYYYMMDD. */
  readonly birthDate?: string
}

export interface ShippingDetails {
  readonly country?: string
  readonly city?: string
  readonly state?: string
  readonly postcode?: string
  readonly street1?: string
  readonly givenName?: string
  readonly surname?: string
}

/** What is kept of a request and shown again. Nothing in it is a card number. Texts that were not given are absent. */
export interface OrderDetails {
  /** Empty when it follows from a kept card. */
  readonly paymentMode: string
  readonly paymentBrand: string
  readonly terminalId?: string
  readonly descriptor?: string
  /** An amount and currency that are shown to the customer, and never charged. */
  readonly tmplAmount?: string
  readonly tmplCurrency?: string
  readonly customer: CustomerDetails
  readonly shipping: ShippingDetails
  readonly device: Readonly<Record<string, string>>
  readonly redirectUrl?: string
  readonly notificationUrl?: string
  readonly card?: ShownCard
  readonly recurringType?: 'INITIAL' | 'REPEATED'
  /** The invoice that it pays. */
  readonly invoiceNumber?: string
  /** The filled-in form of a page that made it: the same form again is the same order. */
  readonly tryId?: string
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
