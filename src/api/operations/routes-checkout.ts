// Checkouts: made, looked at, changed; and paid in one step where a saved card comes with the request.
import { randomUUID } from 'node:crypto'
import type { CheckoutView, Initiator } from '../../checkouts/checkout.ts'
import {
  type CheckoutTerms,
  type CreateCheckoutRequest,
  createCheckout,
  updateCheckout,
} from '../../checkouts/create.ts'
import { findCardOf, getSession } from '../../checkouts/find.ts'
import { findInvoice } from '../../checkouts/invoice-queries.ts'
import { listOptions } from '../../checkouts/options.ts'
import { payCheckout, requirePayable } from '../../checkouts/pay.ts'
import { findCheckout } from '../../checkouts/queries.ts'
import { listSavedCards, type SavedCard } from '../../checkouts/saved-cards.ts'
import { AppError } from '../../errors.ts'
import { type Call, type Route, route } from '../../http/face.ts'
import type { MerchantSettings } from '../../merchants/settings.ts'
import type { Step } from '../../payments/finish.ts'
import { readSessionId } from '../../payments/session-id.ts'
import { findUserByNumber } from '../../users/queries.ts'
import { actorOf, may, type Permission, requirePermission } from '../../users/user.ts'
import { namedUrl } from '../../webhooks/named.ts'
import { noteOf, noteOfNew } from './audit.ts'
import type { Body } from './body.ts'
import { type OperationsDeps, type Writing, writingFor } from './context.ts'
import { EXAMPLES } from './examples.ts'
import { fileUrls, withFile } from './files.ts'
import { FILE_FORM_BYTES_MAX } from './routes-files.ts'
import { CHECKOUT_BODY, CHECKOUT_CHANGES, CHECKOUT_RESPONSE, SESSION_PARAMS } from './schemas.ts'
import { initiatorOf } from './sessions.ts'
import { type CreateBody, readChanges, readCreate, type Wishes } from './wire-checkout.ts'
import { renderNotice } from './wire-notice.ts'
import { renderRedirect } from './wire-redirect.ts'
import { renderCheckout } from './wire-session.ts'

export type CheckoutCall = Call<Body, { readonly session_id: string }>

const PATH = '/checkout/v1/pymt-txn/'
const ONE = '/checkout/v1/pymt-txn/:session_id([-\\w]{1,128})/'

/** The routes of checkouts. */
export const checkoutRoutes = (deps: OperationsDeps): readonly Route[] => [
  route({
    method: 'POST',
    path: PATH,
    status: 201,
    bodyBytesMax: FILE_FORM_BYTES_MAX,
    summary: 'Make a checkout',
    description: 'The payer pays it at `checkout_url`, or at once with a `payment_instrument`.',
    body: CHECKOUT_BODY,
    response: CHECKOUT_RESPONSE,
    examples: EXAMPLES.create,
    handle: (call) => create(deps, call as unknown as CheckoutCall),
  }),
  route({
    method: 'GET',
    path: ONE,
    summary: 'Look at a checkout',
    query: SESSION_PARAMS,
    response: CHECKOUT_RESPONSE,
    examples: { response: EXAMPLES.create.response },
    handle: (call) => retrieve(deps, call as unknown as CheckoutCall),
  }),
  route({
    method: 'PUT',
    path: ONE,
    bodyBytesMax: FILE_FORM_BYTES_MAX,
    summary: 'Replace a checkout that nobody has paid yet',
    query: SESSION_PARAMS,
    body: CHECKOUT_BODY,
    response: CHECKOUT_RESPONSE,
    examples: EXAMPLES.create,
    handle: (call) => change(deps, call as unknown as CheckoutCall, 'all'),
  }),
  route({
    method: 'PATCH',
    path: ONE,
    bodyBytesMax: FILE_FORM_BYTES_MAX,
    summary: 'Change a checkout that nobody has paid yet',
    query: SESSION_PARAMS,
    body: CHECKOUT_CHANGES,
    response: CHECKOUT_RESPONSE,
    examples: { body: { customer_id: 'customer-7' }, response: EXAMPLES.create.response },
    handle: (call) => change(deps, call as unknown as CheckoutCall, 'some'),
  }),
]

async function create(deps: OperationsDeps, call: CheckoutCall): Promise<object> {
  const { terms, wishes } = readCreate(call.body)
  requirePermission(call.principal, `${terms.type}.add`)
  return makeCheckout(deps, call, { terms, wishes, create: (request) => createCheckout(deps, request) })
}

