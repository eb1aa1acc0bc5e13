// A checkout as it is asked for: every field, and what they demand of each other.
import { acceptFile } from '../../attachments/file.ts'
import {
  type CheckoutDetails,
  NOTIFIED_EVENTS,
  type Notifications,
  type PaymentType,
  WHATSAPP_EVENTS,
} from '../../checkouts/checkout.ts'
import type { CheckoutTerms } from '../../checkouts/create.ts'
import { decimalsOf, type Money } from '../../money.ts'
import type { Body, UploadedFile } from './body.ts'
import { REQUIRED, Reader } from './reader.ts'
import { withoutEmpty } from './shown.ts'
import { isoDateText } from './times.ts'
import { readBilling, readShipping } from './wire-address.ts'
import { readAgreement } from './wire-agreement.ts'
import { readBranding } from './wire-branding.ts'

/** A card that pays in the request that makes the checkout. */
export interface OneStep {
  readonly token: string
}

/** What is wanted beside the checkout itself. */
export interface Wishes {
  readonly shortUrl: boolean
  readonly qrCode: boolean
  readonly shortAttachmentUrl: boolean
  /** A file that goes with the checkout. */
  readonly attachment: UploadedFile | undefined
  readonly preload: boolean
  readonly initiatorId: number | undefined
  readonly oneStep: OneStep | undefined
}

export interface CreateBody {
  readonly terms: CheckoutTerms
  readonly wishes: Wishes
}

const TYPES = ['e_commerce', 'payment_request'] as const
const PAYMENT_TYPES = ['one_off', 'auto_debit', 'save_card'] as const
const DAY_MS = 86_400_000
const URL_MAX = 2000
const AMOUNT_LENGTH_MAX = 24
const AUTO_DEBIT_EXPIRY_DAYS = 30

/** Reads a request that makes a checkout, or replaces one. Throws `invalid_request` with everything that is wrong. */
export function readCreate(body: Body): CreateBody {
  const reader = new Reader(body)
  const { terms, wishes } = readPriced(reader, (currency, paymentType) => readMoney(reader, currency, paymentType))
  return { terms, wishes }
}

/** Reads what a checkout costs; what cannot be read is undefined, and so is the currency then. */
type ReadPrice<P extends Money> = (currency: string | undefined, paymentType: PaymentType) => P | undefined

/** Reads a request that makes a checkout whose price is read by `readPrice`. Throws `invalid_request` with everything that is wrong. */
export function readPriced<P extends Money>(
  reader: Reader,
  readPrice: ReadPrice<P>,
): CreateBody & { readonly price: P } {
  const paymentType = reader.choice('payment_type', PAYMENT_TYPES) ?? 'one_off'
  const type = reader.choice('type', TYPES, true)
  const price = readPrice(reader.currency('currency_code', true), paymentType)
  const pgCodes = readCodes(reader, true)
  const told = readTold(reader)
  const details = withDefaults(readDetails(reader, pgCodes), paymentType)
  const wishes = readWishes(reader)
  requireTogether(reader, { paymentType, customerId: told.customerId ?? null, details })
  if (wishes.oneStep) requireForOneStep(reader, { paymentType, customerId: told.customerId, pgCodes })
  reader.finish()
  if (!type || !price || !pgCodes) throw new Error('a request without its required fields was accepted')
  const { lifeMs = DAY_MS, dueAt = null, ...rest } = told
  const { amount, currency } = price
  const terms = { ...EMPTY, ...rest, amount, currency, type, paymentType, pgCodes, details, lifeMs, dueAt }
  return { terms, wishes, price }
}

interface OneStepTerms {
  readonly paymentType: PaymentType
  readonly customerId: string | null | undefined
  readonly pgCodes: readonly string[] | undefined
}

// Only who is known has saved cards, and to save one again pays nothing.
function requireForOneStep(reader: Reader, { paymentType, customerId, pgCodes }: OneStepTerms): void {
  if (pgCodes && pgCodes.length !== 1)
    reader.refuse('pg_codes', 'Exactly one code is needed with `payment_instrument`.')
  if (paymentType === 'save_card') reader.refuse('payment_instrument', 'A saved card cannot be saved again.')
  else if (!customerId && !reader.has('customer_id')) reader.refuse('customer_id', REQUIRED)
}

const EMPTY = { orderNo: null, customerId: null, language: 'en', redirectUrl: null, webhookUrl: null } as const

/** What is to be changed of a checkout, in its own words; the rest stays. */
export interface ChangeBody {
  readonly changes: Partial<CheckoutTerms>
  readonly wishes: Wishes
}

