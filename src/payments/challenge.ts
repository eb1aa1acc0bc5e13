// 3-D Secure for cards that we issued: the payment waits, without a hold, until the cardholder repeats a code on our page. The
// right code is the second command, which checks and holds; giving up or letting the time pass ends the payment.
import { answerChallenge, findChallenge, needChallenge, openChallenge } from '../bindings/challenge.ts'
import { sendCode } from '../bindings/message.ts'
import type { Books } from '../books/books.ts'
import { type Refusal, refuse } from '../books/command.ts'
import { after } from '../clock.ts'
import { AppError, ERRORS } from '../errors.ts'
import type { DeclineCode, Redirect } from '../gateways/connector.ts'
import { newId, siblingId } from '../ids.ts'
import type { MerchantDetails } from '../issuing/card-transaction.ts'
import { findMerchant } from '../merchants/queries.ts'
import { type AuthorizationRequest, authorizeCharge, cardPayment } from './authorize.ts'
import { freeClaim } from './claim.ts'
import { recordStep } from './events.ts'
import { finishNeeds, finishOperation, newRefId, paid, type Step } from './finish.ts'
import { captureHeld } from './moves.ts'
import { beginOperation, type NewOperation, needOperation, type Operation, operationShelf } from './operation.ts'
import { type CardPaymentRef, type Payment, paymentNeeds, paymentShelf } from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { type ChargedCard, getOperationRef } from './queries.ts'

/** A challenge that is about to be opened; its id is made outside because it is random. */
export interface NewChallengeOf {
  readonly id: string
  readonly digest: Buffer
  readonly redirect: Redirect
  readonly attemptsMax: number
  readonly lifeMs: number
}

/** Prepares the challenge of a payment. */
export function prepareChallenge(
  deps: Pick<GatewayDeps, 'codes' | 'settings' | 'gateways'>,
  paymentId: string,
): NewChallengeOf {
  const id = newId()
  return {
    id,
    digest: deps.codes.digest(paymentId, deps.codes.codeOf(id)),
    redirect: { url: deps.gateways.challengeUrl(paymentId), method: 'GET', parameters: [] },
    attemptsMax: deps.settings.codeAttemptsMax,
    lifeMs: deps.settings.codeLifeMs,
  }
}

export const needPaymentChallenge = (paymentId: string) => needChallenge(paymentId, '3ds-code')

/** Makes the payment wait for its cardholder, to whom the code goes. Nothing is held. */
export function beginChallenge(
  books: Books,
  {
    authorization,
    card,
    operation,
  }: {
    readonly authorization: AuthorizationRequest
    readonly card: Pick<ChargedCard, 'mobile' | 'email'>
    readonly operation: Omit<NewOperation, 'gatewayAccountId'>
  },
  challenge: NewChallengeOf,
): Step {
  const opened = openChallenge(books, {
    subjectId: authorization.id,
    kind: '3ds-code',
    id: challenge.id,
    digest: challenge.digest,
    parameters: null,
    attemptsMax: challenge.attemptsMax,
    lifeMs: challenge.lifeMs,
  })
  sendCode(books, opened, card)
  const waiting = books.insert<Payment>(paymentShelf, {
    ...cardPayment(authorization, books.now),
    openOperationId: operation.id,
  })
  const begun = beginOperation(books, { ...operation, gatewayAccountId: null })
  const redirected = books.put(operationShelf, {
    ...begun,
    state: 'redirected',
    redirect: challenge.redirect,
    nextLookAt: after(books.now, challenge.lifeMs),
  })
  recordStep(books, 'payment.redirected', { payment: waiting, operation: redirected })
  return { payment: waiting, operation: redirected }
}

/**
 * Brings the cardholder's code. A wrong one throws `code_wrong` and counts; after too many, or too late, the payment is over. What
 * the issuer then decides is in the step, as is what had been decided before.
 */
