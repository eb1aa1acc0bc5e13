// What captures, voids and refunds have in common: they follow an authorized charge, exclude one another, and ask its gateway.
import type { Books, Need } from '../books/books.ts'
import { Refusal, refuse } from '../books/command.ts'
import { hasPassed } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Connector, FollowUpRequest, Gateway, Outcome } from '../gateways/connector.ts'
import { referenceOf } from '../gateways/reference.ts'
import type { Step } from './finish.ts'
import type { Operation } from './operation.ts'
import type { Payment, PaymentRef } from './payment.ts'
import { carryOut, type GatewayDeps } from './perform.ts'
import { getStep } from './queries.ts'

/** A payment, and the operation that authorized it at its gateway. */
export type FollowUpRef = PaymentRef & {
  readonly authorization?: { readonly operationId: string; readonly gatewayReference: string | null } | null
}

/** What a face wants written in the commit that begins an operation: a key, who asked for it. */
export interface OperationAttachment {
  readonly needs: readonly Need[]
  /** Throws an `AppError` when the operation may not be begun: then nothing is. */
  admit(books: Books): void
  write(books: Books, step: Step): void
}

/** Begins an operation with its attachment, which leaves nothing behind when the operation is refused. */
export function beginWith(
  books: Books,
  attachment: OperationAttachment | undefined,
  begin: () => Step | Refusal,
): Step | Refusal {
  attachment?.admit(books)
  const result = begin()
  if (!(result instanceof Refusal)) attachment?.write(books, result)
  return result
}

/** An exchanged payment is not touched again: nobody knows at which rate its gateway would give back. */
export const refuseExchanged = ({ gatewayAccountId, currency, payerCurrency }: Payment): Refusal | undefined =>
  gatewayAccountId !== null && payerCurrency !== currency ? refuse('payment_exchanged') : undefined

/** Refuses a step that needs an authorized payment with nothing else going on. */
export function refuseUnlessAuthorized({ state, expiresAt }: Payment, now: Date): Refusal | undefined {
  switch (state) {
    case 'authorized':
      return undefined
    case 'authorizing':
    case 'capturing':
      return refuse('operation_in_progress', { field: 'transactionId' })
    case 'voiding': // When its time is over it ends voided, whatever its gateway says.
      return refuse(hasPassed(expiresAt, now) ? 'authorization_expired' : 'operation_in_progress', {
        field: 'transactionId',
      })
    case 'captured':
    case 'voided':
    case 'refunded':
    case 'declined':
    case 'canceled':
    case 'paying':
    case 'paid':
      return refuse('payment_state_invalid', { field: 'transactionId' })
  }
}

/**
 * Carries on with what a command has begun: our own issuer has decided already; a copy under the same key gets the first one's
 * operation as it stands by now; otherwise the gateway is asked.
 */
export function followUp(
  deps: GatewayDeps,
  { ref, step, operationId }: { readonly ref: FollowUpRef; readonly step: Step; readonly operationId: string },
  ask: (connector: Connector, gateway: Gateway, operation: Operation) => Promise<Outcome> | undefined,
): Promise<Step> {
  if (step.operation.gatewayAccountId === null) return Promise.resolve(step)
  if (step.operation.id !== operationId) return getStep(deps.pool, step.operation.id)
  return carryOut(deps, { ref, operation: step.operation }, (connector, gateway) =>
    ask(connector, gateway, step.operation),
  )
}

/** The request of a follow-up, as connectors want it. */
export function askFollowUp(
  { gateways }: Pick<GatewayDeps, 'gateways'>,
  { ref, merchantReference }: { readonly ref: FollowUpRef; readonly merchantReference?: string | undefined },
  { id, amount, currency, gatewayAccountId }: Operation,
): FollowUpRequest {
  if (!ref.authorization || gatewayAccountId === null) throw new AppError('payment_state_invalid')
  const { operationId, gatewayReference } = ref.authorization
  return {
    reference: referenceOf(id),
    amount: { amount, currency },
    ...(merchantReference !== undefined && { merchantReference }),
    charge: { reference: referenceOf(operationId), gatewayReference },
    notificationUrl: gateways.notificationUrl(gatewayAccountId),
  }
}