/** Reads a request that changes some of a checkout, which is `current`. Throws `invalid_request` with everything that is wrong. */
export function readChanges(body: Body, current: CheckoutTerms): ChangeBody {
  const reader = new Reader(body)
  const paymentType = reader.choice('payment_type', PAYMENT_TYPES)
  const type = reader.choice('type', TYPES)
  const currency = reader.currency('currency_code')
  const together = { paymentType: paymentType ?? current.paymentType, currency, current }
  const money = isPriced(reader, together)
    ? readMoney(reader, currency ?? current.currency, together.paymentType)
    : undefined
  const pgCodes = readCodes(reader, false)
  const told = readTold(reader)
  const said = readDetails(reader, pgCodes ?? current.pgCodes)
  const details = withDefaults({ ...current.details, ...said }, together.paymentType)
  const wishes = readWishes(reader)
  requireTogether(reader, { ...together, customerId: told.customerId ?? current.customerId, details })
  reader.finish()
  const changes = { ...told, ...money, details, ...withoutEmpty({ type, paymentType, pgCodes }) }
  return { changes: changes as Partial<CheckoutTerms>, wishes }
}

// The amount has to be said again in another currency, and where a card is kept for nothing that was to be paid, or the other way round.
const isPriced = (
  reader: Reader,
  {
    paymentType,
    currency,
    current,
  }: Pick<Together, 'paymentType'> & { currency: string | undefined; current: CheckoutTerms },
) =>
  reader.has('amount') ||
  (currency ?? current.currency) !== current.currency ||
  (paymentType === 'save_card') !== (current.paymentType === 'save_card')

// An account that is named twice is one way to pay.
function readCodes(reader: Reader, required: boolean): readonly string[] | undefined {
  const codes = reader.list('pg_codes', { required: required || reader.has('pg_codes') })
  return codes && [...new Set(codes)]
}

// Nothing is asked for exactly where a card is only kept.
function readMoney(reader: Reader, currency: string | undefined, paymentType: PaymentType): Money | undefined {
  if (reader.has('amount') && reader.text('amount', { max: AMOUNT_LENGTH_MAX }) === undefined) return undefined
  if (paymentType === 'save_card') {
    const text = reader.text('amount', { required: true })
    if (text !== undefined && !/^0*(\.0*)?$/.test(text.trim()))
      reader.refuse('amount', 'The amount must be 0 when a card is saved.')
    return currency === undefined ? undefined : { amount: 0n, currency }
  }
  if (currency === undefined) {
    reader.amount('amount', true) // As far as it can be read without.
    return undefined
  }
  const money = reader.money('amount', currency, true)
  const isEnough = money === undefined || 100n * money.amount >= 10n ** BigInt(decimalsOf(currency))
  return isEnough ? money : reader.refuse('amount', 'Ensure this value is greater than or equal to 0.01.')
}

type Told = Partial<
  Pick<CheckoutTerms, 'orderNo' | 'customerId' | 'language' | 'redirectUrl' | 'webhookUrl' | 'lifeMs' | 'dueAt'>
>

function readTold(reader: Reader): Told {
  return withoutEmpty({
    orderNo: reader.text('order_no', { max: 128 }),
    customerId: reader.text('customer_id', { max: 64 }),
    language: reader.choice('language', ['en', 'ar']),
    redirectUrl: reader.redirectUrl('redirect_url', URL_MAX),
    webhookUrl: reader.url('webhook_url', URL_MAX),
    lifeMs: reader.duration('expiration_time'),
    dueAt: reader.dateTime('due_datetime'),
  })
}

function readDetails(reader: Reader, pgCodes: readonly string[] | undefined): CheckoutDetails {
  const birthdate = reader.date('customer_birthdate')
  const cardMinExpiryDays = reader.nested('card_acceptance_criteria', (nested) =>
    nested.integer('min_expiry_time', { min: 1, max: 365 }),
  )
  return withoutEmpty({
    customerEmail: reader.email('customer_email', 128),
    customerPhone: reader.text('customer_phone', { max: 16 }),
    customerPhone2: reader.text('customer_phone_2', { max: 16 }),
    customerFirstName: reader.text('customer_first_name', { max: 64 }),
    customerLastName: reader.text('customer_last_name', { max: 64 }),
    customerBirthdate: birthdate && isoDateText(birthdate),
    billingAddress: reader.nested('billing_address', readBilling),
    shippingAddress: reader.nested('shipping_address', readShipping),
    agreement: reader.nested('agreement', readAgreement),
    cardMinExpiryDays,
    notifications: reader.nested('notifications', readNotifications),
    emailRecipients: reader.emails('email_recipients', 128),
    extra: reader.freeForm('extra'),
    productType: reader.text('product_type', { max: 128 }),
    vendorName: reader.text('vendor_name', { max: 64 }),
    unitCode: reader.text('unit_code', { max: 64, pattern: SLUG }),
    attachmentUrl: reader.text('attachment_upload_url', { max: URL_MAX, pattern: ATTACHMENT_URL }),
    branding: reader.nested('branding_options', (nested) => readBranding(nested, pgCodes)),
    loyalty: readLoyalty(reader),
  })
}

