// Pays a checkout: with a card through the account that the payer chose, or with the promise of cash. Each try is a payment that holds
// the checkout's claim; the core decides the rest.
import { countTry, needVelocity } from '../bindings/velocity.ts'
import type { Books, Note } from '../books/books.ts'
import { hasPassed } from '../clock.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { GatewayAccount } from '../gateways/account.ts'
import type { CardData } from '../gateways/connector.ts'
import { newId } from '../ids.ts'
import { type Attachment, chargeCard } from '../payments/charge.ts'
import { advanceClaim, claimShelf } from '../payments/claim.ts'
import { isPayable } from '../payments/claim-states.ts'
import type { Step } from '../payments/finish.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { getPaymentStep } from '../payments/queries.ts'
import { referenceNumber } from '../payments/reference-number.ts'
import { keepRegistration, sealRegistration } from '../registrations/registration.ts'
import { CASH, canTake, keepsCards, requireAccounts, requireOpen, type Wanted } from './accounts.ts'
import { lastsLongEnough } from './card-life.ts'
import { findSavedCard } from './card-queries.ts'
import {
  type AttemptCard,
  type Checkout,
  type CheckoutView,
  checkoutAttemptShelf,
  checkoutShelf,
  type Language,
  needCheckout,
} from './checkout.ts'
import { lapse, viewOf } from './close.ts'
import { recordCheckout } from './events.ts'
import { findAttemptOfTry, findCheckoutById } from './queries.ts'
import { savedCardShelf } from './saved-card.ts'
import { openSavedCard } from './saved-cards.ts'

/** A card that is entered, or a saved one by its token. */
export type Instrument =
  | { readonly card: CardData }
  | { readonly token: string; readonly cvv?: CardData['cvv'] | undefined }

export interface PayCheckout {
  readonly checkoutId: string
  readonly pgCode: string
  /** A UUID that names the filled-in form: the same one again is the same try, and answers how that went. */
  readonly tryId: string
  readonly instrument: Instrument
  /** Whether the customer wants the card to be saved. */
  readonly keepsCard: boolean
  /** Whether the customer is absent, and his agreement is charged. */
  readonly isRepeated?: boolean
  /** In which the payer reads; the checkout's unless told. */
  readonly language?: Language
  /** What reference numbers of the merchant begin with. */
  readonly referencePrefix: string
  readonly note?: Note
}

/**
 * The step says how it went. Throws `checkout_not_found`, `claim_held` while another try is under way, `claim_paid`, `claim_closed` when
 * it is over, `gateway_not_available` for an account that it does not name or that cannot carry the card, `registration_not_found`,
 * `card_data_wrong` for a card that expires sooner than the checkout accepts, `velocity_exceeded`: then nothing was paid.
 */
export async function payCheckout(deps: GatewayDeps, request: PayCheckout): Promise<Step> {
  const checkout = await findCheckoutById(deps.pool, request.checkoutId)
  if (!checkout || checkout.deletedAt !== null) throw new AppError('checkout_not_found')
  if (checkout.amount === 0n) throw new Error(`checkout ${checkout.id} only keeps a card`)
  const known = await findAttemptOfTry(deps.pool, checkout.id, request.tryId)
  if (known) return getPaymentStep(deps.pool, known.paymentId)
  const account = await requireAccount(deps, checkout, request.pgCode)
  if (account.connector === CASH) throw new AppError('gateway_not_available', { field: 'pg_code' })
  const { card, registrationId } = await openInstrument(deps, checkout, request)
  const { currency, amount, orderNo } = checkout
  return chargeCard(deps, {
    merchantId: checkout.merchantId,
    origin: 'operations',
    kind: account.mode,
    amount: { amount, currency },
    description: orderNo ?? 'Payment',
    card,
    authentication: request.isRepeated ? 'skip' : 'auto',
    isRepeated: request.isRepeated ?? false,
    merchantReference: referenceNumber(request.referencePrefix, request.tryId),
    accountId: account.id,
    claimId: checkout.id,
    isLastTry: !account.canHaveMultipleAttempts,
    attachment: attachmentOf(deps, { request, checkout, account, card, registrationId }),
  })
}

