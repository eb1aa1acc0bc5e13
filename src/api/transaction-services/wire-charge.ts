// Requests that charge: `payments` (PA, DB), `paywithtoken/{registrationId}`, and the repeated payments of an earlier one.
import { AppError, invalidField } from '../../errors.ts'
import type { CardData } from '../../gateways/connector.ts'
import { type MemberCaller, memberOf } from '../../members/member.ts'
import type { Money } from '../../money.ts'
import type { Principal } from '../../principals/principal.ts'
import { Secret } from '../../secret.ts'
import { parseWireAmount } from './amounts.ts'
import { findCardBrand, isCardMode } from './brands.ts'
import type { Fields } from './fields.ts'
import { isProvedByBodyAlone, PROOF_SHAPE, requireOwnMember, requireProof } from './proof.ts'
import * as rules from './rules.ts'
import { missing, optional, type ReadFields, readFields, required, schemaOf } from './shape.ts'
import type { OrderDetails, ShownCard } from './view.ts'
import { CONTACT_SHAPE, readContact } from './wire-contact.ts'

/** A charge as this face asks for it. */
export interface ChargeOrder {
  readonly merchantId: string
  /** The merchant's own id, unique among its orders. */
  readonly merchantTransactionId: string
  /** `PA` holds the money for a capture, `DB` takes it. */
  readonly paymentType: 'PA' | 'DB'
  readonly amount: Money
  readonly details: OrderDetails
  readonly source: ChargeSource
  /** `required`: 3-D Secure or nothing; `skip`: none. */
  readonly authentication: 'auto' | 'required' | 'skip'
  /** Whether the card is to be stored when the payment succeeds. */
  readonly createsRegistration: boolean
  /** `initial`: the cardholder agrees to later ones. `repeated`: one of those. */
  readonly recurring: 'initial' | 'repeated' | null
}

/** What is charged. */
export type ChargeSource =
  | { readonly kind: 'card'; readonly card: CardData }
  | { readonly kind: 'registration'; readonly registrationId: string; readonly cvv?: Secret<string> }
  /** Whatever the earlier payment charged. */
  | { readonly kind: 'agreement'; readonly initialPaymentId: bigint }
  /** A mode without a card. */
  | { readonly kind: 'other' }

const ORDER_SHAPE = {
  ...PROOF_SHAPE,
  merchantTransactionId: required(rules.HASHED_ID),
  currency: required(rules.CURRENCY),
  amount: required(rules.AMOUNT),
  paymentType: required(rules.oneOf(['PA', 'DB'], 'PA holds the money, DB takes it.')),
  'authentication.terminalId': optional(rules.TERMINAL_ID),
  terminalId: optional(rules.TERMINAL_ID),
  orderDescriptor: optional(rules.textOf(255, 'What it is for.')),
  tmpl_amount: optional(rules.AMOUNT),
  tmpl_currency: optional(rules.CURRENCY),
  merchantRedirectUrl: optional(rules.URL_TEXT),
  notificationUrl: optional(rules.LOOSE_URL),
  ...CONTACT_SHAPE,
}

const THREE_D = rules.oneOf(
  ['only3D', '3D', 'direct'],
  'With 3-D Secure or not at all; when the gateway wants it; without.',
)

const PAYMENT_SHAPE = {
  ...ORDER_SHAPE,
  paymentMode: required(rules.MODE),
  paymentBrand: required(rules.BRAND),
  'card.number': optional(rules.CARD_NUMBER),
  'card.expiryMonth': optional(rules.EXPIRY_MONTH),
  'card.expiryYear': optional(rules.EXPIRY_YEAR),
  'card.cvv': optional(rules.CVV),
  'card.holder': optional(rules.textOf(100, 'The name on the card.')),
  createRegistration: optional(rules.FLAG),
  recurringType: optional(rules.oneOf(['INITIAL'], 'The first of several, with the cardholder present.')),
  attemptThreeD: optional(THREE_D),
}

export const PaymentBody = schemaOf(PAYMENT_SHAPE)