/** What was read of a request, and what makes it. */
export interface Making extends CreateBody {
  readonly create: (request: CreateCheckoutRequest) => Promise<CheckoutView>
  /** What the audit log calls it: the permission that it takes. */
  readonly action?: string
}

/** Makes a checkout for a caller who may, pays it where that is wanted, and answers. */
export async function makeCheckout(
  deps: OperationsDeps,
  call: CheckoutCall,
  { terms, wishes, create, action = `${terms.type}.add` }: Making,
): Promise<object> {
  const merchantId = call.principal.id
  requireCodes(call, terms.pgCodes)
  const writing = await writingFor(deps, merchantId)
  if (writing.settings.isPaused) throw new AppError('merchant_paused')
  await checkWebhookUrl(deps, terms.webhookUrl)
  if (wishes.oneStep) await requirePayable(deps, { merchantId, ...terms, token: wishes.oneStep.token })
  const details = await withFile(deps, { merchantId, details: terms.details, wishes })
  const checkout = await create({
    ...{ merchantId, terms: withPlugin({ ...terms, details }, writing.settings), isShort: wishes.shortUrl },
    ...{ initiator: await requireInitiator(deps, call, wishes), uniqueOrderNo: writing.settings.uniqueOrderNo },
    note: noteOfNew(call, action),
  })
  if (wishes.oneStep) return payAtOnce(deps, call, { checkout, token: wishes.oneStep.token, writing })
  return answer(deps, call, { checkout, wishes, writing })
}

// A user may make a checkout only with the accounts that he may use.
function requireCodes({ principal }: CheckoutCall, pgCodes: readonly string[]): void {
  const actor = actorOf(principal)
  if (!pgCodes.every((code) => may(actor, `gateway.${code}`))) throw new AppError('forbidden')
}

/** Throws `invalid_request` for a URL that egress would refuse to call. */
export async function checkWebhookUrl({ egress }: OperationsDeps, url: string | null | undefined): Promise<void> {
  if (url == null) return
  await egress.checkUrl(namedUrl(url)).catch(() => {
    throw new AppError('invalid_request', { fields: { webhook_url: ['This URL will not be called.'] } })
  })
}

// What the merchant has set for this kind of checkout holds where the checkout says nothing.
function withPlugin(terms: CheckoutTerms, { plugins }: Pick<MerchantSettings, 'plugins'>): CheckoutTerms {
  const plugin = plugins[terms.type]
  return { ...terms, redirectUrl: terms.redirectUrl ?? plugin?.redirectUrl ?? null }
}

// Only a key may name somebody else.
async function requireInitiator(
  deps: OperationsDeps,
  { principal }: CheckoutCall,
  { initiatorId }: Wishes,
): Promise<Initiator | null> {
  const own = await initiatorOf(deps, principal)
  if (own || initiatorId === undefined) return own
  const user = await findUserByNumber(deps.pool, principal.id, initiatorId)
  if (!user?.isActive) {
    const message = `Invalid pk "${initiatorId}" - object does not exist.`
    throw new AppError('invalid_request', { fields: { initiator_id: [message] } })
  }
  const { number: id, username, email, firstName, lastName, phone } = user
  return { id, username, email, firstName, lastName, phone }
}

interface Answering {
  readonly checkout: CheckoutView
  readonly wishes?: Pick<Wishes, 'qrCode' | 'preload'>
  readonly writing: Writing
}

async function answer(
  deps: OperationsDeps,
  call: CheckoutCall,
  { checkout, wishes, writing }: Answering,
): Promise<object> {
  const settled = checkout.paidBy === null ? undefined : (await getSession(deps, checkout.id)).settled
  const invoice = await findInvoice(deps.pool, checkout.id)
  return renderCheckout(
    {
      ...{ checkout, options: await listOptions(deps, checkout), baseUrl: deps.baseUrl() },
      ...{ hasQrCode: wishes?.qrCode ?? false, settledCode: settled?.account.code ?? checkout.cashCode ?? undefined },
      attachment: fileUrls(deps, checkout.details.attachment),
      ...(invoice && { invoice: { invoice, now: await deps.now() } }),
      ...(wishes?.preload && { preload: { cards: await cardsFor(deps, call, checkout), now: await deps.now() } }),
    },
    writing,
  )
}

// The cards with which its customer could pay it, for whoever may list them.
async function cardsFor(
  deps: OperationsDeps,
  { principal }: CheckoutCall,
  { merchantId, customerId, pgCodes }: CheckoutView,
): Promise<readonly SavedCard[]> {
  if (customerId === null || actorOf(principal).permissions !== 'all') return []
  return listSavedCards(deps, { merchantId, customerId, pgCodes })
}

