// Mails about an invoice. Those that ask for money bring the link that works when they are sent.
import type { Books } from '../books/books.ts'
import { type InvoiceKind, sendMessage } from '../notify/message.ts'
import { type Invoice, invoiceShelf } from './invoice.ts'

/** Puts a mail on its way to the customer, if the invoice has an address; writes and returns the invoice. */
export function mailInvoice(books: Books, invoice: Invoice, { id, kind }: { id: string; kind: InvoiceKind }): Invoice {
  const { customerEmail, linkId } = invoice
  if (customerEmail === null) return books.put(invoiceShelf, invoice)
  sendMessage(books, {
    id,
    kind,
    channel: 'email',
    recipient: customerEmail,
    subjectId: invoice.id,
    ...(kind !== 'invoice-cancelled' && { linkId }),
  })
  return books.put(invoiceShelf, { ...invoice, mailedAt: books.now })
}
