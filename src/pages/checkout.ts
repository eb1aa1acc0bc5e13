// The page on which an order is paid: a merchant's form posts the payer here with the order, the page takes the card.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { AppError } from '../errors.ts'
import { orderGuard } from '../invoices/guard.ts'
import type { PageActions, PageOrder } from './actions.ts'
import { formOf } from './form.ts'
import { notice, sendPage } from './page.ts'
import { errorPage, type PayDeps, type PayPage, payPage, payWithForm } from './pay.ts'
import { openOrder, sealOrder } from './sealed-order.ts'

export interface CheckoutDeps extends PayDeps {
  readonly actions: Pick<PageActions, 'openCheckout' | 'payOnPage'>
}

const PATH = '/transaction/Checkout'

/** POST with a merchant's fields shows the order and the form of a card; that form pays. In a scope that reads forms. */
export function registerCheckout(app: FastifyInstance, deps: CheckoutDeps): void {
  app.get(PATH, async (_request, reply) => sendPage(reply, 400, START))

  app.post(PATH, async (request, reply) => {
    const form = formOf(request)
    const now = await deps.now()
    const sealed = form.get(SEALED)
    if (sealed === undefined) return open(deps, reply, { form, now })
    const order = openOrder(deps, sealed, now)
    if (order === undefined) throw new AppError('invalid_request', { message: 'The form was changed on its way.' })
    if (order === 'expired') return sendPage(reply, 410, EXPIRED)
    const guard = orderGuard(deps, `${order.merchantId} ${order.merchantTransactionId}`)
    return payWithForm(deps, { request, reply, form, shown: shown(order, sealed) }, { order, guard })
  })
}

const SEALED = 'sealedOrder'

interface Opening {
  readonly form: ReadonlyMap<string, string>
  readonly now: Date
}

// What is wrong is the shop's to put right, but it is the payer who sees it: a sentence for him, the reason for the shop.
async function open(deps: CheckoutDeps, reply: FastifyReply, { form, now }: Opening): Promise<FastifyReply> {
  try {
    const order = await deps.actions.openCheckout(form)
    return sendPage(reply, 200, payPage(shown(order, sealOrder(deps, order, now))))
  } catch (error) {
    if (!(error instanceof AppError) || errorPage(error)) throw error
    const { code, details, message } = error
    const status = STATUS[code] ?? 400
    const reason = code === 'invalid_request' || details.field === undefined ? message : `${details.field}: ${message}`
    return sendPage(
      reply,
      status,
      notice(REFUSED, `The shop has sent you here with a request that cannot be used. ${reason}`),
    )
  }
}

const REFUSED = 'This order cannot be paid here'
const STATUS: Readonly<Record<string, number>> = { overloaded: 503, internal: 500, rate_limited: 429, forbidden: 403 }

const shown = (order: PageOrder, sealed: string): PayPage => ({
  action: PATH,
  hidden: [{ name: SEALED, value: sealed }],
  merchantName: order.merchantName,
  amount: order.amount,
  details: [
    ['Order', order.merchantTransactionId],
    ['For', order.details.descriptor],
    ['About', aboutText(order)],
  ],
})

/** The amount in the payer's own currency, which the merchant may show and nobody charges. */
const aboutText = ({ amount, details: { tmplAmount, tmplCurrency } }: PageOrder): string | undefined =>
  tmplAmount !== undefined && tmplCurrency !== undefined && tmplCurrency !== amount.currency
    ? `${tmplAmount} ${tmplCurrency}`
    : undefined

const START = notice(
  'Start in the shop',
  'This page opens when you pay in a shop. Go back there and choose to pay again.',
)
const EXPIRED = notice(
  'The time is over',
  'This page was open for too long. Nothing was charged. Go back to the shop and pay again.',
)
