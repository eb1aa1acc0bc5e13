// An invoice: an amount that a merchant asks a payer for by a link. Its row says what was asked and what became of the link;
// whether it is paid is its claim's to say, and when it is over the clock's.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { hasPassed } from '../clock.ts'
import { derivedId } from '../ids.ts'
import { type Claim, claimShelf, needClaim } from '../payments/claim.ts'

/** Everything about an invoice that its merchant may know. */
export interface InvoiceTerms {
  /** Also the id of its claim. */
  readonly id: string
  readonly merchantId: string
  /** The merchant's own name for it, unique among its invoices. */
  readonly merchantInvoiceId: string
  /** Our number for it: 1, 2, 3 for each merchant. */
  readonly number: bigint
  readonly currency: string
  /** Minor units. */
  readonly amount: bigint
  readonly description: string
  readonly customerName: string | null
  readonly customerEmail: string | null
  readonly customerPhone: string | null
  readonly redirectUrl: string
  readonly notificationUrl: string | null
  readonly terminalId: string | null
  readonly lifeHours: number
  /** The link that works; `invoiceUrl` says where it leads. */
  readonly linkId: string
  /** When the newest mail was put on its way. */
  readonly mailedAt: Date | null
  readonly expiresAt: Date
  readonly cancelledAt: Date | null
  readonly createdAt: Date
}

export interface Invoice extends InvoiceTerms {
  /** SHA-256 of what was asked for. */
  readonly terms: Buffer
  readonly linkDigest: Buffer
}

export const invoiceShelf = tableShelf<Invoice>({
  name: 'invoices',
  columns: {
    id: 'uuid',
    merchantId: 'uuid',
    merchantInvoiceId: 'text',
    number: 'bigint',
    currency: 'text',
    amount: 'bigint',
    description: 'text',
    customerName: 'text',
    customerEmail: 'text',
    customerPhone: 'text',
    redirectUrl: 'text',
    notificationUrl: 'text',
    terminalId: 'text',
    terms: 'bytea',
    lifeHours: 'integer',
    linkId: 'uuid',
    linkDigest: 'bytea',
    mailedAt: 'timestamptz',
    expiresAt: 'timestamptz',
    cancelledAt: 'timestamptz',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: ['redirectUrl', 'lifeHours', 'linkId', 'linkDigest', 'mailedAt', 'expiresAt', 'cancelledAt'],
})

interface InvoiceCounter {
  readonly merchantId: string
  readonly last: bigint
}

const invoiceCounterShelf = tableShelf<InvoiceCounter>({
  name: 'invoice_counters',
  columns: { merchantId: 'uuid', last: 'bigint' },
  key: ['merchantId'],
  mutable: ['last'],
})

export const INVOICE_SHELVES = [invoiceCounterShelf, invoiceShelf] as const

/** A merchant names an invoice once, so the two name its row. */
export const invoiceIdOf = (merchantId: string, merchantInvoiceId: string): string =>
  derivedId('invoice', merchantId, merchantInvoiceId)

export const needInvoice = (id: string): Need => need(invoiceShelf, id)

/** What a command that decides by the invoice's state needs. */
export const needInvoiceState = (id: string): Need[] => [needInvoice(id), needClaim(id)]

export const needInvoiceNumber = (merchantId: string): Need => need(invoiceCounterShelf, merchantId)

/** The merchant's next number. */
export function takeInvoiceNumber(books: Books, merchantId: string): bigint {
  const last = (books.find(invoiceCounterShelf, merchantId)?.last ?? 0n) + 1n
  books.put(invoiceCounterShelf, { merchantId, last })
  return last
}

/** `mailsent`: a mail is on its way or was. `processed`: paid. `expired` is by the clock, whoever has noticed. */
export type InvoiceState = 'generated' | 'mailsent' | 'processed' | 'cancelled' | 'expired'

/** Who holds and who has paid the claim of an invoice. One that nobody has tried to pay has none. */
export type Payers = Pick<Claim, 'heldBy' | 'paidBy'>

/** The state of an invoice. Money comes first: what is paid is processed, whatever happened to its link since. */
export function stateOf(
  invoice: Pick<Invoice, 'cancelledAt' | 'mailedAt'>,
  claim: Payers | undefined,
  isOver: boolean,
): InvoiceState {
  if (claim && claim.paidBy !== null) return 'processed'
  if (invoice.cancelledAt !== null) return 'cancelled'
  if (isOver) return 'expired'
  return invoice.mailedAt === null ? 'generated' : 'mailsent'
}

/** An invoice as it is told. */
export interface InvoiceView extends InvoiceTerms {
  readonly state: InvoiceState
  /** Whether a payment of it is under way, whose outcome is open. */
  readonly isHeld: boolean
}

/** The invoice as it stands in this batch. */
export const viewInvoice = (books: Books, invoice: Invoice): InvoiceView =>
  viewOf(invoice, books.find(claimShelf, invoice.id), hasPassed(invoice.expiresAt, books.now))

/** The invoice with what its claim and the clock say. */
export function viewOf(row: InvoiceTerms | Invoice, claim: Payers | undefined, isOver: boolean): InvoiceView {
  const { terms: _terms, linkDigest: _digest, ...told } = row as Invoice
  return { ...told, state: stateOf(row, claim, isOver), isHeld: isHeld(claim) }
}

/** Whether a payment is under way. */
export const isHeld = (claim: Payers | undefined): boolean =>
  claim !== undefined && claim.paidBy === null && claim.heldBy !== null
