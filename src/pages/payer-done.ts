// Where a payer comes to when he has paid, or not: he is told how it went, and goes on to the shop.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { getSession } from '../checkouts/find.ts'
import { findCheckoutById } from '../checkouts/queries.ts'
import type { Session } from '../checkouts/session.ts'
import { getMerchantSettings } from '../merchants/settings.ts'
import { isPayable } from '../payments/claim-states.ts'
import { isSettled } from '../payments/operation.ts'
import { findOperation, getOperationRef } from '../payments/queries.ts'
import { referenceNumber } from '../payments/reference-number.ts'
import { resolveOperation } from '../payments/resolve.ts'
import { sessionIdOf } from '../payments/session-id.ts'
import { html } from './html.ts'
import { type Page, sendPage } from './page.ts'
import { redirectPage } from './parts.ts'
import { findShown, type PayerDeps } from './payer.ts'
import { DONE, outcomePage, pageUrl, type Shown, statePage } from './payer-view.ts'
import { type Language, type PageState, wordsOf } from './words.ts'

export interface DoneDeps extends PayerDeps {
  /** Where a payer goes whose payment is final: what its merchant's webhook answered may decide. */
  readonly whereNext: (session: Session) => Promise<'redirect' | 'summary'>
}

/** The address by which a payer goes on after he was sent to prove who he is, from an API call. */
const CONTINUE = '/b/checkout/redirect/continue/'

/** GET …/done/ and …/redirect/continue/. */
export function registerPayerDone(app: FastifyInstance, deps: DoneDeps): void {
  const read = (query: Readonly<Record<string, unknown>>) => {
    const text = (name: string): string => (typeof query[name] === 'string' ? query[name] : '')
    return { sessionId: text('session_id'), lang: text('lang'), gaveUp: text('gave_up') !== '' }
  }
  app.get<{ Querystring: Readonly<Record<string, unknown>> }>(DONE, async ({ query }, reply) =>
    done(deps, reply, read(query)),
  )
  for (const path of [CONTINUE, CONTINUE.slice(0, -1)])
    app.get<{ Querystring: Readonly<Record<string, unknown>> }>(path, async ({ query }, reply) =>
      goOn(deps, reply, read(query)),
    )
}

interface Visit {
  readonly sessionId: string
  readonly lang: string
  readonly gaveUp: boolean
}

async function done(deps: DoneDeps, reply: FastifyReply, visit: Visit): Promise<FastifyReply> {
  const shown = await findShown(deps, visit, (id) => findCheckoutById(deps.pool, id))
  if (!shown) return sendPage(reply, 404, statePage('unknown', visit.lang === 'ar' ? 'ar' : 'en'))
  await lookAtOpen(deps, shown)
  const session = await getSession(deps, shown.checkout.id)
  const state = stateOf(session, visit.gaveUp)
  const { referencePrefix } = await getMerchantSettings(deps, session.merchantId)
  const attempt = session.settled ?? session.attempts[0]
  const reference = attempt && referenceNumber(referencePrefix, attempt.referenceId)
  const onward = onwardUrl(deps, session, reference)
  const isFinal = state !== 'pending'
  if (onward !== undefined && isFinal && !isRetried(session, visit) && (await deps.whereNext(session)) === 'redirect')
    return reply.code(303).headers({ location: onward, 'cache-control': 'no-store' }).send('')
  const mayTryAgain = isPayable(session.state) && isFinal
  return sendPage(reply, 200, outcomePage({ ...shown, state, referenceNumber: reference, onward, mayTryAgain }))
}

// A payer whose try failed and who may try again stays; one who gave up goes back to the shop.
const isRetried = (session: Session, { gaveUp }: Visit): boolean => isPayable(session.state) && !gaveUp

// A payer who is back is not kept waiting for the schedule.
async function lookAtOpen(deps: DoneDeps, { checkout }: Shown): Promise<void> {
  if (checkout.heldBy === null || checkout.paidBy !== null) return
  const [attempt] = (await getSession(deps, checkout.id)).attempts
  if (attempt && !isSettled(attempt.operation)) await resolveOperation(deps, attempt.operation.id)
}

function stateOf({ state, checkout, attempts }: Session, gaveUp: boolean): PageState {
  switch (state) {
    case 'paid':
      return checkout?.paymentType === 'save_card' ? 'saved' : 'paid'
    case 'authorized':
    case 'cod':
    case 'failed':
    case 'canceled':
    case 'invalided':
      return state
    case 'expired':
      return gaveUp ? 'gaveUp' : 'expired'
    case 'deleted':
      return 'unknown'
    case 'created':
    case 'pending':
    case 'attempted': {
      const [attempt] = attempts
      if (attempt && !isSettled(attempt.operation)) return 'pending'
      return gaveUp || attempt?.operation.code === 'canceled_by_payer' || !attempt ? 'gaveUp' : 'failed'
    }
  }
}

// The merchant's address keeps its own query.
function onwardUrl({ codes }: DoneDeps, session: Session, reference: string | undefined): string | undefined {
  const { checkout } = session
  if (!checkout || checkout.redirectUrl === null || !URL.canParse(checkout.redirectUrl)) return undefined
  const url = new URL(checkout.redirectUrl)
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
  if (!shown) return sendPage(reply, 404, statePage('unknown', 'en'))
  const [attempt] = (await getSession(deps, shown.checkout.id)).attempts
  const redirect = attempt?.operation.state === 'redirected' ? attempt.operation.redirect : null
  if (redirect) return sendPage(reply, 200, redirectPage(redirect, shown.language))
  return reply
    .code(303)
    .headers({ location: pageUrl(DONE, shown), 'cache-control': 'no-store' })
    .send('')
}

/**
 * The page for a payer who comes back from a gateway, or from our own challenge, with a payment of a checkout; undefined for any other
 * payment. It leads on by itself and is no redirect: a browser may refuse those after a form that came from elsewhere.
 */
export async function findReturnPage(deps: PayerDeps, operationId: string): Promise<Page | undefined> {
  if (!(await findOperation(deps.pool, operationId))) return undefined
  const { ref } = await getOperationRef(deps.pool, operationId)
  const checkout = ref.claimId === null ? undefined : await findCheckoutById(deps.pool, ref.claimId)
  if (!checkout) return undefined
  const language: Language = checkout.language
  const words = wordsOf(language)
  const sessionId = sessionIdOf(deps.codes, checkout.id)
  const url = pageUrl(DONE, { checkout, sessionId, language })
  const { title, text } = words.states.oneMoment
  return {
    ...{ title, language, refresh: { seconds: 0, url } },
    content: html`<section class="sheet"><h1>${title}</h1><p>${text}</p><a class="button quiet" href="${url}">${words.lookAgain}</a></section>`,
  }
}
