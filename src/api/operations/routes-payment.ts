// What else is done about payments: inquiries, the ways to pay, cash, customers' cards, and agreements that are charged.
import { randomUUID } from 'node:crypto'
import { autoDebit } from '../../checkouts/auto-debit.ts'
import { discloseSession } from '../../checkouts/disclose.ts'
import { findCardOf, getSession } from '../../checkouts/find.ts'
import { inquireSession } from '../../checkouts/inquire.ts'
import { payInCash } from '../../checkouts/pay.ts'
import { listUsedCodes } from '../../checkouts/queries.ts'
import { deleteSavedCard, listSavedCards } from '../../checkouts/saved-cards.ts'
import type { Session } from '../../checkouts/session.ts'
import { AppError } from '../../errors.ts'
import { findFacts } from '../../gateways/index.ts'
import { type Call, type Route, route } from '../../http/face.ts'
import type { MerchantSettings } from '../../merchants/settings.ts'
import { actorOf, requirePermission } from '../../users/user.ts'
import { noteOf } from './audit.ts'
import type { Body } from './body.ts'
import { type OperationsDeps, writingFor } from './context.ts'
import { STATUSES } from './errors.ts'
import { paymentUrl } from './events.ts'
import { EXAMPLES } from './examples.ts'
import { answerStep, checkWebhookUrl, requireCheckout } from './routes-checkout.ts'
import {
  AUTO_DEBIT_BODY,
  CARD_DELETION_QUERY,
  CARDS_BODY,
  CASH_BODY,
  CHECKOUT_RESPONSE,
  INQUIRY_BODY,
  LIST_RESPONSE,
  METHODS_BODY,
  NOTICE_RESPONSE,
} from './schemas.ts'
import { requireSession } from './sessions.ts'
import { savedCardBody } from './wire-card.ts'
import { readCardDeletion, readCards, readInquiry, readPayNow } from './wire-inquiry.ts'
import { readMethods, renderMethods } from './wire-methods.ts'
import { renderNotice } from './wire-notice.ts'

type PaymentCall = Call<Body, Readonly<Record<string, string>>>

/** The routes beside checkouts and operations. */
export const paymentRoutes = (deps: OperationsDeps): readonly Route[] => [
  route({
    method: 'POST',
    path: '/pbl/v2/inquiry/',
    summary: 'Ask what became of a payment',
    description: 'Gateways are asked where nothing is final. After ten minutes, every half an hour, three times a day.',
    body: INQUIRY_BODY,
    response: NOTICE_RESPONSE,
    examples: EXAMPLES.inquiry,
    handle: (call) => inquire(deps, call as unknown as PaymentCall).catch(asFailed),
  }),
  route({
    method: 'POST',
    path: '/pbl/v2/payment-methods/',
    summary: 'List the ways to pay',
    body: METHODS_BODY,
    response: CHECKOUT_RESPONSE,
    examples: EXAMPLES.methods,
    handle: (call) => listMethods(deps, call as unknown as PaymentCall),
  }),
  ...['/pbl/v2/payment/cash/', '/pbl/v2/cash-payment/'].map((path) =>
    route({
      method: 'POST',
      path,
      summary: 'Acknowledge that the payer will pay in cash',
      body: CASH_BODY,
      response: NOTICE_RESPONSE,
      examples: { body: { session_id: EXAMPLES.inquiry.body.session_id }, response: EXAMPLES.notice.response },
      handle: (call) => payCash(deps, call as unknown as PaymentCall),
    }),
  ),
  ...['/pbl/v2/auto-debit/', '/pbl/v2/payment/auto-debit/'].map((path) =>
    route({
      method: 'POST',
      path,
      summary: 'Charge a customer under his agreement',
      body: AUTO_DEBIT_BODY,
      response: NOTICE_RESPONSE,
      examples: {
        body: { session_id: EXAMPLES.inquiry.body.session_id, token: 'a saved card' },
        response: EXAMPLES.notice.response,
      },
      handle: (call) => debit(deps, call as unknown as PaymentCall),
    }),
  ),
  route({
    method: 'POST',
    path: '/pbl/v2/card/',
    summary: 'List the cards that a customer has saved',
    body: CARDS_BODY,
    response: LIST_RESPONSE,
    examples: EXAMPLES.cards,
    handle: (call) => listCards(deps, call as unknown as PaymentCall),
  }),
  route({
    method: 'DELETE',
    path: '/pbl/v2/card/:token([A-Za-z0-9]{1,50})/',
    status: 204,
    summary: 'Delete a saved card',
    description: 'A card that an agreement is charged with cannot be deleted.',
    query: CARD_DELETION_QUERY,
    response: CHECKOUT_RESPONSE,
    handle: (call) => deleteCard(deps, call as unknown as PaymentCall),
  }),
]

