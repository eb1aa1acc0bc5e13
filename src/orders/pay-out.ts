// Makes an order that pays a merchant's money out.
import type { CardData } from '../gateways/connector.ts'
import type { Money } from '../money.ts'
import type { Step } from '../payments/finish.ts'
import { payOut } from '../payments/payout.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { needCallbackEndpoint, openCallbackEndpoint } from '../webhooks/callbacks.ts'
import { type OrderDetails, orderNeeds, writeOrder } from './order.ts'

export interface PayOutOrderRequest {
  readonly merchantId: string
  readonly merchantTransactionId: string
  readonly amount: Money
  readonly to: { readonly card: CardData } | { readonly paymentId: string }
  readonly details: OrderDetails
  readonly terminalId?: string | undefined
}

/** Makes the order and pays it out; the step says how it went. Throws `duplicate_order`, and what `payOut` throws. */
export function payOutOrder(deps: GatewayDeps, request: PayOutOrderRequest): Promise<Step> {
  const { merchantId, merchantTransactionId, amount, to, details, terminalId } = request
  const { notificationUrl } = details
  return payOut(deps, {
    merchantId,
    origin: 'transaction-services',
    amount,
    description: details.descriptor ?? merchantTransactionId,
    to,
    merchantReference: merchantTransactionId,
    terminalId,
    attachment: {
      needs: [
        ...orderNeeds(merchantId, merchantTransactionId),
        ...(notificationUrl === undefined ? [] : [needCallbackEndpoint(merchantId, notificationUrl)]),
      ],
      write: (books, payment) => {
        writeOrder(books, { merchantId, merchantTransactionId, paymentId: payment.id, details })
        if (notificationUrl !== undefined) openCallbackEndpoint(books, merchantId, notificationUrl)
      },
    },
  })
}
