// Makes an order and charges a card for it: one that the caller brings, or one that the merchant keeps.
import type { Books, Need } from '../books/books.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { CardData, ChargeRequest as GatewayChargeRequest } from '../gateways/connector.ts'
import type { Money } from '../money.ts'
import { chargeCard } from '../payments/charge.ts'
import type { Step } from '../payments/finish.ts'
import type { Payment } from '../payments/payment.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { type Agreement, agreementShelf, needAgreement } from '../registrations/agreement.ts'
import { findAgreement, findRegistration, findRegistrationById, listAgreements } from '../registrations/queries.ts'
import {
  keepRegistration,
  needRegistration,
  type Registration,
  registrationShelf,
  sealRegistration,
} from '../registrations/registration.ts'
import { needCallbackEndpoint, openCallbackEndpoint } from '../webhooks/callbacks.ts'
import { type OrderDetails, orderNeeds, writeOrder } from './order.ts'

export interface ChargeOrderRequest {
  readonly merchantId: string
  readonly merchantTransactionId: string
  readonly kind: 'authorize' | 'purchase'
  readonly amount: Money
  readonly card: CardData
  readonly authentication: GatewayChargeRequest['authentication']
  readonly details: OrderDetails
  readonly terminalId?: string | undefined
  /** Whether the card is kept for the merchant when the payment succeeds. */
  readonly createRegistration: boolean
  /** Whether the payment makes an agreement to be charged again. */
  readonly isInitial: boolean
  /** The obligation that it pays. */
  readonly claimId?: string | undefined
  /** What else must hold in the commit that makes the payment; throws an `AppError` when it does not. */
  readonly guard?: { readonly needs: readonly Need[]; check(books: Books): void } | undefined
}

/**
 * Makes the order and charges the card; the step says how it went. Throws `duplicate_order`, and what `chargeCard` throws: then
 * there is no new order.
 */
export function chargeOrder(deps: GatewayDeps, request: ChargeOrderRequest): Promise<Step> {
  const { createRegistration, isInitial, card, details } = request
  const kept =
    createRegistration || isInitial
      ? sealRegistration(deps.vault, card, { mode: details.paymentMode, isHidden: !createRegistration })
      : undefined
  return charge(deps, request, {
    isRepeated: false,
    needs: [],
    write: (books, payment) => {
      if (!kept) return
      const owner = { merchantId: payment.merchantId, paymentId: payment.id }
      const { id: registrationId } = keepRegistration(books, kept, owner)
      const { currency } = request.amount
      if (isInitial)
        books.insert(agreementShelf, { ...owner, registrationId, currency, createdAt: books.now, cancelledAt: null })
    },
  })
}

export type KeptCardRequest = Omit<ChargeOrderRequest, 'card' | 'createRegistration'> & {
  readonly token: string
  /** Asked again of a cardholder who is there. */
  readonly cvv: CardData['cvv'] | undefined
  readonly isRepeated: boolean
}

/**
 * Charges a card that the merchant keeps; repeated, under an agreement that an initial payment with it has made. Throws
 * `registration_not_found`, what `repeatOrder` throws of an agreement, and what `chargeOrder` throws.
 */
export async function chargeKeptCard(deps: GatewayDeps, request: KeptCardRequest): Promise<Step> {
  const registration = await findRegistration(deps.pool, request.merchantId, request.token)
  if (!registration) throw new AppError('registration_not_found')
  const agreement = request.isRepeated ? await findConsent(deps, registration, request.amount) : undefined
  const card = await openCard(deps, registration, request.cvv)
  const whole = { ...request, card, createRegistration: false, details: describe(request.details, registration) }
  return charge(deps, whole, {
    isRepeated: request.isRepeated,
    needs: [needRegistration(registration.id), ...(agreement ? [needAgreement(agreement.paymentId)] : [])],
    write: (books, payment) => {
      if (books.get(registrationShelf, registration.id).deletedAt !== null) throw new AppError('registration_not_found')
      if (agreement && books.get(agreementShelf, agreement.paymentId).cancelledAt !== null)
        throw new AppError('agreement_cancelled')
      if (!request.isInitial) return
      const agreed = { registrationId: registration.id, currency: request.amount.currency }
      books.insert(agreementShelf, {
        merchantId: payment.merchantId,
        paymentId: payment.id,
        ...agreed,
        createdAt: books.now,
        cancelledAt: null,
      })
    },
  })
}

