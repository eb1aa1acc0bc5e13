// What the pages of payers do, in this API's words: the checkout form, paying on a page, coming back, and the house's challenge.
import { AppError, type ErrorCode } from '../../errors.ts'
import { brandOf } from '../../gateways/brand.ts'
import { newSecureKey } from '../../members/secure-keys.ts'
import { findMerchant } from '../../merchants/queries.ts'
import type { Money } from '../../money.ts'
import { chargeOrder } from '../../orders/charge.ts'
import { findStandingOfPayment, getStanding, type Standing } from '../../orders/standing.ts'
import type {
  ChallengeActions,
  Finished,
  PageActions,
  PageOrder,
  PageOutcome,
  PagePayment,
} from '../../pages/actions.ts'
import type { Form } from '../../pages/form.ts'
import { abandonChallenge, approveChallenge } from '../../payments/challenge.ts'
import { findOperation, findPaymentChallenge, type PaymentChallenge } from '../../payments/queries.ts'
import { resolveOperation } from '../../payments/resolve.ts'
import { checkCallbackUrl } from './charge.ts'
import type { TransactionServicesDeps } from './context.ts'
import { declineMessageOf, viewOf } from './view-of.ts'
import { readCheckout, readCheckoutMember } from './wire-checkout.ts'
import { renderReturnForm } from './wire-notice.ts'

/** The actions of the pages over the orders of members. */
export const createPageActions = (deps: TransactionServicesDeps): PageActions => ({
  openCheckout: (form) => openCheckout(deps, form),
  payOnPage: (payment) => payOnPage(deps, payment),
  finishRedirect: (operationId) => finishRedirect(deps, operationId),
  challenges: createChallenges(deps),
})

const NOBODY_KEY = newSecureKey()

async function openCheckout(deps: TransactionServicesDeps, form: Form): Promise<PageOrder> {
  const fields = Object.assign(Object.create(null), Object.fromEntries(form)) as Record<string, string>
  const member = await deps.directory.member(readCheckoutMember(fields))
  const order = readCheckout(fields, member?.isActive ? member : undefined, [NOBODY_KEY])
  if (!member) throw new AppError('checksum_invalid')
  await checkCallbackUrl(deps, order.details)
  const { merchantTransactionId } = order
  const known = await getStanding(deps.pool, member.id, { merchantTransactionId }).catch(unlessAbsent)
  if (known) throw new AppError('duplicate_order', { field: 'merchantTransactionId' })
  return { merchantId: member.id, merchantName: member.name, ...order }
}

function unlessAbsent(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'order_not_found') return undefined
  throw error
}

async function payOnPage(deps: TransactionServicesDeps, payment: PagePayment): Promise<PageOutcome> {
  const { order, tryId, claimId } = payment
  // An invoice may be tried with card after card, and each try is an order of its own; an order is tried once.
  const own = order.merchantTransactionId
  const names = claimId === undefined ? [own] : [own, nameOfTry(own, tryId)]
  let refusal: unknown
  for (const merchantTransactionId of names) {
    try {
      await chargeOrder(deps, await requestOf(deps, payment, merchantTransactionId))
      return outcomeOf(payment, await getStanding(deps.pool, order.merchantId, { merchantTransactionId }))
    } catch (error) {
      if (!(error instanceof AppError) || !TRIED.has(error.code)) throw error
      const known = await getStanding(deps.pool, order.merchantId, { merchantTransactionId }).catch(unlessAbsent)
      if (known?.order.details.tryId === tryId) return outcomeOf(payment, known)
      refusal = error
      if (error.code !== 'duplicate_order') throw error
    }
  }
  throw refusal
}

const NAME_LENGTH_MAX = 100

// No longer than names may be, counted in characters as the database does.
function nameOfTry(own: string, tryId: string): string {
  const suffix = `-${tryId.slice(-12)}`
  return [...own].slice(0, NAME_LENGTH_MAX - suffix.length).join('') + suffix
}

const TRIED: ReadonlySet<ErrorCode> = new Set(['duplicate_order', 'claim_held', 'claim_paid'])

async function requestOf(deps: TransactionServicesDeps, payment: PagePayment, merchantTransactionId: string) {
  const { order, card, tryId, claimId, guard, browser } = payment
  const digits = card.pan.reveal()
  const brand = brandOf(digits)
  if (!brand) throw new AppError('currency_not_supported', { field: 'cardNumber' })
  const { expiryMonth, expiryYear, holder } = card
  return {
    merchantId: order.merchantId,
    merchantTransactionId,
    kind: order.kind ?? (await modeOf(deps, order)),
    amount: order.amount,
    card: { ...card, brand },
    authentication: order.authentication,
    details: {
      ...order.details,
      paymentMode: 'CC',
      paymentBrand: brand,
      card: {
        bin: digits.slice(0, 6),
        last4: digits.slice(-4),
        holder,
        expiryMonth: String(expiryMonth).padStart(2, '0'),
        expiryYear: String(expiryYear),
      },
      customer: { ...order.details.customer, ip: browser.ip },
      device: {
        user_Agent: browser.userAgent,
        browserAcceptHeader: browser.acceptHeader,
        browserLanguage: browser.language,
      },
      tryId,
    },
    terminalId: order.details.terminalId,
    createRegistration: false,
    isInitial: false,
    claimId,
    guard,
  }
}