/** Reads `POST /payments`. */
export function readPayment(principal: Principal, body: Fields): ChargeOrder {
  const caller = openRequest(principal, body)
  const read = readFields(PAYMENT_SHAPE, body)
  const order = readOrder(caller, read)
  const isCard = isCardMode(read.paymentMode)
  const card = isCard ? readCard(read) : undefined
  const recurring = read.recurringType === undefined ? null : 'initial'
  if (recurring === 'initial' && card && !card.cvv) throw missing('card.cvv')
  const authentication = readAuthentication(read.attemptThreeD)
  if (authentication === 'required' && read.merchantRedirectUrl === undefined) throw missing('merchantRedirectUrl')
  return {
    ...order,
    details: {
      ...readDetails(read),
      paymentMode: read.paymentMode,
      paymentBrand: read.paymentBrand,
      ...(card && { card: showCard(card) }),
    },
    source: card ? { kind: 'card', card } : { kind: 'other' },
    authentication,
    createsRegistration: isTrue(read.createRegistration),
    recurring,
  }
}

const WITH_TOKEN_SHAPE = {
  ...ORDER_SHAPE,
  paymentMode: optional(rules.MODE),
  paymentBrand: optional(rules.BRAND),
  registrationId: optional(rules.WORD),
  'card.cvv': optional(rules.CVV),
  recurringType: optional(rules.oneOf(['INITIAL', 'REPEATED'], 'The first of several, or one of the later ones.')),
  attemptThreeD: optional(THREE_D),
}

export const PayWithTokenBody = schemaOf(WITH_TOKEN_SHAPE)

/** Reads `POST /paywithtoken/{registrationId}`. */
export function readPayWithToken(principal: Principal, registrationId: string, body: Fields): ChargeOrder {
  const caller = openRequest(principal, body)
  const read = readFields(WITH_TOKEN_SHAPE, body)
  const order = readOrder(caller, read)
  if (!rules.WORD.isValid(registrationId)) throw invalidField('registrationId', rules.WORD.problem)
  if (isProvedByBodyAlone(caller, read) && read.registrationId === undefined) throw missing('registrationId')
  if ((read.registrationId ?? registrationId) !== registrationId) throw disagreeing('registrationId')
  const cvv = read['card.cvv']
  const authentication = readAuthentication(read.attemptThreeD)
  if (authentication === 'required' && read.merchantRedirectUrl === undefined) throw missing('merchantRedirectUrl')
  return {
    ...order,
    details: { ...readDetails(read), paymentMode: read.paymentMode ?? '', paymentBrand: read.paymentBrand ?? '' },
    source: { kind: 'registration', registrationId, ...(cvv !== undefined && { cvv: new Secret(cvv) }) },
    authentication,
    createsRegistration: false,
    recurring: read.recurringType === undefined ? null : read.recurringType === 'INITIAL' ? 'initial' : 'repeated',
  }
}

export const REPEAT_SHAPE = {
  ...ORDER_SHAPE,
  paymentMode: optional(rules.MODE),
  paymentBrand: optional(rules.BRAND),
  paymentId: optional(rules.PAYMENT_ID),
  recurringType: required(rules.oneOf(['REPEATED'], 'One of the later ones, without the cardholder.')),
}

/** Reads a repeated payment, `POST /payments/{paymentId of the initial one}`. */
export function readRepeat(principal: Principal, paymentId: string, body: Fields): ChargeOrder {
  const caller = openRequest(principal, body)
  const read = readFields(REPEAT_SHAPE, body)
  const order = readOrder(caller, read)
  if (!rules.PAYMENT_ID.isValid(paymentId)) throw invalidField('paymentId', rules.PAYMENT_ID.problem)
  if (isProvedByBodyAlone(caller, read) && read.paymentId === undefined) throw missing('paymentId')
  if ((read.paymentId ?? paymentId) !== paymentId) throw disagreeing('paymentId')
  return {
    ...order,
    details: { ...readDetails(read), paymentMode: read.paymentMode ?? '', paymentBrand: read.paymentBrand ?? '' },
    source: { kind: 'agreement', initialPaymentId: BigInt(paymentId) },
    authentication: 'skip',
    createsRegistration: false,
    recurring: 'repeated',
  }
}

