// The page on which an invoice is paid, by whoever has its link.
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { findInvoiceByLink } from '../invoices/find.ts'
import { invoiceGuard } from '../invoices/guard.ts'
import type { InvoiceView } from '../invoices/invoice.ts'
import { findMerchant } from '../merchants/queries.ts'
import type { PageOrder } from './actions.ts'
import { type Form, formOf } from './form.ts'
import { html } from './html.ts'
import { notice, type Page, sendPage } from './page.ts'
import { BUSY, EXPIRED, GONE, PAID, type PayDeps, type PayPage, payPage, payWithForm } from './pay.ts'
import { timeText } from './times.ts'

const PATH = '/transaction/PayInvoice'

/** GET shows an invoice and the form of a card, POST pays. In a scope that reads forms. */
export function registerPayInvoice(app: FastifyInstance, deps: PayDeps & Pick<Deps, 'pool'>): void {
  app.get<{ Querystring: Readonly<Record<string, unknown>> }>(PATH, async ({ query }, reply) => {
    const link = linkOf(query.inv, query.ct)
    const invoice = link && (await findInvoiceByLink(deps, link))
    if (!link || !invoice) return sendPage(reply, 404, UNKNOWN)
    const closed = closedPage(invoice, link)
    if (closed) return sendPage(reply, closed.status, closed.page)
    return sendPage(reply, 200, payPage(shown(invoice, link, await merchantNameOf(deps, invoice))))
  })

  app.post(PATH, async (request, reply) => {
    const form: Form = formOf(request)
    const link = linkOf(form.get('inv'), form.get('ct'))
    const invoice = link && (await findInvoiceByLink(deps, link))
    if (!link || !invoice) return sendPage(reply, 404, UNKNOWN)
    // Whether it is open is decided in the payment's commit: a copy of a form that was paid gets the payment's answer.
    const merchantName = await merchantNameOf(deps, invoice)
    return payWithForm(
      deps,
      { request, reply, form, shown: shown(invoice, link, merchantName) },
      { order: orderOf(invoice, merchantName), claimId: invoice.id, guard: invoiceGuard(deps, invoice) },
    )
  })
}

interface Link {
  readonly number: string
  readonly letters: string
}

// A parameter that is there twice is an array.
const linkOf = (number: unknown, letters: unknown): Link | undefined =>
  typeof number === 'string' && typeof letters === 'string' ? { number, letters } : undefined

async function merchantNameOf({ pool }: Pick<Deps, 'pool'>, { merchantId }: InvoiceView): Promise<string> {
  const merchant = await findMerchant(pool, merchantId)
  if (!merchant) throw new Error(`there is no merchant ${merchantId}`)
  return merchant.name
}

const shown = (invoice: InvoiceView, { number, letters }: Link, merchantName: string): PayPage => ({
  action: PATH,
  hidden: [
    { name: 'inv', value: number },
    { name: 'ct', value: letters },
  ],
  merchantName,
  amount: { amount: invoice.amount, currency: invoice.currency },
  details: [
    ['Invoice', invoice.merchantInvoiceId],
    ['For', invoice.description],
    ['Billed to', invoice.customerName ?? undefined],
    ['Pay until', timeText(invoice.expiresAt)],
  ],
})

/** What an invoice that cannot be paid shows instead. */
function closedPage(invoice: InvoiceView, { number, letters }: Link): { status: number; page: Page } | undefined {
  switch (invoice.state) {
    case 'processed':
      return { status: 410, page: PAID }
    case 'cancelled':
      return { status: 410, page: GONE }
    case 'expired':
      return { status: 410, page: EXPIRED }
    case 'generated':
    case 'mailsent': {
      if (!invoice.isHeld) return undefined
      const again = html`<a class="button quiet" href="${`${PATH}?inv=${number}&ct=${letters}`}">Look again</a>`
      return { status: 409, page: notice(BUSY.title, BUSY_TEXT, again) }
    }
  }
}

const BUSY_TEXT =
  'Somebody is paying this invoice just now, maybe you in another window. Please wait until it is decided.'

const UNKNOWN = notice(
  'There is no such invoice',
  'The address is incomplete or wrong, or a newer link was sent to you. Open it exactly as you received it.',
)

function orderOf(invoice: InvoiceView, merchantName: string): PageOrder {
  const { customerEmail, customerPhone, customerName, notificationUrl, terminalId } = invoice
  const customer = {
    ...(customerEmail !== null && { email: customerEmail }),
    ...(customerPhone !== null && { phone: customerPhone }),
    ...(customerName !== null && { givenName: customerName }),
  }
  return {
    merchantId: invoice.merchantId,
    merchantName,
    merchantTransactionId: invoice.merchantInvoiceId,
    amount: { amount: invoice.amount, currency: invoice.currency },
    authentication: 'auto',
    details: {
      redirectUrl: invoice.redirectUrl,
      customer,
      shipping: {},
      device: {},
      invoiceNumber: String(invoice.number),
      ...(invoice.description !== '' && { descriptor: invoice.description }),
      ...(notificationUrl !== null && { notificationUrl }),
      ...(terminalId !== null && { terminalId }),
    },
  }
}
