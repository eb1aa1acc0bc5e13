// Invoices: making one, making its link anew, cancelling, reminding, asking; and the configuration of a member's invoices.
import { invalidField } from '../../errors.ts'
import type { Money } from '../../money.ts'
import type { Principal } from '../../principals/principal.ts'
import { formatWireAmount, parseWireAmount } from './amounts.ts'
import { type ResultName, resultOf } from './codes.ts'
import type { Fields } from './fields.ts'
import { type Hashed, PROOF_SHAPE, requireProof } from './proof.ts'
import * as rules from './rules.ts'
import { missing, optional, readFields, required, schemaOf } from './shape.ts'
import { formatTimestamp } from './times.ts'
import type { CustomerDetails, InvoiceView, ShippingDetails } from './view.ts'
import { openRequest } from './wire-charge.ts'
import { CONTACT_SHAPE, present, readContact } from './wire-contact.ts'
import type { Rendering } from './wire-payment.ts'

export interface InvoiceOrder {
  readonly merchantId: string
  readonly merchantInvoiceId: string
  readonly amount: Money
  readonly redirectUrl: string
  readonly notificationUrl?: string
  readonly description: string
  readonly customer: CustomerDetails
  readonly shipping: ShippingDetails
  /** How long it can be paid; the platform's default when absent. */
  readonly lifeHours?: number
  readonly terminalId?: string
  readonly paymentMode?: string
  readonly paymentBrand?: string
}

const GENERATE_SHAPE = {
  ...PROOF_SHAPE,
  merchantInvoiceId: required(rules.HASHED_ID),
  currency: required(rules.CURRENCY),
  amount: required(rules.AMOUNT),
  merchantRedirectUrl: required(rules.URL_TEXT),
  notificationUrl: optional(rules.LOOSE_URL),
  merchantOrderDescription: optional(rules.textOf(255, 'What it is for.')),
  expirationPeriod: optional(rules.COUNT),
  'authentication.terminalId': optional(rules.TERMINAL_ID),
  terminalId: optional(rules.TERMINAL_ID),
  paymentMode: optional(rules.MODE),
  paymentBrand: optional(rules.BRAND),
  ...CONTACT_SHAPE,
}

export const GenerateInvoiceBody = schemaOf(GENERATE_SHAPE)

const LIFE_HOURS_MAX = 24 * 366

/** Reads `POST /generate`. */
export function readInvoice(principal: Principal, body: Fields): InvoiceOrder {
  const caller = openRequest(principal, body)
  const read = readFields(GENERATE_SHAPE, body)
  const { merchantInvoiceId, currency, amount, merchantRedirectUrl, notificationUrl } = read
  const money = parseWireAmount(amount, currency)
  requireProof(caller, read, [{ rule: 'C6', values: { merchantInvoiceId, amount, merchantRedirectUrl } }])
  if (read['customer.email'] === undefined) throw missing('customer.email')
  const lifeHours = read.expirationPeriod === undefined ? undefined : Number(read.expirationPeriod)
  if ((lifeHours ?? 0) > LIFE_HOURS_MAX) throw invalidField('expirationPeriod', `must be at most ${LIFE_HOURS_MAX}`)
  const { customer, shipping } = readContact(read)
  return {
    merchantId: caller.id,
    merchantInvoiceId,
    amount: money,
    redirectUrl: merchantRedirectUrl,
    description: read.merchantOrderDescription ?? '',
    customer,
    shipping,
    ...present({
      notificationUrl: notificationUrl === undefined ? undefined : rules.withScheme(notificationUrl),
      lifeHours,
      terminalId: read['authentication.terminalId'] ?? read.terminalId,
      paymentMode: read.paymentMode,
      paymentBrand: read.paymentBrand,
    }),
  }
}

/** Which invoice: by our number, by its merchant's name for it, or by both. */
export interface InvoiceRef {
  readonly number?: bigint
  readonly merchantInvoiceId?: string
}

export interface InvoiceRegeneration {
  readonly merchantId: string
  readonly invoice: { readonly number: bigint }
  readonly redirectUrl: string
}

const REGENERATE_SHAPE = {
  ...PROOF_SHAPE,
  invoiceId: required(rules.PAYMENT_ID),
  merchantRedirectUrl: required(rules.URL_TEXT),
}

export const RegenerateInvoiceBody = schemaOf(REGENERATE_SHAPE)

