// From a charge as this face asks for it to the verbs of orders, and back.
import { AppError, invalidField } from '../../errors.ts'
import { type ChargeOrderRequest, chargeKeptCard, chargeOrder, repeatOrder } from '../../orders/charge.ts'
import type { OrderDetails } from '../../orders/order.ts'
import { getStanding } from '../../orders/standing.ts'
import { namedUrl } from '../../webhooks/named.ts'
import type { TransactionServicesDeps } from './context.ts'
import { viewOf } from './view-of.ts'
import type { ChargeOrder } from './wire-charge.ts'
import { type Rendering, renderDuplicate, renderPayment } from './wire-payment.ts'

/**
 * Makes the order and answers how it stands. A merchantTransactionId that was used before is answered with the first order and a
 * code that says so: nothing is charged twice.
 */
export async function chargeAndRender(
  deps: TransactionServicesDeps,
  order: ChargeOrder,
  rendering: Rendering,
): Promise<object> {
  await checkCallbackUrl(deps, order.details)
  const { merchantId, merchantTransactionId } = order
  try {
    await charge(deps, order)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'duplicate_order') throw error
    return renderDuplicate(viewOf(await getStanding(deps.pool, merchantId, { merchantTransactionId })), rendering)
  }
  return renderPayment(viewOf(await getStanding(deps.pool, merchantId, { merchantTransactionId })), rendering)
}

/** Refuses a notificationUrl that will not be called. */
export async function checkCallbackUrl(
  { egress }: Pick<TransactionServicesDeps, 'egress'>,
  { notificationUrl }: Pick<OrderDetails, 'notificationUrl'>,
): Promise<void> {
  if (notificationUrl === undefined) return
  await egress.checkUrl(namedUrl(notificationUrl), 'notificationUrl')
}

async function charge(deps: TransactionServicesDeps, order: ChargeOrder): Promise<unknown> {
  const { source, createsRegistration, recurring } = order
  const request = requestOf(order)
  switch (source.kind) {
    case 'card':
      return chargeOrder(deps, {
        ...request,
        card: source.card,
        createRegistration: createsRegistration,
        isInitial: recurring === 'initial',
      })
    case 'registration':
      return chargeKeptCard(deps, {
        ...request,
        token: source.registrationId,
        cvv: source.cvv,
        isInitial: recurring === 'initial',
        isRepeated: recurring === 'repeated',
      })
    case 'agreement': {
      const { merchantId } = order
      const { order: initial } = await getStanding(deps.pool, merchantId, { number: source.initialPaymentId })
      return repeatOrder(deps, { ...request, initialPaymentId: initial.paymentId })
    }
    case 'other':
      throw invalidField('paymentMode', 'must be one that carries a card, such as CC, DC or PC')
  }
}

type Request = Omit<ChargeOrderRequest, 'card' | 'createRegistration' | 'isInitial'>

// Without a place to come back to, nobody can be sent away.
function requestOf({
  merchantId,
  merchantTransactionId,
  paymentType,
  amount,
  details,
  authentication,
  recurring,
}: ChargeOrder): Request {
  return {
    merchantId,
    merchantTransactionId,
    kind: paymentType === 'PA' ? 'authorize' : 'purchase',
    amount,
    authentication: authentication === 'auto' && details.redirectUrl === undefined ? 'skip' : authentication,
    details: {
      ...details,
      ...(recurring !== null && { recurringType: recurring === 'initial' ? 'INITIAL' : 'REPEATED' }),
    },
    terminalId: details.terminalId,
  }
}
