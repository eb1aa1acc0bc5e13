// The pages behind a checkout's address: choosing a way, paying, giving up. What is decided is decided behind the verbs of checkouts.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { HOUSE } from '../checkouts/accounts.ts'
import type { CheckoutView } from '../checkouts/checkout.ts'
import { giveUpCheckout } from '../checkouts/close.ts'
import { openCheckout } from '../checkouts/open.ts'
import { listOptions, type PayOption } from '../checkouts/options.ts'
import { type Instrument, payCheckout, payInCash } from '../checkouts/pay.ts'
import { findCheckoutById } from '../checkouts/queries.ts'
import { saveCard } from '../checkouts/save-card.ts'
import { listSavedCards } from '../checkouts/saved-cards.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { brandOf } from '../gateways/brand.ts'
import { isUuid } from '../ids.ts'
import { findMerchant } from '../merchants/queries.ts'
import { getMerchantSettings } from '../merchants/settings.ts'
import { isPayable } from '../payments/claim-states.ts'
import type { Step } from '../payments/finish.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { readSessionId } from '../payments/session-id.ts'
import { Secret } from '../secret.ts'
import { cvvProblem, type ReadCard, readCard } from './card-form.ts'
import { type Form, formOf } from './form.ts'
import { seeOther, sendPage } from './page.ts'
import { redirectPage } from './parts.ts'
import { choicePage, DONE, PAY, type Paying, pageUrl, payingPage, type Shown, START, statePage } from './payer-view.ts'
import { type Language, type PageState, wordsOf } from './words.ts'

export interface PayerDeps extends GatewayDeps {
  /** Business time. */
  readonly now: () => Promise<Date>
}

/** GET …/redirect/start/ shows a checkout, POST …/pay/ takes its forms. In a scope that reads forms. */
export function registerPayer(app: FastifyInstance, deps: PayerDeps): void {
  for (const path of [START, START.slice(0, -1)]) {
    app.get<{ Querystring: Readonly<Record<string, unknown>> }>(path, async ({ query }, reply) => {
      const text = (name: string): string => (typeof query[name] === 'string' ? query[name] : '')
      return start(deps, reply, { sessionId: text('session_id'), pgCode: text('pg_code'), lang: text('lang') })
    })
  }
  app.post(PAY, async (request, reply) => submit(deps, reply, formOf(request)))
}

interface Visit {
  readonly sessionId: string
  readonly pgCode: string
  readonly lang: string
}

const languageOf = (lang: string, otherwise: Language): Language => (lang === 'en' || lang === 'ar' ? lang : otherwise)

/** A checkout by its session id, as its payer looks at it; undefined when there is nothing to see. */
export async function findShown(
  deps: PayerDeps,
  { sessionId, lang }: Pick<Visit, 'sessionId' | 'lang'>,
  find: (id: string) => Promise<CheckoutView | undefined>,
): Promise<Shown | undefined> {
  const id = readSessionId(deps.codes, sessionId)
  const checkout = id === undefined ? undefined : await find(id)
  if (!checkout || checkout.deletedAt !== null) return undefined
  const merchant = await findMerchant(deps.pool, checkout.merchantId)
  return { checkout, sessionId, merchantName: merchant?.name ?? '', language: languageOf(lang, checkout.language) }
}

async function start(deps: PayerDeps, reply: FastifyReply, visit: Visit): Promise<FastifyReply> {
  const shown = await findShown(deps, visit, (id) => openCheckout(deps, id))
  if (!shown) return sendPage(reply, 404, statePage('unknown', languageOf(visit.lang, 'en')))
  const { checkout, language } = shown
  if (!isPayable(checkout.state)) return over(reply, shown)
  if (checkout.heldBy !== null) return seeOther(reply, pageUrl(DONE, shown))
  if ((await getMerchantSettings(deps, checkout.merchantId)).isPaused)
    return sendPage(reply, 503, statePage('paused', language))
  const options = await listOptions(deps, checkout)
  const chosen =
    options.find(({ account }) => account.code === visit.pgCode) ?? (options.length === 1 ? options[0] : undefined)
  if (!chosen) return sendPage(reply, 200, choicePage(shown, options))
  return sendPage(reply, 200, payingPage(await payingOf(deps, shown, { option: chosen, options })))
}

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

async function payingOf(
  deps: PayerDeps,
  shown: Shown,
  { option, options }: { readonly option: PayOption; readonly options: readonly PayOption[] },
): Promise<Paying> {
  const { merchantId, customerId } = shown.checkout
  const { isSandbox, connector } = option.account
  const mayUse = customerId !== null && connector !== HOUSE
  const saved = mayUse ? await listSavedCards(deps, { merchantId, customerId, isSandbox }) : []
  return { ...shown, option, hasOthers: options.length > 1, saved }
}

async function submit(deps: PayerDeps, reply: FastifyReply, form: Form): Promise<FastifyReply> {
  const visit = {
    sessionId: form.get('session_id') ?? '',
    pgCode: form.get('pg_code') ?? '',
    lang: form.get('lang') ?? '',
  }
  const shown = await findShown(deps, visit, (id) => findCheckoutById(deps.pool, id))
  if (!shown) return sendPage(reply, 404, statePage('unknown', languageOf(visit.lang, 'en')))
  try {
    return await act(deps, reply, { shown, form, pgCode: visit.pgCode })
  } catch (error) {
    const state = error instanceof AppError ? REFUSALS[error.code] : undefined
    if (state === undefined) throw error
    // Whoever comes too late sees how things stand.
    if (state === 'seen') return seeOther(reply, pageUrl(DONE, shown))
    return sendPage(reply, STATUS[state] ?? 409, statePage(state, shown.language))
  }
}

