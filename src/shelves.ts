// Every table that commands write, in the one order in which all batches lock them.
import { attachmentShelf } from './attachments/attachment.ts'
import { auditShelf } from './audit/audit.ts'
import { bindingShelf } from './bindings/binding.ts'
import { challengeShelf } from './bindings/challenge.ts'
import { velocityShelf } from './bindings/velocity.ts'
import type { Shelf } from './books/shelf.ts'
import { checkoutAttemptShelf, checkoutShelf } from './checkouts/checkout.ts'
import { checkoutInvoiceShelf } from './checkouts/checkout-invoice.ts'
import { childShelf, trackingKeyShelf } from './checkouts/child.ts'
import { inquiryCountShelf } from './checkouts/inquire.ts'
import { savedCardShelf } from './checkouts/saved-card.ts'
import { xidShelf } from './clients/xids.ts'
import { eventShelf } from './events/events.ts'
import { fundingAccountShelf } from './funding/funding-account.ts'
import { accountTransferShelf } from './funding/transfer.ts'
import { idempotencyShelf } from './idempotency/keyed.ts'
import { INVOICE_SHELVES } from './invoices/invoice.ts'
import { cardShelf } from './issuing/card.ts'
import { cardAccountShelf } from './issuing/card-account.ts'
import { cardTransactionShelf } from './issuing/card-transaction.ts'
import { pinShelf } from './issuing/change-card.ts'
import { panShelf } from './issuing/issue-card.ts'
import { accountShelf } from './ledger/accounts.ts'
import { transferShelf } from './ledger/transfers.ts'
import { merchantSettingsShelf } from './merchants/merchant-settings.ts'
import { messageShelf } from './notify/message.ts'
import { orderNumberShelf, orderShelf } from './orders/order.ts'
import { caseShelf } from './payments/case.ts'
import { claimShelf } from './payments/claim.ts'
import { gatewayReferenceShelf } from './payments/gateway-reference.ts'
import { refundShelf } from './payments/moves.ts'
import { operationShelf } from './payments/operation.ts'
import { paymentShelf } from './payments/payment.ts'
import { agreementShelf } from './registrations/agreement.ts'
import { registrationShelf } from './registrations/registration.ts'
import { shortCodeShelf } from './short-codes/short-code.ts'
import { webhookEndpointShelf } from './webhooks/endpoints.ts'

/** In lock order: what is looked up by callers' keys first, ledger accounts last, then what is only added to. */
export const SHELVES: readonly Shelf[] = [
  idempotencyShelf,
  xidShelf,
  ...INVOICE_SHELVES,
  orderShelf,
  orderNumberShelf,
  agreementShelf,
  registrationShelf,
  shortCodeShelf,
  attachmentShelf,
  checkoutShelf,
  checkoutAttemptShelf,
  checkoutInvoiceShelf,
  trackingKeyShelf,
  inquiryCountShelf,
  claimShelf,
  paymentShelf,
  operationShelf,
  gatewayReferenceShelf,
  caseShelf,
  cardTransactionShelf,
  bindingShelf,
  challengeShelf,
  velocityShelf,
  cardAccountShelf,
  cardShelf,
  pinShelf,
  fundingAccountShelf,
  merchantSettingsShelf,
  webhookEndpointShelf,
  accountShelf,
  transferShelf,
  refundShelf,
  accountTransferShelf,
  eventShelf,
  messageShelf,
  savedCardShelf,
  auditShelf,
  childShelf,
  panShelf,
] as unknown as readonly Shelf[]
