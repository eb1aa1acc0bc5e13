// A checkout as it is answered: what was asked for, how it stands, and the ways to pay it.
import { type Checkout, type CheckoutView, labelOf } from '../../checkouts/checkout.ts'
import type { CheckoutInvoice } from '../../checkouts/checkout-invoice.ts'
import { checkoutUrl, iconUrl } from '../../checkouts/link.ts'
import type { PayOption } from '../../checkouts/options.ts'
import { sessionIdOf } from '../../payments/session-id.ts'
import type { Writing } from './context.ts'
import { amountText, inOrder, withoutEmpty } from './shown.ts'
import { dueText, durationText } from './times.ts'
import { addressBody } from './wire-address.ts'
import { agreementBody } from './wire-agreement.ts'
import { brandingBody } from './wire-branding.ts'
import { invoiceBody } from './wire-invoice-answer.ts'
import { billingBody, type Preload, preloadBody } from './wire-preload.ts'

export interface SessionBody {
  readonly checkout: CheckoutView
  readonly options: readonly PayOption[]
  /** Without a trailing slash. */
  readonly baseUrl: string
  readonly hasQrCode: boolean
  readonly attachment?: { readonly url: string; readonly shortUrl?: string } | undefined
  readonly settledCode?: string | undefined
  /** Where it is one, at a moment. */
  readonly invoice?: { readonly invoice: CheckoutInvoice; readonly now: Date } | undefined
  readonly preload?: Preload | undefined
}

/** The answer about a checkout. */
export function renderCheckout(
  { checkout, options, baseUrl, hasQrCode, attachment, settledCode, invoice, preload }: SessionBody,
  { codes }: Pick<Writing, 'codes'>,
): object {
  const sessionId = sessionIdOf(codes, checkout.id)
  const { currency, amount } = checkout
  const body = {
    ...echo(checkout),
    amount: amountText(amount, currency),
    attachment: attachment?.url ?? checkout.details.attachmentUrl,
    attachment_short_url: attachment?.shortUrl,
    billing: billingBody({ checkout, options }),
    checkout_page_url: checkoutUrl(baseUrl, sessionId),
    checkout_url: checkoutUrl(baseUrl, sessionId),
    checkout_short_url: checkout.shortCode === null ? undefined : `${baseUrl}/b/${checkout.shortCode}`,
    currency_code: currency,
    due_datetime: dueText(checkout.dueAt),
    expiration_time: durationText(checkout.expiresAt.getTime() - checkout.createdAt.getTime()),
    initiator_id: checkout.initiator?.id,
    language: checkout.language,
    operation: operationOf(options),
    payment_type: checkout.paymentType,
    pg_codes: checkout.pgCodes,
    qr_code_url: hasQrCode ? `${baseUrl}/b/qr/${sessionId}.png` : undefined,
    session_id: sessionId,
    settled_pg_code: settledCode,
    state: checkout.state,
    type: checkout.type,
  }
  const answer = {
    ...withoutEmpty(body),
    ...(invoice && invoiceBody({ ...invoice, checkout, sessionId, baseUrl })),
    payment_methods: options.map((option) => methodBody(option, { baseUrl, sessionId, checkout })),
  }
  return inOrder({ ...answer, ...(preload && { sdk_setup_preload_payload: preloadBody(answer, preload) }) })
}

// What was said comes back as it was said.
function echo({ details, ...checkout }: Checkout): Record<string, unknown> {
  return {
    agreement: details.agreement && agreementBody(details.agreement, 'as given'),
    billing_address: details.billingAddress && addressBody(details.billingAddress),
    card_acceptance_criteria:
      details.cardMinExpiryDays === undefined ? undefined : { min_expiry_time: details.cardMinExpiryDays },
    customer_birthdate: details.customerBirthdate,
    customer_email: details.customerEmail,
    customer_first_name: details.customerFirstName,
    customer_id: checkout.customerId,
    customer_last_name: details.customerLastName,
    customer_phone: details.customerPhone,
    customer_phone_2: details.customerPhone2,
    email_recipients: details.emailRecipients,
    extra: details.extra,
    loyalty: details.loyalty,
    notifications: details.notifications,
    order_no: checkout.orderNo,
    product_type: details.productType,
    redirect_url: checkout.redirectUrl,
    shipping_address: details.shippingAddress && addressBody(details.shippingAddress),
    vendor_name: details.vendorName,
    webhook_url: checkout.webhookUrl,
  }
}

// Of accounts that differ, the money is taken at once.
const operationOf = (options: readonly PayOption[]): 'purchase' | 'authorize' =>
  options.length > 0 && options.every(({ account }) => account.mode === 'authorize') ? 'authorize' : 'purchase'

interface Place {
  readonly baseUrl: string
  readonly sessionId: string
  readonly checkout: Pick<Checkout, 'details'>
}

function methodBody({ account, price }: PayOption, { baseUrl, sessionId, checkout }: Place): object {
  const { currency, total, fee } = price
  const label = labelOf(checkout.details, account.code)
  return {
    amount: amountText(total, currency),
    ...(label && { branding_options: brandingBody(label) }),
    code: account.code,
    currency_code: currency,
    fee: amountText(fee, currency),
    fee_description: account.fee?.description ?? '',
    flow: 'redirect',
    icon: iconUrl(baseUrl, account.connector),
    icons: { svg: iconUrl(baseUrl, account.connector) },
    is_sandbox: account.isSandbox,
    name: account.name,
    pg: account.connector,
    redirect_url: `${checkoutUrl(baseUrl, sessionId)}&pg_code=${encodeURIComponent(account.code)}`,
    type: account.isSandbox ? 'sandbox' : 'production',
  }
}