const STATUS: Readonly<Partial<Record<PageState, number>>> = { tooMany: 429, paused: 503 }

const REFUSALS: Readonly<Partial<Record<ErrorCode, PageState | 'seen'>>> = {
  claim_held: 'seen',
  claim_paid: 'seen',
  claim_closed: 'seen',
  checkout_state_invalid: 'changed',
  velocity_exceeded: 'tooMany',
  merchant_paused: 'paused',
  checkout_not_found: 'unknown',
}

interface Submission {
  readonly shown: Shown
  readonly form: Form
  readonly pgCode: string
}

async function act(deps: PayerDeps, reply: FastifyReply, submission: Submission): Promise<FastifyReply> {
  const { shown, form, pgCode } = submission
  const { id } = shown.checkout
  switch (form.get('action')) {
    case 'give-up': {
      const options = await listOptions(deps, shown.checkout)
      await giveUpCheckout(deps, { id, isOnlyTry: options.every(({ account }) => !account.canHaveMultipleAttempts) })
      return seeOther(reply, pageUrl(DONE, shown, { gave_up: '1' }))
    }
    case 'cash':
      await payInCash(deps, { checkoutId: id, pgCode })
      return seeOther(reply, pageUrl(DONE, shown))
    case 'card':
    case 'saved':
      return pay(deps, reply, submission)
    default:
      throw new AppError('invalid_request', { message: 'The form is incomplete.' })
  }
}

type Entered =
  | {
      readonly kind: 'instrument'
      readonly instrument: Instrument
      readonly kept?: Extract<ReadCard, { kind: 'card' }>['kept']
    }
  | { readonly kind: 'rejected'; readonly rejected: Parameters<typeof payingPage>[1] }

async function enter(deps: PayerDeps, { shown, form }: Submission): Promise<Entered> {
  const words = wordsOf(shown.language).card
  const token = form.get('token')
  if (form.get('action') === 'saved' && token !== undefined) {
    const name = form.get('cvvField') ?? 'savedCvv'
    const cvv = (form.get(name) ?? '').trim()
    const message = cvvProblem(cvv, words)
    if (message !== undefined) return { kind: 'rejected', rejected: { problems: [{ field: name, message }], token } }
    return { kind: 'instrument', instrument: { token, cvv: new Secret(cvv) } }
  }
  const read = readCard(form, await deps.now(), words)
  if (read.kind === 'problems') return { kind: 'rejected', rejected: read }
  const brand = brandOf(read.card.pan.reveal())
  const unusable = { problems: [{ field: 'cardNumber', message: words.unusable }], kept: read.kept }
  if (!brand) return { kind: 'rejected', rejected: unusable }
  return { kind: 'instrument', instrument: { card: { ...read.card, brand } }, kept: read.kept }
}

async function pay(deps: PayerDeps, reply: FastifyReply, submission: Submission): Promise<FastifyReply> {
  const { shown, pgCode } = submission
  const options = await listOptions(deps, shown.checkout)
  const option = options.find(({ account }) => account.code === pgCode)
  if (!option || !isPayable(shown.checkout.state)) return seeOther(reply, pageUrl(START, shown))
  const again = async (rejected: Parameters<typeof payingPage>[1], status: number) =>
    sendPage(reply, status, payingPage(await payingOf(deps, shown, { option, options }), rejected))
  const entered = await enter(deps, submission)
  if (entered.kind === 'rejected') return again(entered.rejected, 422)
  try {
    const step = await charge(deps, submission, entered.instrument)
    if (!step) return seeOther(reply, pageUrl(DONE, shown))
    return await answer(deps, reply, { step, shown, again: () => again(declined(entered), 402) })
  } catch (error) {
    if (!(error instanceof AppError) || !OF_THE_CARD.has(error.code)) throw error
    const problems = [{ field: 'cardNumber', message: wordsOf(shown.language).card.unusable }]
    return again({ problems, ...(entered.kept && { kept: entered.kept }) }, 422)
  }
}

const OF_THE_CARD: ReadonlySet<ErrorCode> = new Set([
  'gateway_not_available',
  'currency_not_supported',
  'card_data_wrong',
  'registration_not_found',
])

const declined = (entered: Extract<Entered, { kind: 'instrument' }>) => ({
  problems: [],
  message: 'declined',
  ...(entered.kept && { kept: entered.kept }),
})

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
  if (!isUuid(tryId)) throw new AppError('invalid_request', { message: 'The form is incomplete.' })
  const { referencePrefix } = await getMerchantSettings(deps, merchantId)
  return payCheckout(deps, {
    ...{ checkoutId, pgCode, tryId, instrument, referencePrefix },
    keepsCard: form.get('keep') === 'yes',
  })
}

interface Answering {
  readonly step: Step
  readonly shown: Shown
  readonly again: () => Promise<FastifyReply>
}

async function answer(deps: PayerDeps, reply: FastifyReply, { step, shown, again }: Answering): Promise<FastifyReply> {
  const { state, redirect } = step.operation
  if (state === 'redirected' && redirect) return sendPage(reply, 200, redirectPage(redirect, shown.language))
  if (state !== 'declined' && state !== 'not_sent' && state !== 'not_done') return seeOther(reply, pageUrl(DONE, shown))
  const now = await findCheckoutById(deps.pool, shown.checkout.id)
  return now && isPayable(now.state) ? again() : seeOther(reply, pageUrl(DONE, shown))
}