export async function approveChallenge(
  deps: GatewayDeps,
  { operationId, code }: { readonly operationId: string; readonly code: string },
): Promise<Step> {
  const { ref } = await getOperationRef(deps.pool, operationId)
  if (ref.cardId === null) throw new AppError('challenge_not_found')
  const merchant = await findMerchant(deps.pool, ref.merchantId)
  if (!merchant) throw new Error(`there is no merchant ${ref.merchantId}`)
  const digest = deps.codes.digest(ref.id, code)
  return deps.lane.run({
    name: 'approve challenge',
    needs: [needOperation(operationId), ...paymentNeeds(ref), needPaymentChallenge(ref.id)],
    decide: (books) => {
      const step = { payment: books.get(paymentShelf, ref.id), operation: books.get(operationShelf, operationId) }
      if (step.operation.state !== 'redirected') return step
      const answered = answerChallenge(books, findChallenge(books, ref.id, '3ds-code'), { digest, parameters: null })
      switch (answered) {
        case 'right':
          return decideAnswered(books, { ref, step, merchant })
        case 'expired':
          return over(books, { ref, operationId, code: 'canceled_by_payer', message: ERRORS.challenge_expired })
        case 'blocked':
        case 'none':
          return over(books, { ref, operationId, code: 'authentication_failed', message: ERRORS.challenge_blocked })
        case 'wrong':
        case 'mismatch':
          return refuseWrong(books, ref, operationId)
      }
    },
  })
}

// The last wrong code that is allowed ends the payment.
function refuseWrong(books: Books, ref: CardPaymentRef, operationId: string): Step | Refusal {
  const isBlocked = findChallenge(books, ref.id, '3ds-code')?.status === 'blocked'
  if (!isBlocked) return refuse('code_wrong', { field: 'code' })
  return over(books, { ref, operationId, code: 'authentication_failed', message: ERRORS.challenge_blocked })
}

/** The cardholder gives up, or says that it was not him. */
export async function abandonChallenge(
  deps: GatewayDeps,
  { operationId, isDenied }: { readonly operationId: string; readonly isDenied: boolean },
): Promise<Step> {
  const { ref } = await getOperationRef(deps.pool, operationId)
  const end = isDenied
    ? ({ code: 'authentication_failed', message: 'The cardholder declined.' } as const)
    : ({ code: 'canceled_by_payer', message: 'The cardholder gave up.' } as const)
  const finding = { kind: 'declined', ...end } as const
  const finish = { operationId, ref, finding, by: 'payer', refId: newRefId() } as const
  return deps.lane.run({
    name: 'abandon challenge',
    needs: finishNeeds(finish, null),
    decide: (books) => finishOperation(books, finish),
  })
}

interface Over {
  readonly ref: CardPaymentRef
  readonly operationId: string
  readonly code: DeclineCode
  readonly message: string
}

const over = (books: Books, { ref, operationId, code, message }: Over): Step =>
  finishOperation(books, {
    operationId,
    ref,
    finding: { kind: 'declined', code, message },
    by: 'payer',
    refId: '',
  })

interface Answered {
  readonly ref: CardPaymentRef
  readonly step: Step
  readonly merchant: MerchantDetails
}

// The second command: checks and holds, as if the payment had been made now.
function decideAnswered(books: Books, { ref, step, merchant }: Answered): Step {
  const { payment } = step
  const result = authorizeCharge(books, {
    ...ref,
    amount: { amount: payment.amount, currency: payment.currency },
    fee: payment.fee,
    rate: payment,
    bindingToken: null,
    refId: payment.refId,
    description: payment.description,
    cardPresent: false,
    merchant,
    lifeMs: payment.expiresAt.getTime() - payment.createdAt.getTime(),
    keepsDeclined: true,
  })
  const { createdAt, version } = payment
  const decided = books.put<Payment>(paymentShelf, { ...result.payment, createdAt, version: version + 1n })
  const isApproved = result.kind === 'approved'
  const operation: Operation = books.put(operationShelf, {
    ...step.operation,
    state: isApproved ? 'approved' : 'declined',
    eci: isApproved ? FULLY_AUTHENTICATED : null,
    code: isApproved ? null : result.code,
    message: isApproved ? null : ERRORS[result.code],
    nextLookAt: null,
    settledBy: 'issuer',
    settledAt: books.now,
  })
  if (!isApproved) {
    freeClaim(books, decided.claimId, decided.id, 'failed')
    recordStep(books, 'payment.declined', { payment: decided, operation })
    return { payment: decided, operation }
  }
  if (operation.kind === 'authorize') return paid(books, 'payment.authorized', { payment: decided, operation })
  const taken = captureHeld(books, decided, { moveId: siblingId(decided.id, 16), amount: decided.authorized })
  return paid(books, 'payment.captured', { payment: taken, operation })
}

const FULLY_AUTHENTICATED = '05' // Electronic commerce indicator: the cardholder proved who he is.
