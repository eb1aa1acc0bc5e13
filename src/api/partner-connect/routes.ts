// Partner Connect: a merchant binds a cardholder's card once by a one-time code, then charges it with a code a purchase.
import { confirmBinding } from '../../bindings/confirm.ts'
import { initiateBinding } from '../../bindings/initiate.ts'
import type { Deps } from '../../deps.ts'
import { type Face, route } from '../../http/face.ts'
import { capturePayment } from '../../payments/capture.ts'
import { getPayment } from '../../payments/find.ts'
import { purchase } from '../../payments/purchase.ts'
import { refundPayment } from '../../payments/refund.ts'
import { verifyPurchase } from '../../payments/verify.ts'
import { voidPayment } from '../../payments/void.ts'
import { renderPartnerConnectError } from './errors.ts'
import * as examples from './examples.ts'
import * as wire from './wire.ts'

const DESCRIPTION = `Bind a card: \`card-binding/initiate\` sends the cardholder a code, \`card-binding/confirm\` brings it back and names the card.
Charge it: \`transactions/verify\` sends a code for exactly this purchase, \`transactions/purchase\` brings it back and holds the money;
then \`capture\` takes it, all or a part, or \`release\` gives it back; captured money can be refunded in parts.
A hold that is neither captured nor released expires and is \`void\`.`

/** The face for merchants. */
export const createPartnerConnectFace = (deps: Deps): Face => ({
  name: 'partner-connect',
  title: 'Partner Connect',
  description: DESCRIPTION,
  prefixes: ['/merchant/partner-connect', '/partner-connect', '/v1/merchant/partner-connect', '/v1/partner-connect'],
  principal: 'merchant',
  renderError: renderPartnerConnectError,
  routes: [
    route({
      method: 'POST',
      path: '/card-binding/initiate',
      summary: 'Send a code to the holder of a card',
      description: 'Again within the life of the code: the same verification, and nothing new is sent.',
      body: wire.InitiateBody,
      response: wire.VerificationAnswer,
      examples: examples.initiate,
      handle: async (call) =>
        wire.toVerificationAnswer(deps.settings, await initiateBinding(deps, wire.readInitiate(deps, call))),
    }),
    route({
      method: 'POST',
      path: '/card-binding/confirm',
      summary: 'Bind the card with the code',
      description: 'A wrong code is 400 and counts; after five the verification is blocked until it expires.',
      body: wire.ConfirmBody,
      response: wire.BindingAnswer,
      examples: examples.confirm,
      handle: async (call) => wire.toBindingAnswer(await confirmBinding(deps, wire.readConfirm(deps, call))),
    }),
    route({
      method: 'POST',
      path: '/transactions/verify',
      summary: 'Send a code for a purchase',
      description: 'The newest code of a card is the one that works. Funds and limits are the purchase’s.',
      body: wire.VerifyBody,
      response: wire.VerifyAnswer,
      examples: examples.verify,
      handle: async (call) => {
        await verifyPurchase(deps, wire.readVerify(call))
        return { success: true }
      },
    }),
    route({
      method: 'POST',
      path: '/transactions/purchase',
      summary: 'Hold the money of a purchase',
      description: 'Repeats what was verified, with the code. What the issuer or the code declines is 406.',
      body: wire.PurchaseBody,
      response: wire.PurchaseAnswer,
      examples: examples.purchase,
      handle: async (call) => wire.toPurchaseAnswer(await purchase(deps, wire.readPurchase(deps, call))),
    }),
    route({
      method: 'POST',
      path: '/transactions/capture',
      summary: 'Take held money',
      description: 'Once, all of it or a part; what is left of the hold goes back at once.',
      body: wire.CaptureBody,
      response: wire.CaptureAnswer,
      examples: examples.capture,
      handle: async (call) => wire.toCaptureAnswer(await capturePayment(deps, wire.readCapture(call))),
    }),
    route({
      method: 'POST',
      path: '/transactions/release',
      summary: 'Give held money back',
      body: wire.ReleaseBody,
      response: wire.ReleaseAnswer,
      examples: examples.release,
      handle: async (call) => wire.toTransaction((await voidPayment(deps, wire.readRelease(call))).payment),
    }),
    route({
      method: 'POST',
      path: '/transactions/refund',
      summary: 'Send captured money back',
      description: 'In one or more parts. The transaction stays `captured` until all of it went back.',
      body: wire.RefundBody,
      response: wire.RefundAnswer,
      examples: examples.refund,
      handle: async (call) => wire.toRefundAnswer(await refundPayment(deps, wire.readRefund(call))),
    }),
    route({
      method: 'GET',
      path: '/transactions/:transactionId([0-9A-Fa-f-]+)',
      summary: 'Show a transaction (extension)',
      description: 'Not a part of the contract: for people who want to see where a transaction stands.',
      query: wire.TransactionQuery,
      response: wire.TransactionAnswer,
      examples: examples.transaction,
      handle: async ({ principal, query }) =>
        wire.toTransactionAnswer(await getPayment(deps, principal.id, query.transactionId)),
    }),
  ],
})
