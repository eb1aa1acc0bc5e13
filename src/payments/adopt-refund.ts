// A refund that was begun at the gateway itself, in its dashboard or by its own hand. Nobody here asked for it, but the money has gone
// back: the gateway is asked about it, and what it has done is booked as if we had asked, under the reference that the gateway made.
import type { Approved } from '../gateways/connector.ts'
import { referenceOf } from '../gateways/reference.ts'
import { findReferenceHolder } from './due-queries.ts'
import { recordStep } from './events.ts'
import { type Finish, failed, finishNeeds, finishOperation, newRefId, type Step } from './finish.ts'
import type { OperationAttachment } from './follow-up.ts'
import { beginOperation, operationShelf } from './operation.ts'
import { advancePayment, isRefundable, type Payment, type PaymentRef, paymentOf } from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { findOperation, getOperationRef } from './queries.ts'

/** A refund that a gateway told of: a hint, which nobody believes before the gateway was asked. */
export interface ToldRefund {
  /** The id that the gateway's own reference reads as. */
  readonly operationId: string
  readonly gatewayAccountId: string
  /** The operation that it refunds. */
  readonly chargeId: string
  /** Minor units. */
  readonly amount: bigint
  readonly currency: string
}

/** What else is written with a refund that was booked. */
export type AdoptionNote = Pick<OperationAttachment, 'needs' | 'write'>

/**
 * `booked`: as a refund of the payment, or in suspense with a case where the payment cannot hold it. `later`: the gateway does not say yes
 * yet. `not ours`: the account has no such charge, or the gateway says that nothing was done. Never throws because of a gateway.
 */
export async function adoptRefund(
  deps: GatewayDeps,
  told: ToldRefund,
  note?: AdoptionNote,
): Promise<'booked' | 'later' | 'not ours'> {
  const { operationId, gatewayAccountId, chargeId, amount, currency } = told
  const charge = await findOperation(deps.pool, chargeId)
  if (charge?.gatewayAccountId !== gatewayAccountId) return 'not ours'
  const { ref } = await getOperationRef(deps.pool, chargeId)
  if (currency !== ref.payerCurrency) return 'not ours'
  const answer = await deps.gateways.inquire(
    { accountId: gatewayAccountId, operationId: chargeId, operation: 'refund' },
    { reference: referenceOf(operationId), operation: 'refund', amount: { amount, currency } },
  )
  if (answer.kind !== 'approved') return answer.kind === 'declined' ? 'not ours' : 'later'
  await book(deps, { told, ref, answer, note })
  return 'booked'
}

interface Booking {
  readonly told: ToldRefund
  readonly ref: PaymentRef
  readonly answer: Approved
  readonly note: AdoptionNote | undefined
}

async function book(deps: GatewayDeps, { told, ref, answer, note }: Booking): Promise<Step> {
  const { operationId, gatewayAccountId } = told
  const holder = await findReferenceHolder(deps.pool, gatewayAccountId, answer.gatewayReference)
  const finish: Finish & { readonly finding: Approved } = {
    ...{ operationId, ref, finding: answer, by: 'inquiry', refId: newRefId() },
    rival: holder === operationId ? undefined : holder,
  }
  return deps.lane.run({
    name: 'adopt refund',
    needs: [...finishNeeds(finish, gatewayAccountId), ...(note?.needs ?? [])],
    decide: (books) => {
      const known = books.find(operationShelf, operationId)
      const payment = paymentOf(books, ref)
      if (known) return { payment, operation: known }
      const { id: paymentId, merchantId } = payment
      const begun = beginOperation(books, {
        ...{ id: operationId, paymentId, merchantId, kind: 'refund', gatewayAccountId },
        ...{ amount: told.amount, currency: told.currency, reason: 'refunded at the gateway' },
      })
      if (canHold(payment, told)) {
        const refundReserved = payment.refundReserved + told.amount
        const reserved = advancePayment(books, payment, { state: payment.state, refundReserved })
        recordStep(books, 'payment.refund_begun', { payment: reserved, operation: begun })
      } else failed(books, begun, { finding: TOO_LARGE, by: 'inquiry' })
      const step = finishOperation(books, finish)
      if (step.operation.state === 'approved') note?.write(books, step)
      return step
    },
  })
}

// What cannot be held is given up first: that it was done all the same is the late truth, which goes to suspense.
const TOO_LARGE = { kind: 'declined', code: 'amount_too_large', message: 'The payment cannot hold it.' } as const

const canHold = (payment: Payment, { gatewayAccountId, amount, currency }: ToldRefund): boolean =>
  payment.gatewayAccountId === gatewayAccountId &&
  payment.currency === currency &&
  isRefundable(payment) &&
  payment.refunded + payment.refundReserved + payment.paidOut + amount <= payment.captured
