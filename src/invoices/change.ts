// What a merchant can do with an invoice afterwards: send it again under another link, remind of it, cancel it.
import { countTry, needVelocity } from '../bindings/velocity.ts'
import type { Books } from '../books/books.ts'
import { type Command, Refusal, refuse } from '../books/command.ts'
import { after, HOUR_MS, hasPassed } from '../clock.ts'
import { AppError } from '../errors.ts'
import { type EventType, recordEvent } from '../events/events.ts'
import { checkRedirectUrl } from '../http/redirect-url.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, siblingId } from '../ids.ts'
import { claimShelf } from '../payments/claim.ts'
import { getInvoiceId, type InvoiceDeps, type InvoiceRef } from './find.ts'
import { checkLife } from './generate.ts'
import {
  type Invoice,
  type InvoiceView,
  invoiceShelf,
  isHeld,
  needInvoiceState,
  stateOf,
  viewInvoice,
} from './invoice.ts'
import { digestOfLetters, lettersOf } from './link.ts'
import { mailInvoice } from './mail.ts'

export interface ChangeRequest {
  readonly merchantId: string
  readonly ref: InvoiceRef
  readonly keys: readonly KeyClaim[]
}

export interface RegenerateRequest extends ChangeRequest {
  /** As before unless told. */
  readonly redirectUrl?: string
  /** Whole hours from now; as before unless told. */
  readonly lifeHours?: number
}

/**
 * Gives the invoice another link and another life, and mails it; the link before is dead from now on. Throws
 * `invoice_not_found`, `invoice_paid`, `invoice_state_invalid` for a cancelled one.
 */
export async function regenerateInvoice(deps: InvoiceDeps, request: RegenerateRequest): Promise<InvoiceView> {
  if (request.redirectUrl !== undefined) checkRedirectUrl(request.redirectUrl)
  const asked = checkLife(request.lifeHours)
  const linkId = newId()
  const linkDigest = digestOfLetters(deps.codes, lettersOf(deps.codes, linkId))
  return run(deps, request, {
    name: 'regenerate invoice',
    event: 'invoice.regenerated',
    change: (books, invoice, messageId) => {
      if (invoice.cancelledAt !== null) throw new AppError('invoice_state_invalid')
      const lifeHours = asked ?? invoice.lifeHours
      const renewed = {
        ...invoice,
        redirectUrl: request.redirectUrl ?? invoice.redirectUrl,
        lifeHours,
        linkId,
        linkDigest,
        expiresAt: after(books.now, lifeHours * HOUR_MS),
      }
      return mailInvoice(books, renewed, { id: messageId, kind: 'invoice' })
    },
  })
}

/**
 * Mails the link again. Throws `invoice_not_found`, `invoice_paid`, `invoice_expired`, `invoice_state_invalid` for a
 * cancelled one, `invalid_request` without an address, `velocity_exceeded`.
 */
export async function remindOfInvoice(deps: InvoiceDeps, request: ChangeRequest): Promise<InvoiceView> {
  return run(deps, request, {
    name: 'remind of invoice',
    event: 'invoice.reminded',
    velocity: (id) => `reminders invoice ${id}`,
    change: (books, invoice, messageId) => {
      if (invoice.cancelledAt !== null) throw new AppError('invoice_state_invalid')
      if (hasPassed(invoice.expiresAt, books.now)) throw new AppError('invoice_expired')
      if (invoice.customerEmail === null)
        throw new AppError('invalid_request', { message: 'The invoice has no e-mail address to remind.' })
      const { remindersPerInvoice } = deps.settings.velocity
      const retryAfterSeconds = countTry(books, `reminders invoice ${invoice.id}`, remindersPerInvoice)
      if (retryAfterSeconds !== undefined) return refuse('velocity_exceeded', { retryAfterSeconds })
      return mailInvoice(books, invoice, { id: messageId, kind: 'invoice-reminder' })
    },
  })
}

/**
 * Cancels the invoice and says so by mail; to repeat it is no error. Throws `invoice_not_found`, `invoice_paid`, and
 * `invoice_state_invalid` while a payment of it is under way.
 */
export async function cancelInvoice(deps: InvoiceDeps, request: ChangeRequest): Promise<InvoiceView> {
  return run(deps, request, {
    name: 'cancel invoice',
    event: 'invoice.cancelled',
    change: (books, invoice, messageId) => {
      if (invoice.cancelledAt !== null) return invoice
      if (isHeld(books.find(claimShelf, invoice.id)))
        throw new AppError('invoice_state_invalid', { message: 'A payment of this invoice is under way.' })
      return mailInvoice(books, { ...invoice, cancelledAt: books.now }, { id: messageId, kind: 'invoice-cancelled' })
    },
  })
}

interface Change {
  readonly name: string
  readonly event: EventType
  readonly velocity?: (id: string) => string
  /** Writes and returns the invoice; the same one when there is nothing to change. */
  readonly change: (books: Books, invoice: Invoice, messageId: string) => Invoice | Refusal
}

async function run(deps: InvoiceDeps, request: ChangeRequest, change: Change): Promise<InvoiceView> {
  const { merchantId, ref, keys } = request
  const id = await getInvoiceId(deps, merchantId, ref)
  return deps.lane.run(keyed(keys, changeCommand({ id, merchantId }, change)))
}

function changeCommand(
  { id, merchantId }: { readonly id: string; readonly merchantId: string },
  { name, event, velocity, change }: Change,
): Command<InvoiceView> {
  const eventId = newId()
  return {
    name,
    needs: [...needInvoiceState(id), ...(velocity ? [needVelocity(velocity(id))] : [])],
    decide: (books) => {
      const before = books.get(invoiceShelf, id)
      if (stateOf(before, books.find(claimShelf, id), false) === 'processed') throw new AppError('invoice_paid')
      const invoice = change(books, before, siblingId(eventId, 1))
      if (invoice instanceof Refusal) return invoice
      if (invoice !== before)
        recordEvent(books, { id: eventId, type: event, ownerId: merchantId, subjectId: id, data: {} })
      return viewInvoice(books, invoice)
    },
  }
}