interface AtOnce {
  readonly checkout: CheckoutView
  readonly token: string
  readonly writing: Writing
}

async function payAtOnce(
  deps: OperationsDeps,
  call: CheckoutCall,
  { checkout, token, writing }: AtOnce,
): Promise<object> {
  const [pgCode = ''] = checkout.pgCodes
  const step = await payCheckout(deps, {
    ...{ checkoutId: checkout.id, pgCode, tryId: randomUUID(), instrument: { token }, keepsCard: false },
    referencePrefix: writing.settings.referencePrefix,
    note: noteOf(call, { action: 'payment.one_step', objectId: checkout.id }),
  })
  return answerStep(deps, { checkout, step, writing })
}

/** A payment as it stands after a step: the notification, or where the payer has to go. */
export async function answerStep(
  deps: OperationsDeps,
  { checkout, step, writing }: { readonly checkout: CheckoutView; readonly step: Step; readonly writing: Writing },
): Promise<object> {
  const session = await getSession(deps, checkout.id)
  const { redirect, state } = step.operation
  if (state === 'redirected' && redirect) return renderRedirect({ session, baseUrl: deps.baseUrl() }, writing)
  const attempt = session.attempts.find(({ payment }) => payment.id === step.payment.id)
  const card = await findCardOf(deps, session, attempt)
  return renderNotice({ session, card, at: step.operation.settledAt ?? step.operation.createdAt }, writing)
}

/** The merchant's checkout by its session id. Throws `checkout_not_found`. */
export async function requireCheckout(
  { pool, codes }: OperationsDeps,
  merchantId: string,
  sessionId: string,
): Promise<CheckoutView> {
  const id = readSessionId(codes, sessionId)
  const checkout = id === undefined ? undefined : await findCheckout(pool, merchantId, id)
  if (!checkout) throw new AppError('checkout_not_found')
  return checkout
}

// Who may look is told nothing of what he may not look at: permissions come first, by the kinds that he may see.
function requireAny({ principal }: CheckoutCall, verbs: readonly ('add' | 'change' | 'view')[]): void {
  const codes = verbs.flatMap((verb): Permission[] => [`e_commerce.${verb}`, `payment_request.${verb}`])
  requirePermission(principal, ...codes)
}

async function retrieve(deps: OperationsDeps, call: CheckoutCall): Promise<object> {
  requireAny(call, ['view', 'add', 'change'])
  const checkout = await requireCheckout(deps, call.principal.id, call.query.session_id)
  requirePermission(call.principal, `${checkout.type}.view`, `${checkout.type}.add`, `${checkout.type}.change`)
  return answer(deps, call, { checkout, writing: await writingFor(deps, call.principal.id) })
}

async function change(deps: OperationsDeps, call: CheckoutCall, what: 'all' | 'some'): Promise<object> {
  requireAny(call, ['change'])
  const merchantId = call.principal.id
  const current = await requireCheckout(deps, merchantId, call.query.session_id)
  requirePermission(call.principal, `${current.type}.change`)
  const lifeMs = current.expiresAt.getTime() - current.createdAt.getTime()
  const body = what === 'all' ? readCreate(call.body) : readChanges(call.body, { ...current, lifeMs })
  const writing = await writingFor(deps, merchantId)
  const changes = 'terms' in body ? withPlugin(body.terms, writing.settings) : body.changes
  // Of what he may not make nothing can be made by a change.
  if (changes.type && changes.type !== current.type)
    requirePermission(call.principal, `${changes.type}.add`, `${changes.type}.change`)
  if (what === 'all' || changes.pgCodes) requireCodes(call, changes.pgCodes ?? current.pgCodes)
  await checkWebhookUrl(deps, changes.webhookUrl)
  // A file stays until another one comes.
  const { attachment } = current.details
  const told = { ...(attachment && { attachment }), ...changes.details }
  const details = await withFile(deps, { merchantId, details: told, wishes: body.wishes })
  const checkout = await updateCheckout(deps, {
    ...{ merchantId, id: current.id, changes: { ...withoutNull(changes), details }, isShort: body.wishes.shortUrl },
    note: noteOf(call, {
      action: `${current.type}.change`,
      objectId: current.id,
      data: { fields: Object.keys(call.body) },
    }),
  })
  return answer(deps, call, { checkout, wishes: body.wishes, writing })
}

const withoutNull = ({ dueAt, ...changes }: Partial<CheckoutTerms>): Partial<CheckoutTerms> => ({
  ...changes,
  ...(dueAt && { dueAt }),
})
