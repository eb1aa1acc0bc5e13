// Begin, call, finish: how every verb that needs a gateway does it. Begin has committed what is being tried; the call is made with
// no transaction open; finish brings the outcome into the books. A caller waits for a while and then gets what is known.
import type { Deps } from '../deps.ts'
import type { Ask } from '../gateways/access.ts'
import type { GatewayOperation, Outcome } from '../gateways/connector.ts'
import { type Finding, finishNeeds, finishOperation, newRefId, type Step } from './finish.ts'
import type { Operation, SettledBy } from './operation.ts'
import type { PaymentRef } from './payment.ts'
import { getPaymentStep, getStep } from './queries.ts'

/** What verbs that may call a gateway are given. */
export type GatewayDeps = Pick<Deps, 'lane' | 'pool' | 'vault' | 'codes' | 'gateways' | 'calls' | 'settings' | 'log'>

/** An operation that has begun at a gateway. */
export interface Begun {
  readonly ref: PaymentRef
  readonly operation: Operation
}

/**
 * Asks the gateway and finishes. Answers when the outcome is in the books, or after `settings.callerWaitMs` with what is known
 * by then: the call goes on and its outcome is booked all the same. Never throws because of a gateway.
 */
export function carryOut(deps: GatewayDeps, begun: Begun, ask: Ask): Promise<Step> {
  return patiently(deps, begun, callAndFinish(deps, begun, ask))
}

/** Waits for what has been started as long as a caller does, then answers with what is known. */
export function patiently(deps: GatewayDeps, { operation }: Begun, started: Promise<Step>): Promise<Step> {
  deps.calls.track(
    started.catch((error: unknown) =>
      deps.log.error({ err: error, operation: operation.id }, 'an outcome was not booked and will be asked for'),
    ),
  )
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, deps.settings.callerWaitMs, undefined)
  })
  // Whatever failed on the way, the operation is in the books and will be resolved: that is the answer.
  const elsewhere = deps.calls.settledElsewhere(operation.id).then(() => undefined)
  return Promise.race([started.catch(() => undefined), patience, elsewhere])
    .then((step) => step ?? getPaymentOrStep(deps, operation))
    .finally(() => {
      clearTimeout(timer)
      deps.calls.announce(operation.id) // Nobody waits any more.
    })
}

// Of a payment that is tried at one gateway after the other, the newest try is the answer.
const getPaymentOrStep = ({ pool }: Pick<GatewayDeps, 'pool'>, { id, kind, paymentId }: Operation): Promise<Step> =>
  kind === 'authorize' || kind === 'purchase' ? getPaymentStep(pool, paymentId) : getStep(pool, id)

/** Asks the gateway of the operation once. */
export function call(deps: GatewayDeps, operation: Operation, ask: Ask): Promise<Outcome> {
  const { id, gatewayAccountId, kind } = operation
  if (gatewayAccountId === null) throw new Error(`operation ${id} has no gateway`)
  return deps.gateways.ask(
    { accountId: gatewayAccountId, operationId: id, operation: kind satisfies GatewayOperation },
    ask,
  )
}

/** Brings a finding into the books. Safe to run twice. */
export function bookFinding(
  deps: Pick<GatewayDeps, 'lane'>,
  { ref, operation }: { readonly ref: PaymentRef; readonly operation: Pick<Operation, 'id' | 'gatewayAccountId'> },
  { finding, by }: { readonly finding: Finding; readonly by: SettledBy },
): Promise<Step> {
  const finish = { operationId: operation.id, ref, finding, by, refId: newRefId() }
  return deps.lane.run({
    name: 'finish',
    needs: finishNeeds(finish, operation.gatewayAccountId),
    decide: (books) => finishOperation(books, finish),
  })
}

async function callAndFinish(deps: GatewayDeps, begun: Begun, ask: Ask): Promise<Step> {
  const outcome = await call(deps, begun.operation, ask)
  return bookFinding(deps, begun, { finding: outcome, by: 'answer' })
}
