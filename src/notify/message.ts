// A message to a person: a row a recipient. It says what it is about; its words are made when it is sent or shown, so no code
// and no link that opens anything rests in the database.
import type { Books } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'

/** Kinds that bring a one-time code. */
export const CODE_KINDS = ['binding-code', 'purchase-code', '3ds-code', 'login'] as const
export type CodeKind = (typeof CODE_KINDS)[number]

/** Kinds about an invoice. */
export const INVOICE_KINDS = ['invoice', 'invoice-reminder', 'invoice-cancelled'] as const
export type InvoiceKind = (typeof INVOICE_KINDS)[number]

/** Of the merchant: a notice to one of its URLs has failed for good. */
export const FAILURE_KIND = 'delivery-failed'

/** About a checkout: what happened to it. */
export const PAYMENT_KIND = 'payment'

export type MessageKind = CodeKind | InvoiceKind | typeof FAILURE_KIND | typeof PAYMENT_KIND

export const CHANNELS = ['sms', 'email', 'whatsapp'] as const
export type Channel = (typeof CHANNELS)[number]

export interface Message {
  readonly id: string
  readonly kind: MessageKind
  readonly channel: Channel
  /** One address. */
  readonly recipient: string
  /** The challenge whose code it brings. */
  readonly challengeId: string | null
  /** What it is about when it brings no code. */
  readonly subjectId: string | null
  /** The link that it brings. */
  readonly linkId: string | null
  /** What happened to the checkout that it is about. */
  readonly event: string | null
  /** What was done to the payment then; its amount is told. */
  readonly operationId: string | null
  readonly createdAt: Date
}

export const messageShelf = tableShelf<Message>({
  name: 'messages',
  columns: {
    id: 'uuid',
    kind: 'text',
    channel: 'text',
    recipient: 'text',
    challengeId: 'uuid',
    subjectId: 'uuid',
    linkId: 'uuid',
    event: 'text',
    operationId: 'uuid',
    createdAt: 'timestamptz',
  },
})

const NOTHING = { challengeId: null, subjectId: null, linkId: null, event: null, operationId: null } as const

export type NewMessage = Pick<Message, 'id' | 'kind' | 'channel' | 'recipient'> &
  Partial<Pick<Message, keyof typeof NOTHING>>

/** Puts a message on its way, in the commit of the command that causes it. */
export const sendMessage = (books: Books, message: NewMessage): Message =>
  books.append(messageShelf, { ...NOTHING, ...message, createdAt: books.now })

/** The text as one line: what merchants write must not start a line of its own, in a subject or in a mail. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
