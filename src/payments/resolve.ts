// Finds out what became of an operation whose outcome is not known, by asking the gateway for our reference: on a schedule, when
// a notification hints at it, and when the payer comes back. What it says is believed by these rules and no others.
import type { Books } from '../books/books.ts'
import { after, hasPassed, MINUTE_MS } from '../clock.ts'
import type { Pool } from '../db/pool.ts'
import type { InquiryAnswer } from '../gateways/connector.ts'
import { referenceOf } from '../gateways/reference.ts'
import { type Case, caseIdOf, caseShelf, needCase, openCase } from './case.ts'
import { findReferenceHolder } from './due-queries.ts'
import { type Finding, finishNeeds, finishOperation, newRefId, type Step } from './finish.ts'
import { isSettled, NO_DOUBT, nextLookOf, type Operation, operationShelf } from './operation.ts'
import { type PaymentRef, paymentShelf } from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { getOperationRef, getStep } from './queries.ts'

// How many settling times a gateway must go on saying no before it is believed. "Not found" may only mean that its books are
// behind: ten is what it takes not to be fooled by one that finds its books half a minute late.
const DECLINED_TIMES = 3
const NOT_FOUND_TIMES = 10

/** Asks once and books what can be believed. Answers how things stand. Never throws because of a gateway. */
export async function resolveOperation(deps: GatewayDeps, operationId: string): Promise<Step> {
  const step = await getStep(deps.pool, operationId)
  const { operation } = step
  const { ref } = await getOperationRef(deps.pool, operationId)
  if (operation.gatewayAccountId === null) return resolveOurs(deps, operation, ref)
  if (operation.state === 'approved' && operation.gatewayReference !== null) return step
  const { connector } = await deps.gateways.getAccount(operation.gatewayAccountId)
  const answer = await deps.gateways.inquire(
    { accountId: operation.gatewayAccountId, operationId, operation: operation.kind },
    {
      reference: referenceOf(operationId),
      operation: operation.kind,
      amount: { amount: operation.amount, currency: operation.currency },
    },
  )
  const settlingMs = deps.gateways.factsOf(connector)?.settlingTimeMs ?? MINUTE_MS
  const booked = await bookAnswer(deps, { operation, ref }, { answer, settlingMs })
  if (isSettled(booked.operation)) deps.calls.announce(operationId)
  return booked
}

async function bookAnswer(
  deps: GatewayDeps,
  {
    operation: { id: operationId, gatewayAccountId },
    ref,
  }: { readonly operation: Operation; readonly ref: PaymentRef },
  { answer, settlingMs }: { readonly answer: InquiryAnswer; readonly settlingMs: number },
): Promise<Step> {
  const holder = await findHolder(deps.pool, gatewayAccountId, answer)
  const rival = holder === operationId ? undefined : holder
  const refId = newRefId()
  const needs = finishNeeds({ operationId, ref, finding: toFinding(answer), rival }, gatewayAccountId)
  return deps.lane.run({
    name: 'resolve',
    needs: [...needs, needCase(operationId, 'unknown')],
    decide: (books) => {
      const operation = looked(books, operationId)
      const finding = believe(books, { operation, answer, settlingMs })
      const step = finishOperation(books, { operationId, ref, finding, by: 'inquiry', rival, refId })
      return { ...step, operation: giveUp(books, step.operation, answer) }
    },
  })
}

const findHolder = async (
  pool: Pool,
  gatewayAccountId: string | null,
  answer: InquiryAnswer,
): Promise<string | undefined> =>
  gatewayAccountId !== null && 'gatewayReference' in answer && answer.gatewayReference !== undefined
    ? findReferenceHolder(pool, gatewayAccountId, answer.gatewayReference)
    : undefined

const looked = (books: Books, operationId: string): Operation => {
  const operation = books.get(operationShelf, operationId)
  return books.put(operationShelf, { ...operation, looks: operation.looks + 1 })
}

const toFinding = (answer: InquiryAnswer): Finding =>
  answer.kind === 'not_found' ? { kind: 'not_done', cause: 'the gateway knows nothing of it' } : answer