/** Reads `POST /regenerate`. */
export function readInvoiceRegeneration(principal: Principal, body: Fields): InvoiceRegeneration {
  const caller = openRequest(principal, body)
  const read = readFields(REGENERATE_SHAPE, body)
  const { invoiceId, merchantRedirectUrl } = read
  requireProof(caller, read, [{ rule: 'C7', values: { invoiceId, merchantRedirectUrl } }])
  return { merchantId: caller.id, invoice: { number: BigInt(invoiceId) }, redirectUrl: merchantRedirectUrl }
}

export interface InvoiceFollowUp {
  readonly merchantId: string
  readonly invoice: InvoiceRef
}

const REF_SHAPE = {
  ...PROOF_SHAPE,
  invoiceId: optional(rules.PAYMENT_ID),
  merchantInvoiceId: optional(rules.HASHED_ID),
  merchantRedirectUrl: optional(rules.URL_TEXT),
}

export const InvoiceRefBody = schemaOf(REF_SHAPE, 'With an invoiceId or a merchantInvoiceId.')

/** Reads `POST /cancel` and `POST /remind`, for which the API has no checksum (C10): the token alone proves them. */
export function readInvoiceFollowUp(principal: Principal, body: Fields): InvoiceFollowUp {
  const caller = openRequest(principal, body)
  const { invoiceId, merchantInvoiceId } = readFields(REF_SHAPE, body)
  if (invoiceId === undefined && merchantInvoiceId === undefined) throw missing('invoiceId')
  // Where both are given the verb finds whether they agree.
  const invoice = {
    ...(invoiceId !== undefined && { number: BigInt(invoiceId) }),
    ...(merchantInvoiceId !== undefined && { merchantInvoiceId }),
  }
  return { merchantId: caller.id, invoice }
}

const INVOICE_INQUIRY_SHAPE = { ...PROOF_SHAPE, merchantInvoiceId: required(rules.HASHED_ID) }

export const InvoiceInquiryBody = schemaOf(INVOICE_INQUIRY_SHAPE)

/** Reads `POST /inquiry`. */
export function readInvoiceInquiry(principal: Principal, body: Fields): InvoiceFollowUp {
  const caller = openRequest(principal, body)
  const read = readFields(INVOICE_INQUIRY_SHAPE, body)
  const { merchantInvoiceId } = read
  requireProof(caller, read, [{ rule: 'C8', values: { merchantInvoiceId } }])
  return { merchantId: caller.id, invoice: { merchantInvoiceId } }
}

const CONFIG_SHAPE = { ...PROOF_SHAPE, merchantRedirectUrl: optional(rules.URL_TEXT) }

export const InvoiceConfigBody = schemaOf(CONFIG_SHAPE)

/** Reads `POST /getinvoiceconfigdetails`. The API's page and its sample disagree about the checksum: either is right. */
export function readInvoiceConfig(principal: Principal, body: Fields): { readonly merchantId: string } {
  const caller = openRequest(principal, body)
  const read = readFields(CONFIG_SHAPE, body)
  const { merchantRedirectUrl } = read
  const hashed: Hashed[] = [{ rule: 'C4', values: {} }]
  if (merchantRedirectUrl !== undefined) hashed.push({ rule: 'C9', values: { merchantRedirectUrl } })
  requireProof(caller, read, hashed)
  return { merchantId: caller.id }
}

/** The answer about an invoice. The result has two names in this API. */
export function renderInvoice(view: InvoiceView, name: ResultName, { member, now }: Rendering) {
  const [createdDate, createdTime] = formatTimestamp(view.createdAt, member.timeZone).split(' ')
  const result = resultOf(name)
  return {
    memberId: member.number,
    status: view.state as string,
    result,
    statusInvoiceResult: result,
    invoiceDetails: {
      amount: formatWireAmount(view.amount),
      currency: view.amount.currency,
      createdDate: createdDate ?? '',
      createdTime: createdTime ?? '',
      merchantInvoiceId: view.merchantInvoiceId,
      customerEmail: view.customerEmail,
      merchantOrderDescription: view.description,
      systemInvoiceId: view.number.toString(),
      invoiceId: view.number.toString(),
      status: view.state as string,
      expirationDate: formatTimestamp(view.expiresAt, member.timeZone),
      transactionUrl: view.transactionUrl,
      paymentId: view.paymentId?.toString() ?? '',
    },
    timestamp: formatTimestamp(now, member.timeZone),
  }
}
