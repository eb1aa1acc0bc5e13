// The pages behind a checkout's address: choosing a way, paying, giving up. What is decided is decided behind the verbs of checkouts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HOUSE } from '../checkouts/accounts.ts'
import { lastsLongEnough } from '../checkouts/card-life.ts'
import type { CheckoutView } from '../checkouts/checkout.ts'
import { giveUpCheckout } from '../checkouts/close.ts'
import { openCheckout } from '../checkouts/open.ts'
import { listOptions, type PayOption } from '../checkouts/options.ts'
import { type Instrument, payCheckout, payInCash } from '../checkouts/pay.ts'
import { findCheckoutById } from '../checkouts/queries.ts'
import { saveCard } from '../checkouts/save-card.ts'
import { listSavedCards, type SavedCard } from '../checkouts/saved-cards.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { brandOf } from '../gateways/brand.ts'
import { isUuid } from '../ids.ts'
import { getMerchantSettings } from '../merchants/settings.ts'
import { isPayable } from '../payments/claim-states.ts'
import type { Step } from '../payments/finish.ts'
import { Secret } from '../secret.ts'
import { asciiDigits, cvvProblem, type ReadCard, readCard } from './card-form.ts'
import { type Form, formOf } from './form.ts'
import { seeOther, sendPage } from './page.ts'
import { type Problem, redirectPage } from './parts.ts'
import { languageOf, REFUSALS, STATUSES } from './payer-errors.ts'
import { type Paying, PRICE, payingPage, type Rejected, SAVED_CVV, shownPrice, TOKEN } from './payer-form.ts'
import { choicePage, DONE, PAY, pageUrl, type Shown, START, statePage } from './payer-view.ts'
import { findShown, type PayerDeps, type PayerQuery, type Visit, visitOf } from './payer-visit.ts'
import { type PageState, wordsOf } from './words.ts'

/** GET …/redirect/start/ shows a checkout, POST …/pay/ takes its forms. In a scope that reads forms. */
export function registerPayer(app: FastifyInstance, deps: PayerDeps): void {
  for (const path of [START, START.slice(0, -1)])
    app.get<PayerQuery>(path, async (request, reply) => start(deps, reply, visitOf(request)))
  app.post(PAY, async (request, reply) => submit(deps, request, reply))
}

async function start(deps: PayerDeps, reply: FastifyReply, visit: Visit): Promise<FastifyReply> {
  const shown = await findShown(deps, visit, (id) => openCheckout(deps, id))
  if (!shown) return sendPage(reply, 404, statePage('unknown', visit.preferred))
  const { checkout, language } = shown
  if (isUnderWay(checkout)) return seeOther(reply, pageUrl(DONE, shown))
  if (!isPayable(checkout.state)) return over(reply, shown)
  if (await isPaused(deps, shown)) return sendPage(reply, 503, statePage('paused', language))
  const options = await listOptions(deps, checkout)
  const chosen =
    options.find(({ account }) => account.code === visit.pgCode) ?? (options.length === 1 ? options[0] : undefined)
  if (!chosen) return sendPage(reply, 200, choicePage(shown, options))
  return sendPage(reply, 200, payingPage(await payingOf(deps, shown, { option: chosen, options })))
}

// Also after the time, what was begun before may still pay it.
const isUnderWay = ({ state, heldBy }: CheckoutView): boolean =>
  heldBy !== null && (isPayable(state) || state === 'expired')

const isPaused = async (deps: PayerDeps, { checkout }: Shown): Promise<boolean> =>
  (await getMerchantSettings(deps, checkout.merchantId)).isPaused

// What was paid is shown as paid, whoever opens it; anything else is over.
function over(reply: FastifyReply, shown: Shown): FastifyReply {
  const { state } = shown.checkout
  if (state === 'paid' || state === 'authorized' || state === 'cod') return seeOther(reply, pageUrl(DONE, shown))
  return sendPage(reply, 410, statePage(OVER[state] ?? 'unknown', shown.language))
}

const OVER: Readonly<Record<string, PageState>> = {
  failed: 'failed',
  canceled: 'canceled',
  expired: 'expired',
  invalided: 'invalided',
}

interface Ways {
  readonly option: PayOption
  readonly options: readonly PayOption[]
}

