// Where a payer comes to when he has paid, or not: he is told how it went, and goes on to the shop.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { lapseCheckout } from '../checkouts/close.ts'
import { getSession } from '../checkouts/find.ts'
import { findAttemptOfPayment, findCheckoutById } from '../checkouts/queries.ts'
import { referenceIdOf, type Session } from '../checkouts/session.ts'
import { hasPassed } from '../clock.ts'
import { isRedirectUrl } from '../http/redirect-url.ts'
import { getMerchantSettings } from '../merchants/settings.ts'
import { isPayable } from '../payments/claim-states.ts'
import { isSettled } from '../payments/operation.ts'
import { findOperation } from '../payments/queries.ts'
import { referenceNumber } from '../payments/reference-number.ts'
import { resolveOperation } from '../payments/resolve.ts'
import { sessionIdOf } from '../payments/session-id.ts'
import { type Page, seeOther, sendPage, WAITING } from './page.ts'
import { redirectPage } from './parts.ts'
import { isWaiting, momentPage, outcomePage } from './payer-outcome.ts'
import { CONTINUE, DONE, pageUrl, type Shown, START, statePage } from './payer-view.ts'
import { findShown, type PayerDeps, type PayerQuery, type Visit, visitOf } from './payer-visit.ts'
import type { PageState } from './words.ts'

export interface DoneDeps extends PayerDeps {
  /** Where a payer goes whose payment is final: what its merchant's webhook answered may decide. */
  readonly whereNext: (session: Session) => Promise<'redirect' | 'summary'>
}

/** GET …/done/ and …/redirect/continue/. */
export function registerPayerDone(app: FastifyInstance, deps: DoneDeps): void {
  app.get<PayerQuery>(DONE, async (request, reply) => done(deps, reply, visitOf(request)))
  for (const path of [CONTINUE, CONTINUE.slice(0, -1)])
    app.get<PayerQuery>(path, async (request, reply) => goOn(deps, reply, visitOf(request)))
}

async function done(deps: DoneDeps, reply: FastifyReply, visit: Visit): Promise<FastifyReply> {
  const shown = await findShown(deps, visit, (id) => findCheckoutById(deps.pool, id))
  if (!shown) return sendPage(reply, 404, statePage('unknown', visit.preferred))
  await lookAt(deps, shown)
  const session = await getSession(deps, shown.checkout.id)
  const state = stateOf(session, visit.gaveUp)
  if (state === undefined) return seeOther(reply, pageUrl(START, shown))
  const { referencePrefix } = await getMerchantSettings(deps, session.merchantId)
  const attempt = session.settled ?? session.attempts[0]
  const referenceId = referenceIdOf(session)
  const reference = referenceId === undefined ? undefined : referenceNumber(referencePrefix, referenceId)
  const onward = onwardUrl(deps, session, reference)
  const waits = isWaiting(state)
  const goesOn = onward !== undefined && !waits && !isRetried(session, visit)
  if (goesOn && (await deps.whereNext(session)) === 'redirect') return seeOther(reply, onward)
  const { gaveUp, isQuiet } = visit
  const outcome = { ...shown, state, attempt, referenceNumber: reference, gaveUp, isQuiet }
  const more = waits ? {} : { onward, mayTryAgain: isPayable(session.state) }
  return sendPage(reply, waits ? WAITING : 200, outcomePage({ ...outcome, ...more }))
}

// A payer whose try failed and who may try again stays; one who gave up goes back to the shop.
const isRetried = (session: Session, { gaveUp }: Visit): boolean => isPayable(session.state) && !gaveUp

// A payer who is back is not kept waiting for the schedule, and is not told that he may try again after the time.
async function lookAt(deps: DoneDeps, { checkout }: Shown): Promise<void> {
  const { id, heldBy, paidBy, state, expiresAt } = checkout
  if (heldBy !== null && paidBy === null) {
    const [attempt] = (await getSession(deps, id)).attempts
    if (attempt && !isSettled(attempt.operation)) await resolveOperation(deps, attempt.operation.id)
  }
  if (isPayable(state) && hasPassed(expiresAt, await deps.now())) await lapseCheckout(deps, id)
}

/** Undefined where nobody has tried to pay yet. */
function stateOf({ state, checkout, attempts }: Session, gaveUp: boolean): PageState | undefined {
  switch (state) {
    case 'paid':
      return checkout?.paymentType === 'save_card' ? 'saved' : 'paid'
    case 'authorized':
    case 'cod':
    case 'failed':
    case 'canceled':
    case 'invalided':
      return state
    case 'deleted':
      return 'unknown'
    case 'expired':
    case 'created':
    case 'pending':
    case 'attempted': {
      const [attempt] = attempts
      if (attempt?.operation.state === 'redirected') return 'atBank'
      // Also after the time it may still be paid by what was begun before.
      if (attempt && !isSettled(attempt.operation)) return 'pending'
      if (state === 'expired') return gaveUp ? 'gaveUp' : 'expired'
      if (gaveUp || attempt?.operation.code === 'canceled_by_payer') return 'gaveUp'
      return attempt && 'failed'
    }
  }
}

// The merchant's address keeps its own query.
function onwardUrl({ codes }: DoneDeps, session: Session, reference: string | undefined): string | undefined {
  const redirectUrl = session.checkout?.redirectUrl ?? ''
  if (!isRedirectUrl(redirectUrl)) return undefined
  const url = new URL(redirectUrl)
  const more = {
    order_no: session.orderNo ?? '',
    reference_number: reference ?? '',
    session_id: sessionIdOf(codes, session.id),
  }
  for (const [name, value] of Object.entries(more)) url.searchParams.append(name, value)
  return url.href
}

async function goOn(deps: DoneDeps, reply: FastifyReply, visit: Visit): Promise<FastifyReply> {
  const shown = await findShown(deps, visit, (id) => findCheckoutById(deps.pool, id))
  if (!shown) return sendPage(reply, 404, statePage('unknown', visit.preferred))
  const [attempt] = (await getSession(deps, shown.checkout.id)).attempts
  const redirect = attempt?.operation.state === 'redirected' ? attempt.operation.redirect : null
  if (redirect) return sendPage(reply, 200, redirectPage(redirect, shown.language))
  return seeOther(reply, pageUrl(DONE, shown))
}

/**
 * The page for a payer who comes back from a gateway, or from our own challenge, with a payment of a checkout; undefined for any other
 * payment. It leads on by itself and is no redirect: a browser may refuse those after a form that came from elsewhere.
 */
export async function findReturnPage(deps: PayerDeps, operationId: string): Promise<Page | undefined> {
  const operation = await findOperation(deps.pool, operationId)
  const attempt = operation && (await findAttemptOfPayment(deps.pool, operation.paymentId))
  const checkout = attempt && (await findCheckoutById(deps.pool, attempt.checkoutId))
  if (!checkout) return undefined
  return momentPage({ checkout, sessionId: sessionIdOf(deps.codes, checkout.id), language: attempt.language })
}
