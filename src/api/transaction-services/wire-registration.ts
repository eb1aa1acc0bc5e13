// Stored cards: registering one without a payment, and deleting it.
import Type, { type Static } from 'typebox'
import { invalidField } from '../../errors.ts'
import type { CardData } from '../../gateways/connector.ts'
import type { Principal } from '../../principals/principal.ts'
import { resultOf } from './codes.ts'
import type { Fields } from './fields.ts'
import { type Hashed, isProvedByBodyAlone, PROOF_SHAPE, requireProof } from './proof.ts'
import * as rules from './rules.ts'
import { missing, optional, readFields, required, schemaOf } from './shape.ts'
import { formatTimestamp } from './times.ts'
import type { CustomerDetails, RegistrationView, ShippingDetails, ShownCard } from './view.ts'
import { disagreeing, openRequest, readCard, showCard } from './wire-charge.ts'
import { CONTACT_SHAPE, readContact } from './wire-contact.ts'
import { type Rendering, renderCard } from './wire-payment.ts'

/** A card to be stored. Its code is checked, if at all, and never stored. */
export interface RegistrationOrder {
  readonly merchantId: string
  readonly card: CardData
  readonly shownCard: ShownCard
  readonly paymentMode: string
  readonly paymentBrand: string
  readonly customer: CustomerDetails
  readonly shipping: ShippingDetails
}

const REGISTRATION_SHAPE = {
  ...PROOF_SHAPE,
  paymentMode: required(rules.MODE),
  paymentBrand: required(rules.BRAND),
  'card.number': required(rules.CARD_NUMBER),
  'card.expiryMonth': required(rules.EXPIRY_MONTH),
  'card.expiryYear': required(rules.EXPIRY_YEAR),
  'card.cvv': optional(rules.CVV),
  'card.holder': optional(rules.textOf(100, 'The name on the card.')),
  merchantTransactionId: optional(rules.HASHED_ID),
  amount: optional(rules.AMOUNT),
  ...CONTACT_SHAPE,
}

export const RegistrationBody = schemaOf(REGISTRATION_SHAPE)

/** Reads `POST /registrations`. */
export function readRegistration(principal: Principal, body: Fields): RegistrationOrder {
  const caller = openRequest(principal, body)
  const read = readFields(REGISTRATION_SHAPE, body)
  const { merchantTransactionId, amount } = read
  const hashed: Hashed[] = [{ rule: 'C4', values: {} }]
  if (merchantTransactionId !== undefined && amount !== undefined) {
    hashed.push({ rule: 'C1', values: { merchantTransactionId, amount } })
  }
  requireProof(caller, read, hashed)
  const card = readCard(read)
  const { customer, shipping } = readContact(read)
  const { paymentMode, paymentBrand } = read
  return { merchantId: caller.id, card, shownCard: showCard(card), paymentMode, paymentBrand, customer, shipping }
}

export interface RegistrationDeletion {
  readonly merchantId: string
  readonly registrationId: string
}

const DELETION_SHAPE = { ...PROOF_SHAPE, registrationId: optional(rules.WORD) }

export const DeleteRegistrationBody = schemaOf(DELETION_SHAPE)

/** The query of `DELETE /registrations/{registrationId}`, whose fields may be in the body instead. */
export const DeleteRegistrationQuery = Type.Object({
  registrationId: Type.String({ description: 'As the registration was answered.' }),
  'authentication.memberId': Type.Optional(Type.String({ description: rules.MEMBER_ID.description })),
  'authentication.checksum': Type.Optional(Type.String({ description: rules.CHECKSUM.description })),
})

/** The fields of a DELETE: those of its body or, without one, of its query, whose signature covers the path. */
export const fieldsOfDelete = (query: Static<typeof DeleteRegistrationQuery>, body: Fields): Fields =>
  Object.keys(body).length > 0 ? body : (Object.assign(Object.create(null), query) as Fields)

/** Reads `POST /registrations/{registrationId}/delete`, and the same as a DELETE. */
export function readRegistrationDeletion(
  principal: Principal,
  registrationId: string,
  body: Fields,
): RegistrationDeletion {
  const caller = openRequest(principal, body)
  const read = readFields(DELETION_SHAPE, body)
  if (!rules.WORD.isValid(registrationId)) throw invalidField('registrationId', rules.WORD.problem)
  if ((read.registrationId ?? registrationId) !== registrationId) throw disagreeing('registrationId')
  requireProof(caller, read, [{ rule: 'C14', values: { registrationId } }])
  if (isProvedByBodyAlone(caller, read) && read.registrationId === undefined) throw missing('registrationId')
  return { merchantId: caller.id, registrationId }
}

/** The answer with the registration, which the API also calls id. */
export const renderRegistration = (view: RegistrationView, { member, now }: Rendering) => ({
  memberId: member.number,
  registrationId: view.registrationId,
  id: view.registrationId,
  paymentBrand: view.paymentBrand,
  paymentMode: view.paymentMode,
  card: renderCard(view),
  result: resultOf('registered'),
  timestamp: formatTimestamp(now, member.timeZone),
})

export const renderRegistrationDeleted = (registrationId: string, { member, now }: Rendering) => ({
  memberId: member.number,
  registrationId,
  id: registrationId,
  result: resultOf('registrationDeleted'),
  timestamp: formatTimestamp(now, member.timeZone),
})