async function inquire(deps: OperationsDeps, call: PaymentCall): Promise<object> {
  const names = readInquiry(call.body)
  requirePermission(call.principal, 'payment.inquiry')
  const session = await requireSession(deps, call.principal.id, names)
  const writing = await writingFor(deps, session.merchantId)
  const url = names.notifies ? (names.webhookUrl ?? requireToldUrl(session, writing)) : undefined
  await checkWebhookUrl(deps, names.webhookUrl)
  const known = await inquireSession(deps, session)
  if (url !== undefined) await discloseSession(deps, session, url)
  const card = await findCardOf(deps, known, known.settled ?? known.attempts[0])
  return renderNotice({ session: known, card, at: await deps.now() }, writing)
}

function requireToldUrl({ checkout, orderNo }: Session, { settings }: { readonly settings: MerchantSettings }): string {
  const url = paymentUrl(checkout, settings)
  if (url === undefined) {
    const message = `No disclosure url found for order ${orderNo ?? ''}`
    throw new AppError('payment_state_invalid', { message })
  }
  return url
}

async function listMethods(deps: OperationsDeps, call: PaymentCall): Promise<object> {
  const filter = readMethods(call.body)
  const merchantId = call.principal.id
  requirePermission(call.principal, `${filter.plugin}.view`, `${filter.plugin}.add`, `${filter.plugin}.change`)
  const accounts = await deps.gateways.listAccounts(merchantId)
  const used = filter.customerId === undefined ? [] : await listUsedCodes(deps.pool, merchantId, filter.customerId)
  return renderMethods({ accounts, used, filter, factsOf: findFacts, baseUrl: deps.baseUrl() })
}

// Only a key, or a user who may make such checkouts, acknowledges for a payer.
async function payCash(deps: OperationsDeps, call: PaymentCall): Promise<object> {
  const { sessionId } = readPayNow(call.body, [])
  requirePermission(call.principal, 'e_commerce.add', 'payment_request.add')
  const checkout = await requireCheckout(deps, call.principal.id, sessionId).catch(asMissing('session_id', sessionId))
  requirePermission(call.principal, `${checkout.type}.add`)
  const note = noteOf(call, { action: 'payment.cash', objectId: checkout.id })
  await payInCash(deps, { checkoutId: checkout.id, isLate: true, note }).catch(asFailed)
  const [session, writing] = [await getSession(deps, checkout.id), await writingFor(deps, call.principal.id)]
  return renderNotice({ session, at: await deps.now() }, writing)
}

async function debit(deps: OperationsDeps, call: PaymentCall): Promise<object> {
  const { sessionId, token } = readPayNow(call.body, ['token'])
  requirePermission(call.principal, 'e_commerce.add', 'payment_request.add')
  const merchantId = call.principal.id
  const checkout = await requireCheckout(deps, merchantId, sessionId).catch(asMissing('session_id', sessionId))
  requirePermission(call.principal, `${checkout.type}.add`)
  const writing = await writingFor(deps, merchantId)
  const step = await autoDebit(deps, {
    ...{ checkout, token: token ?? '', tryId: randomUUID() },
    note: noteOf(call, { action: 'payment.auto_debit', objectId: checkout.id }),
    referencePrefix: writing.settings.referencePrefix,
  }).catch(asFailed)
  return answerStep(deps, { checkout, step, writing })
}

// The contract says so of what was not done, unless a field of the request is wrong: the account is none, payers name it on their page.
// What nobody knows the outcome of is not told like that.
function asFailed(error: unknown): never {
  if (!(error instanceof AppError) || STATUSES[error.code] !== REFUSED || error.details.fields) throw error
  const { field, ...details } = error.details
  throw new AppError(error.code, { ...(field !== 'pg_code' && { field }), ...details, result: 'failed' })
}

const REFUSED = 400

const asMissing =
  (field: string, value: string) =>
  (error: unknown): never => {
    if (!(error instanceof AppError) || error.code !== 'checkout_not_found') throw error
    const message = `No PaymentTransaction found with \`${field}\` of ${value}.`
    throw new AppError('invalid_request', { fields: { [field]: [message] } })
  }

// Cards are the merchant's, not a user's.
function requireKey({ principal }: PaymentCall): void {
  if (actorOf(principal).permissions !== 'all') throw new AppError('forbidden')
}

async function listCards(deps: OperationsDeps, call: PaymentCall): Promise<object[]> {
  const filter = readCards(call.body)
  requireKey(call)
  const now = await deps.now()
  const cards = await listSavedCards(deps, { merchantId: call.principal.id, ...filter })
  return cards.map((card, i) => savedCardBody(card, now, i === 0))
}

async function deleteCard(deps: OperationsDeps, call: PaymentCall): Promise<object> {
  requireKey(call)
  const which = readCardDeletion(call.query)
  await deleteSavedCard(deps, {
    ...{ merchantId: call.principal.id, token: call.query.token ?? '', ...which },
    noteOf: (objectId) => noteOf(call, { action: 'card.delete', objectId }),
  })
  return {}
}