async function payingOf(deps: PayerDeps, shown: Shown, { option, options }: Ways): Promise<Paying> {
  return { ...shown, option, hasOthers: options.length > 1, saved: await listUsable(deps, shown, option) }
}

// A card of our own issuer is good where such cards are taken, and any other one elsewhere. An agreement is made with a card that is
// entered, because the card is kept for it.
async function listUsable(deps: PayerDeps, { checkout }: Shown, { account }: PayOption): Promise<readonly SavedCard[]> {
  const { merchantId, customerId, paymentType } = checkout
  if (customerId === null || paymentType !== 'one_off') return []
  const saved = await listSavedCards(deps, { merchantId, customerId, isSandbox: account.isSandbox })
  const now = await deps.now()
  return saved.filter(
    (card) => (card.connector === HOUSE) === (account.connector === HOUSE) && lastsLongEnough(card, checkout, now),
  )
}

async function submit(deps: PayerDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const form = formOf(request)
  const visit = { sessionId: form.get('session_id') ?? '', lang: form.get('lang') ?? '' }
  const shown = await findShown(deps, visit, (id) => findCheckoutById(deps.pool, id))
  if (!shown) return sendPage(reply, 404, statePage('unknown', languageOf(request)))
  try {
    return await act(deps, reply, { shown, form, pgCode: form.get('pg_code') ?? '' })
  } catch (error) {
    // What is not offered, or no longer, pays nothing: the payer is shown the ways that there are.
    if (error instanceof AppError && error.code === 'gateway_not_available')
      return seeOther(reply, pageUrl(START, shown))
    const state = error instanceof AppError ? REFUSALS[error.code] : undefined
    if (state === undefined) throw error
    // Whoever comes too late sees how things stand.
    if (state === 'seen') return seeOther(reply, pageUrl(DONE, shown))
    return sendPage(reply, STATUSES[state] ?? 409, statePage(state, shown.language))
  }
}

interface Submission {
  readonly shown: Shown
  readonly form: Form
  readonly pgCode: string
}

async function act(deps: PayerDeps, reply: FastifyReply, submission: Submission): Promise<FastifyReply> {
  const { shown, form, pgCode } = submission
  const { id } = shown.checkout
  const action = form.get('action')
  if (action === 'give-up') {
    const options = await listOptions(deps, shown.checkout)
    await giveUpCheckout(deps, { id, isOnlyTry: options.every(({ account }) => !account.canHaveMultipleAttempts) })
    return seeOther(reply, pageUrl(DONE, shown, { gave_up: '1' }))
  }
  if (await isPaused(deps, shown)) return sendPage(reply, 503, statePage('paused', shown.language))
  switch (action) {
    case 'cash':
      requireShownPrice(submission, await listOptions(deps, shown.checkout))
      await payInCash(deps, { checkoutId: id, pgCode })
      return seeOther(reply, pageUrl(DONE, shown))
    case 'card':
    case 'saved':
      return pay(deps, reply, submission)
    default:
      throw incomplete()
  }
}

// A page may be older than the last change of its checkout, or of a fee or a rate. A form that says no price is not ours.
function requireShownPrice({ form, pgCode }: Submission, options: readonly PayOption[]): void {
  const [told, option] = [form.get(PRICE), options.find(({ account }) => account.code === pgCode)]
  if (told !== undefined && option && told !== shownPrice(option)) throw new AppError('checkout_state_invalid')
}

const incomplete = (): AppError => new AppError('invalid_request', { message: 'The form is incomplete.' })

type Entered =
  | {
      readonly kind: 'instrument'
      readonly instrument: Instrument
      readonly about: Pick<Rejected, 'kept' | 'token'>
    }
  | { readonly kind: 'rejected'; readonly rejected: Rejected }

async function enter(deps: PayerDeps, submission: Submission): Promise<Entered> {
  return submission.form.get('action') === 'saved' ? chooseSaved(submission) : enterCard(deps, submission)
}