const OWNER_SHAPE = { 'authentication.memberId': PROOF_SHAPE['authentication.memberId'] }

/** The member that calls, which must be the one that the body names. */
export function openRequest(principal: Principal, body: Fields): MemberCaller {
  const caller = memberOf(principal)
  requireOwnMember(caller, readFields(OWNER_SHAPE, body)['authentication.memberId'])
  return caller
}

function readOrder(caller: MemberCaller, read: ReadFields<typeof ORDER_SHAPE>) {
  const { merchantTransactionId, currency, amount, paymentType } = read
  const money = parseWireAmount(amount, currency)
  requireProof(caller, read, [{ rule: 'C1', values: { merchantTransactionId, amount } }])
  return {
    merchantId: caller.id,
    merchantTransactionId,
    paymentType: paymentType === 'PA' ? 'PA' : 'DB',
    amount: money,
  } as const
}

function readDetails(read: ReadFields<typeof ORDER_SHAPE>): Omit<OrderDetails, 'paymentMode' | 'paymentBrand'> {
  const { orderDescriptor, tmpl_amount, tmpl_currency, merchantRedirectUrl, notificationUrl } = read
  const terminalId = read['authentication.terminalId'] ?? read.terminalId
  return {
    ...readContact(read),
    ...(terminalId !== undefined && { terminalId }),
    ...(orderDescriptor !== undefined && { descriptor: orderDescriptor }),
    ...(tmpl_amount !== undefined && { tmplAmount: tmpl_amount }),
    ...(tmpl_currency !== undefined && { tmplCurrency: tmpl_currency }),
    ...(merchantRedirectUrl !== undefined && { redirectUrl: merchantRedirectUrl }),
    ...(notificationUrl !== undefined && { notificationUrl: rules.withScheme(notificationUrl) }),
  }
}

export interface CardFields {
  readonly paymentBrand: string
  readonly 'card.number': string | undefined
  readonly 'card.expiryMonth': string | undefined
  readonly 'card.expiryYear': string | undefined
  readonly 'card.cvv': string | undefined
  readonly 'card.holder': string | undefined
}

/** The card of a request. Throws `field_missing`, and `currency_not_supported` for a brand that no gateway can know. */
export function readCard(read: CardFields): CardData {
  const { 'card.number': pan, 'card.expiryMonth': month, 'card.expiryYear': year } = read
  if (pan === undefined) throw missing('card.number')
  if (month === undefined) throw missing('card.expiryMonth')
  if (year === undefined) throw missing('card.expiryYear')
  const brand = findCardBrand(read.paymentBrand)
  if (!brand) throw new AppError('currency_not_supported', { message: 'No terminal takes cards of this brand' })
  const { 'card.cvv': cvv, 'card.holder': holder } = read
  return {
    pan: new Secret(pan),
    brand,
    expiryMonth: Number(month),
    expiryYear: Number(year),
    ...(cvv !== undefined && { cvv: new Secret(cvv) }),
    ...(holder !== undefined && { holder }),
  }
}

/** What may be shown of a card. */
export function showCard({ pan, expiryMonth, expiryYear, holder }: CardData): ShownCard {
  const digits = pan.reveal()
  return {
    bin: digits.slice(0, 6),
    last4: digits.slice(-4),
    expiryMonth: String(expiryMonth).padStart(2, '0'),
    expiryYear: String(expiryYear),
    ...(holder !== undefined && { holder }),
  }
}

function readAuthentication(attemptThreeD: string | undefined): ChargeOrder['authentication'] {
  if (attemptThreeD === 'only3D') return 'required'
  return attemptThreeD === 'direct' ? 'skip' : 'auto'
}

const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === 'true'

/** Two ids in one request that are not the same. */
export const disagreeing = (field: string): AppError => invalidField(field, 'in the body is not the one of the path')