// Without the cardholder a kept card is charged only as far as he has agreed to it.
async function findConsent(
  { pool }: Pick<Deps, 'pool'>,
  { merchantId, id }: Registration,
  { currency }: Money,
): Promise<Agreement> {
  const concluded = await listAgreements(pool, merchantId, id)
  if (concluded.length === 0) throw new AppError('agreement_not_found')
  const alive = concluded.filter(({ cancelledAt }) => cancelledAt === null)
  if (alive.length === 0) throw new AppError('agreement_cancelled')
  const found = alive.find((agreement) => agreement.currency === currency)
  if (!found) throw new AppError('currency_mismatch', { field: 'currency' })
  return found
}

export type RepeatRequest = Omit<ChargeOrderRequest, 'card' | 'createRegistration' | 'isInitial' | 'authentication'> & {
  /** The payment that made the agreement. */
  readonly initialPaymentId: string
}

/**
 * Charges a card again under the agreement that an initial payment made. Throws `agreement_not_found` when that payment made none
 * or did not succeed, `agreement_cancelled`, `currency_mismatch`, `registration_not_found`, and what `chargeOrder` throws.
 */
export async function repeatOrder(deps: GatewayDeps, request: RepeatRequest): Promise<Step> {
  const { merchantId, initialPaymentId, amount } = request
  const agreement = await findAgreement(deps.pool, merchantId, initialPaymentId)
  if (!agreement?.isConcluded) throw new AppError('agreement_not_found')
  if (agreement.currency !== amount.currency) throw new AppError('currency_mismatch', { field: 'currency' })
  const registration = await findRegistrationById(deps.pool, agreement.registrationId)
  if (!registration) throw new AppError('agreement_cancelled')
  const card = await openCard(deps, registration, undefined)
  const details = describe(request.details, registration)
  const whole = {
    ...request,
    details,
    card,
    createRegistration: false,
    isInitial: false,
    authentication: 'skip',
  } as const
  return charge(deps, whole, {
    isRepeated: true,
    needs: [needAgreement(initialPaymentId), needRegistration(registration.id)],
    write: (books) => {
      const isOver =
        books.get(agreementShelf, initialPaymentId).cancelledAt !== null ||
        books.get(registrationShelf, registration.id).deletedAt !== null
      if (isOver) throw new AppError('agreement_cancelled')
    },
  })
}

async function openCard(
  { vault }: Pick<Deps, 'vault'>,
  registration: Registration,
  cvv: CardData['cvv'] | undefined,
): Promise<CardData> {
  const { brand, expiryMonth, expiryYear, holder } = registration
  return {
    pan: await vault.open(registration.id),
    brand,
    expiryMonth,
    expiryYear,
    ...(cvv !== undefined && { cvv }),
    ...(holder !== null && { holder }),
  }
}

// What the merchant did not say of the card, the kept card says.
const describe = (details: OrderDetails, registration: Registration): OrderDetails => ({
  ...details,
  paymentMode: details.paymentMode || registration.mode,
  paymentBrand: details.paymentBrand || registration.brand,
  card: {
    bin: registration.bin,
    last4: registration.last4,
    ...(registration.holder !== null && { holder: registration.holder }),
    expiryMonth: String(registration.expiryMonth).padStart(2, '0'),
    expiryYear: String(registration.expiryYear),
  },
})

interface Also {
  readonly isRepeated: boolean
  readonly needs: readonly Need[]
  write(books: Books, payment: Pick<Payment, 'id' | 'merchantId'>): void
}

// The order, its callback endpoint and what else belongs to it are written in the commit that makes the payment.
function charge(deps: GatewayDeps, request: ChargeOrderRequest, also: Also): Promise<Step> {
  const { merchantId, merchantTransactionId, details, kind, amount, card, authentication, terminalId, claimId } =
    request
  const { notificationUrl } = details
  const { guard } = request
  return chargeCard(deps, {
    merchantId,
    origin: 'transaction-services',
    kind,
    amount,
    description: details.descriptor ?? merchantTransactionId,
    card,
    authentication,
    isRepeated: also.isRepeated,
    merchantReference: merchantTransactionId,
    terminalId,
    claimId,
    attachment: {
      needs: [
        ...orderNeeds(merchantId, merchantTransactionId),
        ...(notificationUrl === undefined ? [] : [needCallbackEndpoint(merchantId, notificationUrl)]),
        ...also.needs,
        ...(guard?.needs ?? []),
      ],
      write: (books, payment) => {
        guard?.check(books)
        writeOrder(books, { merchantId, merchantTransactionId, paymentId: payment.id, details })
        if (notificationUrl !== undefined) openCallbackEndpoint(books, merchantId, notificationUrl)
        also.write(books, payment)
      },
    },
  })
}