/**
 * What a checkout of one step needs before there is one, so that nothing is left of a request that was refused. Throws `invalid_request`
 * for an account that takes no cards, `registration_not_found` for a card that is not the customer's.
 */
export async function requirePayable(
  deps: Pick<Deps, 'gateways' | 'pool'>,
  wanted: Wanted & { readonly merchantId: string; readonly customerId: string | null; readonly token: string },
): Promise<void> {
  const { merchantId, customerId, token } = wanted
  const [account] = await requireAccounts(deps, merchantId, wanted)
  if (account?.connector === CASH) {
    const message = `The payment gateway ${account.code} does not take cards.`
    throw new AppError('invalid_request', { field: 'pg_codes', message })
  }
  const saved = customerId === null ? undefined : await findSavedCard(deps.pool, { merchantId, customerId, token })
  if (!saved) throw new AppError('registration_not_found', { field: 'token' })
}

/** The account that the payer chose. Throws `gateway_not_available`, `merchant_paused`. */
export async function requireAccount(
  { gateways, pool }: Pick<Deps, 'gateways' | 'pool'>,
  checkout: Checkout,
  pgCode: string,
): Promise<GatewayAccount> {
  await requireOpen({ pool }, checkout.merchantId)
  const accounts = checkout.pgCodes.includes(pgCode) ? await gateways.listAccounts(checkout.merchantId) : []
  const account = accounts.find(({ code }) => code === pgCode)
  if (!account || !canTake(account, checkout)) throw new AppError('gateway_not_available', { field: 'pg_code' })
  return account
}

async function openInstrument(
  deps: GatewayDeps,
  checkout: Checkout,
  { instrument }: PayCheckout,
): Promise<Pick<Paying, 'card' | 'registrationId'>> {
  if ('card' in instrument) return { card: instrument.card, registrationId: undefined }
  if (checkout.customerId === null) throw new AppError('registration_not_found', { field: 'token' })
  const { merchantId, customerId } = checkout
  return openSavedCard(deps, { merchantId, customerId, ...instrument })
}

interface Paying {
  readonly request: PayCheckout
  readonly checkout: CheckoutView
  readonly account: GatewayAccount
  readonly card: CardData
  /** Of a saved card. */
  readonly registrationId: string | undefined
}

// Written in the commit that makes the payment, after the checkout was found as it had been shown.
function attachmentOf(
  deps: GatewayDeps,
  { request, checkout, account, card, registrationId: used }: Paying,
): Attachment {
  const tries = `payments checkout ${checkout.id}`
  const kept = mustKeep(checkout, request, account)
    ? sealRegistration(deps.vault, card, { mode: 'CC', isHidden: false })
    : undefined
  return {
    needs: [...needCheckout(checkout.id), needVelocity(tries), ...(request.note?.needs ?? [])],
    write: (books, { id: paymentId, merchantId }) => {
      requireSame(books, checkout)
      // A card was accepted once: an agreement is charged with it as long as its bank takes it.
      if (!request.isRepeated && !lastsLongEnough(card, checkout, books.now))
        throw new AppError('card_data_wrong', { field: 'expiry' })
      const retryAfterSeconds = countTry(books, tries, deps.settings.velocity.triesPerPage)
      if (retryAfterSeconds !== undefined) throw new AppError('velocity_exceeded', { retryAfterSeconds })
      books.insert(checkoutAttemptShelf, {
        ...{ paymentId, checkoutId: checkout.id, merchantId, tryId: request.tryId },
        ...{ pgCode: account.code, card: { ...shownOf(card), ...(used !== undefined && { registrationId: used }) } },
        ...{ language: request.language ?? checkout.language, createdAt: books.now },
      })
      request.note?.write(books)
      if (!kept || checkout.customerId === null) return
      const { id: registrationId } = keepRegistration(books, kept, { merchantId, paymentId })
      books.append(savedCardShelf, {
        ...{ registrationId, merchantId, customerId: checkout.customerId, pgCode: account.code },
        ...{ isSandbox: account.isSandbox, agreementId: agreementOf(checkout), createdAt: books.now },
      })
    },
  }
}

const mustKeep = (checkout: Checkout, { keepsCard, instrument }: PayCheckout, account: GatewayAccount): boolean =>
  'card' in instrument &&
  checkout.customerId !== null &&
  keepsCards(account) &&
  (keepsCard || checkout.paymentType === 'auto_debit')