// As the merchant's account has it.
async function modeOf(
  { gateways }: TransactionServicesDeps,
  { merchantId, amount }: PageOrder,
): Promise<'authorize' | 'purchase'> {
  const accounts = await gateways.listAccounts(merchantId)
  return (
    accounts.find(({ currency, isActive, isRouted }) => isActive && isRouted && currency === amount.currency)?.mode ??
    'purchase'
  )
}

function outcomeOf({ claimId }: PagePayment, { payment, operation }: Standing): PageOutcome {
  const operationId = operation.id
  switch (payment.state) {
    case 'authorizing':
      return operation.state === 'redirected' && operation.redirect
        ? { kind: 'redirect', redirect: operation.redirect }
        : { kind: 'pending', operationId }
    case 'declined':
    case 'canceled':
      return {
        kind: 'declined',
        operationId,
        message: declineMessageOf(operation) || 'The issuer refused the payment.',
        mayTryAgain: claimId !== undefined,
      }
    case 'authorized':
    case 'capturing':
    case 'voiding':
    case 'captured':
    case 'voided':
    case 'refunded':
    case 'paying':
    case 'paid':
      return { kind: 'paid', operationId }
  }
}

async function finishRedirect(deps: TransactionServicesDeps, operationId: string): Promise<Finished | undefined> {
  const operation = await findOperation(deps.pool, operationId)
  if (!operation) return undefined
  if (operation.state !== 'approved') await resolveOperation(deps, operationId)
  const standing = await findStandingOfPayment(deps.pool, operation.paymentId)
  const url = standing?.order.details.redirectUrl
  const member = standing && (await deps.directory.memberOfMerchant(standing.order.merchantId))
  if (!standing || !member || url === undefined) return undefined
  const { payment } = standing
  const about = { merchantName: member.name, amount: { amount: payment.amount, currency: payment.currency } }
  if (payment.state === 'authorizing') return { kind: 'pending', ...about }
  const fields = renderReturnForm(viewOf(standing), { member, now: await deps.clock.now() })
  return {
    kind: 'done',
    state: stateOf(standing),
    ...about,
    url,
    fields: fields.map(([name, value]) => ({ name, value })),
  }
}

function stateOf({ payment: { state } }: Standing): Extract<Finished, { kind: 'done' }>['state'] {
  if (state === 'declined') return 'declined'
  return state === 'canceled' || state === 'voided' ? 'cancelled' : 'paid'
}

function createChallenges(deps: TransactionServicesDeps): ChallengeActions {
  const over = async (paymentId: string): Promise<ReturnType<typeof overOf>> => {
    const challenge = await findPaymentChallenge(deps.pool, paymentId)
    if (!challenge) throw new AppError('challenge_not_found')
    return overOf(challenge)
  }
  return {
    async find(paymentId) {
      const challenge = await findPaymentChallenge(deps.pool, paymentId)
      if (!challenge) return undefined
      if (!challenge.isOpen) return overOf(challenge)
      const merchant = await findMerchant(deps.pool, challenge.merchantId)
      return {
        kind: 'open',
        merchantName: merchant?.name ?? '',
        amount: amountOf(challenge),
        last4: challenge.last4,
        sentTo: mask(challenge.mobile ?? challenge.email ?? ''),
        challengeId: challenge.challengeId,
        attemptsLeft: challenge.attemptsMax - challenge.attempts,
        expiresAt: challenge.expiresAt,
      }
    },
    async approve(paymentId, code) {
      try {
        await approveChallenge(deps, { operationId: paymentId, code })
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'code_wrong') throw error
        const challenge = await findPaymentChallenge(deps.pool, paymentId)
        return { kind: 'wrong', attemptsLeft: challenge ? challenge.attemptsMax - challenge.attempts : 0 }
      }
      return over(paymentId)
    },
    async decline(paymentId) {
      await abandonChallenge(deps, { operationId: paymentId, isDenied: true })
      return over(paymentId)
    },
    async cancel(paymentId) {
      await abandonChallenge(deps, { operationId: paymentId, isDenied: false })
      return over(paymentId)
    },
  }
}

const amountOf = ({ amount, currency }: PaymentChallenge): Money => ({ amount, currency })

function overOf({ operationId, status, isWaiting }: PaymentChallenge) {
  const reason = status === 'blocked' ? 'blocked' : isWaiting ? 'expired' : 'answered'
  return { kind: 'over', reason, operationId } as const
}

// The end is enough to know one's own number or address by.
function mask(contact: string): string {
  const [name = '', domain] = contact.split('@')
  return domain === undefined ? `•••• ${contact.slice(-4)}` : `${name.slice(0, 1)}•••@${domain}`
}