function chooseSaved({ shown, form }: Submission): Entered {
  const words = wordsOf(shown.language).card
  const token = form.get(TOKEN) ?? ''
  const cvv = asciiDigits(form.get(SAVED_CVV) ?? '').trim()
  const wrong = cvvProblem(cvv, words)
  const problems: readonly Problem[] = [
    ...(token === '' ? [{ field: TOKEN, message: words.notChosen }] : []),
    ...(wrong === undefined ? [] : [{ field: SAVED_CVV, message: wrong }]),
  ]
  if (problems.length > 0) return { kind: 'rejected', rejected: { problems, token } }
  return { kind: 'instrument', instrument: { token, cvv: new Secret(cvv) }, about: { token } }
}

async function enterCard(deps: PayerDeps, { shown, form }: Submission): Promise<Entered> {
  const words = wordsOf(shown.language).card
  const now = await deps.now()
  const read: ReadCard = readCard(form, now, words, (card) => !lastsLongEnough(card, shown.checkout, now))
  if (read.kind === 'problems') return { kind: 'rejected', rejected: read }
  const brand = brandOf(read.card.pan.reveal())
  const unusable = { problems: [{ field: 'cardNumber', message: words.unusable }], kept: read.kept }
  if (!brand) return { kind: 'rejected', rejected: unusable }
  return { kind: 'instrument', instrument: { card: { ...read.card, brand } }, about: { kept: read.kept } }
}

async function pay(deps: PayerDeps, reply: FastifyReply, submission: Submission): Promise<FastifyReply> {
  const { shown, pgCode } = submission
  const options = await listOptions(deps, shown.checkout)
  const option = options.find(({ account }) => account.code === pgCode)
  if (!option || !isPayable(shown.checkout.state)) return seeOther(reply, pageUrl(START, shown))
  requireShownPrice(submission, options)
  const again = async (rejected: Rejected, status: number) =>
    sendPage(reply, status, payingPage(await payingOf(deps, shown, { option, options }), rejected))
  const entered = await enter(deps, submission)
  if (entered.kind === 'rejected') return again(entered.rejected, 422)
  const { instrument, about } = entered
  try {
    const step = await charge(deps, submission, instrument)
    if (!step) return seeOther(reply, pageUrl(DONE, shown))
    const declined = () => again({ ...about, problems: [], isDeclined: true }, 402)
    return await answer(deps, reply, { step, shown, declined })
  } catch (error) {
    if (!(error instanceof AppError) || !OF_THE_CARD.has(error.code)) throw error
    const field = 'token' in instrument ? TOKEN : 'cardNumber'
    return again({ ...about, problems: [{ field, message: wordsOf(shown.language).card.unusable }] }, 422)
  }
}

const OF_THE_CARD: ReadonlySet<ErrorCode> = new Set([
  'gateway_not_available',
  'currency_not_supported',
  'card_data_wrong',
  'registration_not_found',
])

// Nothing is charged where a card is only saved.
async function charge(
  deps: PayerDeps,
  { shown, form, pgCode }: Submission,
  instrument: Instrument,
): Promise<Step | undefined> {
  const { id: checkoutId, amount, merchantId } = shown.checkout
  if (amount === 0n) {
    if (!('card' in instrument)) throw new AppError('registration_not_found')
    await saveCard(deps, { checkoutId, pgCode, card: instrument.card })
    return undefined
  }
  const tryId = form.get('try') ?? ''
  if (!isUuid(tryId)) throw incomplete()
  const { referencePrefix } = await getMerchantSettings(deps, merchantId)
  return payCheckout(deps, {
    ...{ checkoutId, pgCode, tryId, instrument, referencePrefix, language: shown.language },
    keepsCard: form.get('keep') === 'yes',
  })
}

interface Answering {
  readonly step: Step
  readonly shown: Shown
  readonly declined: () => Promise<FastifyReply>
}

async function answer(
  deps: PayerDeps,
  reply: FastifyReply,
  { step, shown, declined }: Answering,
): Promise<FastifyReply> {
  const { state, redirect } = step.operation
  if (state === 'redirected' && redirect) return sendPage(reply, 200, redirectPage(redirect, shown.language))
  if (state !== 'declined' && state !== 'not_sent' && state !== 'not_done') return seeOther(reply, pageUrl(DONE, shown))
  const now = await findCheckoutById(deps.pool, shown.checkout.id)
  return now && isPayable(now.state) ? declined() : seeOther(reply, pageUrl(DONE, shown))
}