// Kept as it was said.
function readLoyalty(reader: Reader): object | undefined {
  const isRight = reader.nested('loyalty', (nested) => {
    if (nested.boolean('enabled') === undefined && !nested.has('enabled')) nested.refuse('enabled', REQUIRED)
    nested.text('reference', { max: 128 })
    return true
  })
  return isRight ? reader.freeForm('loyalty') : undefined
}

// Only what is charged again has an agreement.
function withDefaults(details: CheckoutDetails, paymentType: PaymentType): CheckoutDetails {
  if (paymentType === 'auto_debit') return { cardMinExpiryDays: AUTO_DEBIT_EXPIRY_DAYS, ...details }
  const { agreement: _ended, ...rest } = details
  return rest
}

const SLUG = {
  is: /^[-\w]+$/,
  message: 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.',
}

const ATTACHMENT_URL = {
  is: /(?:pdf|jpeg|png|doc|docx|jpg|xls|xlsx|txt)$/,
  message: 'Enter the URL of a file of an allowed kind.',
}

const readNotifications = (reader: Reader): Notifications =>
  withoutEmpty({
    email: reader.choices('email', NOTIFIED_EVENTS),
    sms: reader.choices(reader.has('SMS') ? 'SMS' : 'sms', NOTIFIED_EVENTS),
    whatsapp: reader.choices('whatsapp', WHATSAPP_EVENTS),
  })

function readWishes(reader: Reader): Wishes {
  return {
    shortUrl: reader.boolean('shortify_checkout_url') ?? false,
    qrCode: reader.boolean('generate_qr_code') ?? false,
    shortAttachmentUrl: reader.boolean('shortify_attachment_url') ?? false,
    attachment: readAttachment(reader),
    preload: reader.boolean('include_sdk_setup_preload') ?? false,
    initiatorId: reader.integer('initiator_id', { min: 1, max: 999_999_999 }),
    oneStep: reader.nested('payment_instrument', readInstrument),
  }
}

function readAttachment(reader: Reader): UploadedFile | undefined {
  const file = reader.file('attachment')
  const problem = file && acceptFile(file)
  return typeof problem === 'string' ? reader.refuse('attachment', problem) : file
}

const INSTRUMENTS = ['apple_pay', 'google_pay', 'samsung_pay', 'token', 'wallet'] as const

function readInstrument(reader: Reader): OneStep | undefined {
  const type = reader.choice('instrument_type', INSTRUMENTS, true)
  if (type === undefined) return undefined
  if (type !== 'token') return reader.refuse('instrument_type', `Payments by ${type} are not available here.`)
  const payload = reader.raw('payload')
  const token =
    typeof payload === 'string'
      ? payload
      : reader.nested('payload', (nested) => nested.text('token', { required: true }))
  return token === undefined || token === '' ? reader.refuse('payload', REQUIRED) : { token }
}

interface Together {
  readonly paymentType: PaymentType
  readonly customerId: string | null
  readonly details: CheckoutDetails
}

// What one field demands of another.
function requireTogether(reader: Reader, { paymentType, customerId, details }: Together): void {
  if (paymentType !== 'one_off' && customerId === null && !reader.has('customer_id'))
    reader.refuse('customer_id', REQUIRED)
  if (paymentType === 'auto_debit' && !details.agreement && !reader.has('agreement'))
    reader.refuse('agreement', REQUIRED)
  if (paymentType !== 'auto_debit' && reader.has('agreement'))
    reader.refuse('agreement', 'An agreement needs the payment type auto_debit.')
  const { email, sms } = details.notifications ?? {}
  const lacks = (field: string, value: string | undefined): boolean => value === undefined && !reader.has(field)
  const missing: Record<string, readonly string[]> = {
    ...(email?.length &&
      lacks('customer_email', details.customerEmail) && { email: [needs('email', 'customer_email')] }),
    ...(sms?.length && lacks('customer_phone', details.customerPhone) && { sms: [needs('sms', 'customer_phone')] }),
  }
  if (Object.keys(missing).length > 0) reader.refuseNested('notifications', missing)
}

const needs = (channel: string, field: string): string =>
  `To use ${channel} notifications provide the \`${field}\` field.`
