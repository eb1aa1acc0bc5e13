// What a merchant is told of a payment beside answers: the callback to its notificationUrl, and the form that the customer's
// browser posts to its merchantRedirectUrl.

import { shortStatusOf } from './statuses.ts'
import { formatTimestamp } from './times.ts'
import type { PaymentView } from './view.ts'
import { type Rendering, renderFacts, resultOfPayment } from './wire-payment.ts'

/** The body of a callback, before it is written as JSON. */
export const renderCallback = (view: PaymentView, { member, now }: Rendering) => ({
  ...renderFacts(view, { member }),
  result: resultOfPayment(view),
  timestamp: formatTimestamp(now, member.timeZone),
})

/** Where a payment can be asked for. */
export const resourcePathOf = (paymentId: bigint): string => `/transactionServices/REST/v1/payments/${paymentId}`

/** The fields of the form, in order. `status` is the short one here. */
export function renderReturnForm(view: PaymentView, rendering: Rendering): readonly (readonly [string, string])[] {
  const facts = renderFacts(view, rendering)
  const result = resultOfPayment(view)
  const status = shortStatusOf(view.progress)
  return Object.entries({
    trackingid: facts.paymentId,
    paymentId: facts.paymentId,
    desc: facts.merchantTransactionId,
    merchantTransactionId: facts.merchantTransactionId,
    status,
    transactionStatus: status,
    amount: facts.amount,
    currency: facts.currency,
    tmpl_amount: facts.tmpl_amount,
    tmpl_currency: facts.tmpl_currency,
    firstName: facts.firstName,
    lastName: facts.lastName,
    checksum: facts.checksum,
    descriptor: facts.descriptor,
    token: view.registrationId ?? '',
    registrationId: view.registrationId ?? '',
    resultCode: result.code,
    resultDescription: result.description,
    cardBin: facts.card.bin,
    cardLast4Digits: facts.card.last4Digits,
    custEmail: facts.customer.email,
    paymentMode: facts.paymentMode,
    paymentBrand: facts.paymentBrand,
    eci: facts.eci,
    timestamp: formatTimestamp(rendering.now, rendering.member.timeZone),
    resourcePath: resourcePathOf(view.paymentId),
  })
}