const agreementOf = ({ paymentType, details }: Checkout): string | null =>
  paymentType === 'auto_debit' ? (details.agreement?.id ?? null) : null

/**
 * The payer must pay what he was shown, as who he was, and not after the time. Throws `checkout_not_found`, `claim_closed`,
 * `checkout_state_invalid` when it was changed since.
 */
export function requireSame(books: Books, shown: Checkout): void {
  const checkout = books.get(checkoutShelf, shown.id)
  if (checkout.deletedAt !== null) throw new AppError('checkout_not_found')
  if (hasPassed(checkout.expiresAt, books.now)) throw new AppError('claim_closed')
  const isSame =
    checkout.amount === shown.amount &&
    checkout.currency === shown.currency &&
    checkout.paymentType === shown.paymentType &&
    checkout.customerId === shown.customerId
  if (!isSame) throw new AppError('checkout_state_invalid', { message: 'The payment was changed. Please look again.' })
}

const BIN_DIGITS = 6

/** What may be shown of a card. */
export function shownOf({ pan, brand, expiryMonth, expiryYear, holder }: CardData): AttemptCard {
  const digits = pan.reveal()
  return {
    ...{ brand, bin: digits.slice(0, BIN_DIGITS), last4: digits.slice(-4), expiryMonth, expiryYear },
    ...(holder !== undefined && { holder }),
  }
}

export interface PayInCash {
  readonly checkoutId: string
  /** The first account of this kind unless told. */
  readonly pgCode?: string
  /** Whether the merchant says so, who may after the time is over, too. */
  readonly isLate?: boolean
  readonly note?: Note
}

/**
 * The payer will pay in cash. Throws `checkout_not_found`, `gateway_not_available`, `claim_held`, `claim_paid`, `claim_closed`; the
 * merchant may acknowledge it (`isLate`) also when it has failed or expired.
 */
export async function payInCash(
  deps: Pick<Deps, 'lane' | 'pool' | 'gateways'>,
  { checkoutId, pgCode, isLate = false, note }: PayInCash,
): Promise<CheckoutView> {
  const checkout = await findCheckoutById(deps.pool, checkoutId)
  if (!checkout || checkout.deletedAt !== null) throw new AppError('checkout_not_found')
  await requireOpen(deps, checkout.merchantId)
  const account = await findCashAccount(deps, checkout, pgCode)
  const eventId = newId()
  return deps.lane.run({
    name: 'pay in cash',
    needs: [...needCheckout(checkoutId), ...(note?.needs ?? [])],
    decide: (books) => {
      requireUndeleted(books, checkoutId)
      const current = books.get(checkoutShelf, checkoutId)
      const claim = lapse(books, current, eventId)
      if (claim.paidBy !== null || claim.state === 'cod') throw new AppError('claim_paid')
      if (claim.heldBy !== null) throw new AppError('claim_held', { retryAfterSeconds: 5 })
      const isOver = claim.state === 'failed' || claim.state === 'expired'
      if (!(isPayable(claim.state) || (isLate && isOver))) throw new AppError('claim_closed')
      const chosen = books.put(checkoutShelf, { ...current, cashCode: account.code })
      recordCheckout(books, 'checkout.cod', { checkout, eventId })
      note?.write(books)
      return viewOf(chosen, advanceClaim(books, books.get(claimShelf, checkoutId), 'cod'))
    },
  })
}

function requireUndeleted(books: Books, id: string): void {
  if (books.get(checkoutShelf, id).deletedAt !== null) throw new AppError('checkout_not_found')
}

async function findCashAccount(
  deps: Pick<Deps, 'gateways'>,
  checkout: Checkout,
  pgCode: string | undefined,
): Promise<GatewayAccount> {
  const accounts = await deps.gateways.listAccounts(checkout.merchantId)
  const account = accounts.find(
    ({ code, connector }) =>
      connector === CASH && checkout.pgCodes.includes(code) && (pgCode === undefined || code === pgCode),
  )
  if (!account || !canTake(account, checkout)) throw new AppError('gateway_not_available', { field: 'pg_code' })
  return account
}
