// Makes an invoice and mails its link. A merchant's own name for it is its key: asking again makes no second one.
import type { Books } from '../books/books.ts'
import { after, HOUR_MS } from '../clock.ts'
import { AppError, invalidField } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { checkRedirectUrl } from '../http/redirect-url.ts'
import { fingerprintOf, type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, siblingId } from '../ids.ts'
import type { Money } from '../money.ts'
import type { InvoiceDeps } from './find.ts'
import {
  type Invoice,
  type InvoiceView,
  invoiceIdOf,
  invoiceShelf,
  needInvoiceNumber,
  needInvoiceState,
  takeInvoiceNumber,
  viewInvoice,
} from './invoice.ts'
import { digestOfLetters, lettersOf } from './link.ts'
import { mailInvoice } from './mail.ts'

export interface GenerateRequest {
  readonly merchantId: string
  readonly merchantInvoiceId: string
  readonly amount: Money
  readonly description?: string
  readonly customerName?: string
  readonly customerEmail?: string
  readonly customerPhone?: string
  readonly redirectUrl: string
  readonly notificationUrl?: string
  readonly terminalId?: string
  /** Whole hours until it expires; `settings.invoiceLifeHours` unless told. */
  readonly lifeHours?: number
  readonly keys: readonly KeyClaim[]
}

/** `repeated`: there is one with the same terms, and this is it. `duplicate`: the name stands for one with other terms, this one. */
export interface Generated {
  readonly kind: 'generated' | 'repeated' | 'duplicate'
  readonly invoice: InvoiceView
}

/** Throws `invalid_request` naming the field. */
export async function generateInvoice(deps: InvoiceDeps, request: GenerateRequest): Promise<Generated> {
  const { keys, ...asked } = request
  const { merchantId } = request
  const lifeHours = checkRequest(request) ?? deps.settings.invoiceLifeHours
  const id = invoiceIdOf(merchantId, request.merchantInvoiceId)
  const terms = fingerprintOf(asked)
  const linkId = newId()
  const link = { linkId, linkDigest: digestOfLetters(deps.codes, lettersOf(deps.codes, linkId)) }
  return deps.lane.run(
    keyed(keys, {
      name: 'generate invoice',
      needs: [needInvoiceNumber(merchantId), ...needInvoiceState(id)],
      decide: (books): Generated => {
        const first = books.find(invoiceShelf, id)
        if (first)
          return {
            kind: first.terms.equals(terms) ? 'repeated' : 'duplicate',
            invoice: viewInvoice(books, first),
          }
        const invoice = newInvoice(books, request, { id, terms, lifeHours, ...link })
        recordEvent(books, {
          id: siblingId(linkId, 2),
          type: 'invoice.generated',
          ownerId: merchantId,
          subjectId: id,
          data: {},
        })
        const mailed = mailInvoice(books, invoice, { id: siblingId(linkId, 1), kind: 'invoice' })
        return { kind: 'generated', invoice: viewInvoice(books, mailed) }
      },
    }),
  )
}

function newInvoice(
  books: Books,
  request: GenerateRequest,
  made: Pick<Invoice, 'id' | 'terms' | 'lifeHours' | 'linkId' | 'linkDigest'>,
): Invoice {
  const { merchantId, merchantInvoiceId, amount } = request
  return {
    ...made,
    merchantId,
    merchantInvoiceId,
    number: takeInvoiceNumber(books, merchantId),
    currency: amount.currency,
    amount: amount.amount,
    description: request.description ?? '',
    customerName: request.customerName ?? null,
    customerEmail: request.customerEmail ?? null,
    customerPhone: request.customerPhone ?? null,
    redirectUrl: request.redirectUrl,
    notificationUrl: request.notificationUrl ?? null,
    terminalId: request.terminalId ?? null,
    mailedAt: null,
    expiresAt: after(books.now, made.lifeHours * HOUR_MS),
    cancelledAt: null,
    createdAt: books.now,
  }
}

const LIFE_HOURS_MAX = 366 * 24
// Goes into a URL, a mail and a checksum whose fields are separated by |.
const NAME = /^[^\p{Cc}\p{Cs}|]{1,100}$/u
const EMAIL = /^[^\p{Cc}\p{Cs}\s@,;:<>"()[\]\\]{1,64}@[^\p{Cc}\p{Cs}\s@,;:<>"()[\]\\]{1,255}$/u
const TEXT_MAX = 255

/** Refuses what must not get into a mail or a page. Returns the life that was asked for. */
function checkRequest(request: GenerateRequest): number | undefined {
  if (!NAME.test(request.merchantInvoiceId))
    throw invalidField('merchantInvoiceId', 'must have 1 to 100 printable characters and no |')
  if (request.customerEmail !== undefined && !EMAIL.test(request.customerEmail))
    throw invalidField('customer.email', 'must be one e-mail address')
  checkRedirectUrl(request.redirectUrl)
  for (const [field, text] of [
    ['merchantOrderDescription', request.description],
    ['customer.name', request.customerName],
    ['customer.phone', request.customerPhone],
    ['authentication.terminalId', request.terminalId],
  ] as const) {
    if (text !== undefined && (text.length > TEXT_MAX || /[\0\p{Cs}]/u.test(text)))
      throw invalidField(field, `must have at most ${TEXT_MAX} characters`)
  }
  return checkLife(request.lifeHours)
}

/** The hours, when they are some but not too many. Throws `invalid_request`. */
export function checkLife(lifeHours: number | undefined): number | undefined {
  if (lifeHours === undefined) return undefined
  if (!Number.isInteger(lifeHours) || lifeHours < 1 || lifeHours > LIFE_HOURS_MAX)
    throw new AppError('invalid_request', {
      field: 'expirationPeriod',
      message: `expirationPeriod must be 1 to ${LIFE_HOURS_MAX} whole hours`,
    })
  return lifeHours
}
