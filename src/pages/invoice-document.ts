// The document behind the address of an invoice. Whoever knows the address may read it, like the page on which it is paid.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { findInvoice } from '../checkouts/invoice-queries.ts'
import { checkoutUrl } from '../checkouts/link.ts'
import { findCheckoutById } from '../checkouts/queries.ts'
import { renderInvoicePdf } from './invoice-pdf.ts'
import { sendPage, sendPdf } from './page.ts'
import { languageOf } from './payer-errors.ts'
import { statePage } from './payer-view.ts'
import { findShown, type PayerDeps } from './payer-visit.ts'
import type { Language } from './words.ts'

export interface DocumentDeps extends PayerDeps {
  /** How people reach the server, without a trailing slash. */
  readonly baseUrl: () => string
}

/** GET /b/invoice/<session id>.pdf */
export function registerInvoiceDocument(app: FastifyInstance, deps: DocumentDeps): void {
  app.route<{ Params: { readonly sessionId: string } }>({
    method: ['GET', 'HEAD'],
    url: '/b/invoice/:sessionId.pdf',
    handler: (request, reply) =>
      show(deps, reply, { sessionId: request.params.sessionId, language: languageOf(request) }),
  })
}

interface Asked {
  readonly sessionId: string
  /** For a visitor of whom only his request is known. */
  readonly language: Language
}

async function show(deps: DocumentDeps, reply: FastifyReply, { sessionId, language }: Asked): Promise<FastifyReply> {
  const shown = await findShown(deps, { sessionId, lang: '' }, (id) => findCheckoutById(deps.pool, id))
  const invoice = shown && (await findInvoice(deps.pool, shown.checkout.id))
  if (!invoice) return sendPage(reply, 404, statePage('unknown', language))
  const { checkout, merchantName } = shown
  const payUrl = checkoutUrl(deps.baseUrl(), shown.sessionId)
  const bytes = await renderInvoicePdf({ checkout, invoice, merchantName, payUrl, now: await deps.now() })
  return sendPdf(reply, bytes, 'invoice.pdf')
}