interface Look {
  readonly operation: Operation
  readonly answer: InquiryAnswer
  readonly settlingMs: number
}

// Yes is believed at once. No is believed at once where the gateway had said that it waits for the payer. Otherwise its books may be
// behind: it must go on saying no for a while, and "not found" for longer than it ever takes to settle.
function believe(books: Books, { operation, answer, settlingMs }: Look): Finding {
  switch (answer.kind) {
    case 'approved':
    case 'unknown':
      return answer
    case 'pending':
      books.put(operationShelf, { ...operation, ...NO_DOUBT })
      return answer
    case 'declined':
      if (operation.state === 'redirected') return answer
      return isConfirmed(books, operation, { said: 'declined', forMs: settlingMs * DECLINED_TIMES })
        ? answer
        : doubt(books, operation, 'declined')
    case 'not_found': {
      const isOld = hasPassed(after(operation.createdAt, settlingMs * NOT_FOUND_TIMES), books.now)
      return isOld && isConfirmed(books, operation, { said: 'not_found', forMs: settlingMs })
        ? toFinding(answer)
        : doubt(books, operation, 'not_found')
    }
  }
}

type Doubt = 'declined' | 'not_found'

const isConfirmed = (
  books: Books,
  { doubt: known, doubtedAt }: Operation,
  { said, forMs }: { said: Doubt; forMs: number },
): boolean => known === said && doubtedAt !== null && hasPassed(after(doubtedAt, forMs), books.now)

function doubt(books: Books, operation: Operation, said: Doubt): Finding {
  if (!isSettled(operation) && operation.doubt !== said)
    books.put(operationShelf, { ...operation, doubt: said, doubtedAt: books.now })
  return { kind: 'unknown', cause: `the gateway says ${said}` }
}

// At the end of the schedule it is a person's turn, until the gateway says it after all.
function giveUp(books: Books, operation: Operation, answer: InquiryAnswer): Operation {
  const known = books.find(caseShelf, caseIdOf(operation.id, 'unknown'))
  if (isSettled(operation)) return settled(books, operation, known, answer)
  if (operation.nextLookAt !== null || nextLookOf(operation, books.now)) return operation
  if (!known) openCase(books, operation, 'unknown', 'the gateway was asked to the end of the schedule')
  return operation
}

function settled(books: Books, operation: Operation, known: Case | undefined, answer: InquiryAnswer): Operation {
  if (operation.state === 'approved' && operation.gatewayReference === null) {
    const nextLookAt = nextLookOf(operation, books.now) ?? null
    if (!nextLookAt && !known) openCase(books, operation, 'unknown', 'approved under the id of another operation')
    return books.put(operationShelf, { ...operation, nextLookAt })
  }
  if (known?.closedAt === null)
    books.put(caseShelf, { ...known, closedAt: books.now, resolution: `the gateway said: ${operation.state}` })
  const isLast = operation.nextLookAt !== null && hasPassed(operation.nextLookAt, books.now)
  if (!isLast) return operation
  const nextLookAt = answer.kind === 'unknown' ? (nextLookOf(operation, books.now) ?? null) : null
  return books.put(operationShelf, { ...operation, nextLookAt })
}

// Our own issuer decides at once, except while a payer is to answer a challenge: when its time is over, so is the payment.
function resolveOurs(deps: GatewayDeps, operation: Operation, ref: PaymentRef): Promise<Step> {
  const finish = { operationId: operation.id, ref, refId: newRefId(), by: 'clock' } as const
  const finding: Finding = { kind: 'declined', code: 'canceled_by_payer', message: 'The payer did not answer in time.' }
  return deps.lane.run({
    name: 'resolve',
    needs: finishNeeds({ ...finish, finding }, null),
    decide: (books) => {
      const current = books.get(operationShelf, operation.id)
      const isOver = current.nextLookAt !== null && hasPassed(current.nextLookAt, books.now)
      return isOver
        ? finishOperation(books, { ...finish, finding })
        : { payment: books.get(paymentShelf, ref.id), operation: current }
    },
  })
}
