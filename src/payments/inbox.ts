// The unknown inbox: operations whose outcome nobody could tell us, and what else a person has to look at. A person settles an
// operation with evidence, and it goes the way of every outcome.
import { need } from '../books/books.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { CASE_KINDS, type Case, caseIdOf, caseShelf } from './case.ts'
import type { Finding, Step } from './finish.ts'
import { finishNeeds, finishOperation, newRefId } from './finish.ts'
import { takeContradictionBack } from './late-truth.ts'
import { isSettled, operationShelf } from './operation.ts'
import { findOperation, getOperationRef } from './queries.ts'

export interface SettleRequest {
  readonly operationId: string
  /** What the gateway did, as the evidence shows. */
  readonly verdict: 'approved' | 'declined'
  /** The gateway's own id of the operation, as the evidence names it. */
  readonly gatewayReference?: string | undefined
  /** What shows it: a settlement file, a mail of the gateway. Kept. */
  readonly evidence: string
  /** Who says so. */
  readonly by: string
}

/**
 * Settles an operation that is not known, or closes the cases of one that is. Throws `payment_not_found` for an unknown operation,
 * `payment_state_invalid` when it is settled and no case of it is open, or when it is to be approved and the payment cannot hold it: a
 * contradiction is closed as declined, which takes its money out of suspense, when the gateway has given it back.
 */
export async function settleByHand(deps: Pick<Deps, 'lane' | 'pool'>, request: SettleRequest): Promise<Step> {
  const { operationId, verdict, evidence, by } = request
  const found = await findOperation(deps.pool, operationId)
  if (!found) throw new AppError('payment_not_found', { field: 'operationId' })
  const { ref } = await getOperationRef(deps.pool, operationId)
  const finding: Finding =
    verdict === 'approved'
      ? { kind: 'approved', gatewayReference: request.gatewayReference ?? `by hand ${operationId}` }
      : { kind: 'declined', code: 'refused', message: `settled by hand: ${evidence}` }
  const finish = { operationId, ref, finding, by: 'person', refId: newRefId() } as const
  return deps.lane.run({
    name: 'settle by hand',
    needs: [
      ...finishNeeds(finish, found.gatewayAccountId),
      ...CASE_KINDS.map((kind) => need(caseShelf, caseIdOf(operationId, kind))),
    ],
    decide: (books) => {
      const cases = CASE_KINDS.map((kind) => books.find(caseShelf, caseIdOf(operationId, kind)))
      const open = cases.filter((found): found is Case => found !== undefined && found.closedAt === null)
      const operation = books.get(operationShelf, operationId)
      if (verdict === 'declined' && operation.state === 'approved' && operation.gatewayReference === null)
        throw new AppError('payment_state_invalid', { field: 'verdict', message: IS_BOOKED })
      if (isSettled(operation) && open.length === 0)
        throw new AppError('payment_state_invalid', { field: 'operationId' })
      if (open.some(({ kind }) => kind === 'contradiction')) {
        if (verdict === 'approved')
          throw new AppError('payment_state_invalid', { field: 'verdict', message: CANNOT_HOLD })
        takeContradictionBack(books, operation)
      }
      for (const found of open) {
        books.put(caseShelf, { ...found, closedAt: books.now, resolution: `${by}: ${verdict}: ${evidence}` })
      }
      const step = finishOperation(books, finish)
      if (!isSettled(step.operation))
        throw new AppError('payment_state_invalid', { field: 'gatewayReference', message: ANOTHERS })
      return step
    },
  })
}

const ANOTHERS = 'The gateway has this id for another operation.'
const IS_BOOKED = 'it is booked as approved, on an answer that named another operation: give the money back by a refund'
const CANNOT_HOLD = 'the payment cannot hold it: settle it as declined when the gateway has given the money back'
