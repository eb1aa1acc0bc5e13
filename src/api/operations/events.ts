// What a merchant is told of its checkouts: how each try to pay went, and what was done to payments later. Told as it was when it
// happened; which URLs are told is the checkout's choice, and its merchant's.

import type { Checkout } from '../../checkouts/checkout.ts'
import { isBinding } from '../../checkouts/child.ts'
import { findCardOf, findSession, getSession, getSessionOfOperation } from '../../checkouts/find.ts'
import { findCheckoutById, listChildRows } from '../../checkouts/queries.ts'
import type { Attempt, Session } from '../../checkouts/session.ts'
import type { StoredEvent } from '../../events/queries.ts'
import type { MerchantSettings, PluginSettings } from '../../merchants/settings.ts'
import type { ClaimState } from '../../payments/claim-states.ts'
import type { PaymentSnapshot } from '../../payments/events.ts'
import { sessionIdOf } from '../../payments/session-id.ts'
import type { Message } from '../../webhooks/fan-out.ts'
import { noticeEndpointId } from '../../webhooks/notices.ts'
import { type WritingDeps, writingFor } from './context.ts'
import { renderExternal } from './wire-external.ts'
import { attemptResult, renderNotice } from './wire-notice.ts'

/** The names under which the two kinds of notice are listed. */
export const PAYMENT_NOTICE = 'payment'
export const OPERATION_NOTICE = 'operation'

type Told = Promise<readonly Message[]>

/** The notices of an event; none for what is not this face's business. */
export async function renderOperationsEvent(deps: WritingDeps, event: StoredEvent): Told {
  switch (event.type) {
    case 'payment.authorized':
    case 'payment.captured':
    case 'payment.declined':
    case 'payment.canceled': {
      const snapshot = event.data as unknown as PaymentSnapshot
      return snapshot.operation.kind === 'capture' ? tellOperation(deps, event) : tellAttempt(deps, event, snapshot)
    }
    case 'payment.voided':
    case 'payment.refunded':
    case 'payment.refund_failed':
      return tellOperation(deps, event)
    case 'checkout.cod':
    case 'checkout.card_saved':
      return tellCheckout(deps, event)
    case 'checkout.given_up':
      return tellGivenUp(deps, event)
    case 'checkout.disclosed':
      return disclose(deps, event)
    default:
      return []
  }
}

async function tellAttempt(deps: WritingDeps, event: StoredEvent, snapshot: PaymentSnapshot): Told {
  const { claimId, claimState } = snapshot
  const checkout = claimId === null ? undefined : await findCheckoutById(deps.pool, claimId)
  if (!checkout || claimState === 'deleted') return []
  const writing = await writingFor(deps, event.ownerId)
  // Most of what has to be read is read for whoever is told.
  if (paymentUrl(checkout, writing.settings) === undefined) return []
  const session = asTold(await getSession(deps, checkout.id), event.subjectId, snapshot)
  const attempt = session.attempts.find(({ payment }) => payment.id === event.subjectId)
  return attempt ? tellPayment(deps, event, { session, attempt, writing }) : []
}

// What came after the step is not known to it.
function asTold(session: Session, paymentId: string, snapshot: PaymentSnapshot): Session {
  const then = (attempt: Attempt): Attempt =>
    attempt.payment.id === paymentId
      ? {
          ...attempt,
          payment: {
            ...attempt.payment,
            captured: BigInt(snapshot.captured),
            refunded: BigInt(snapshot.refunded),
          },
        }
      : attempt
  const settled = session.settled?.payment.id === paymentId ? then(session.settled) : null
  const state = snapshot.claimState ?? session.state
  return { ...session, state, settled, attempts: session.attempts.map(then), children: [] }
}

async function tellCheckout(deps: WritingDeps, event: StoredEvent): Told {
  const session = await getSession(deps, event.subjectId)
  const writing = await writingFor(deps, event.ownerId)
  return session.state === 'deleted' ? [] : tellPayment(deps, event, { session, writing })
}

// The payer has left without a try: as it was then, whatever he has done since.
async function tellGivenUp(deps: WritingDeps, event: StoredEvent): Told {
  const { state } = event.data as { state: ClaimState }
  const session = await getSession(deps, event.subjectId)
  const writing = await writingFor(deps, event.ownerId)
  const url = paymentUrl(session.checkout, writing.settings, 'canceled')
  if (session.state === 'deleted' || url === undefined) return []
  const left: Session = { ...session, state, attempts: [], settled: null, children: [] }
  const body = renderNotice({ session: left, hasGivenUp: true, at: event.createdAt }, writing)
  return [messageTo(deps, event, { name: PAYMENT_NOTICE, url, session, body })]
}

interface About {
  readonly session: Session
  readonly attempt?: Attempt
  readonly writing: MerchantWriting
}

type MerchantWriting = Awaited<ReturnType<typeof writingFor>>

async function tellPayment(deps: WritingDeps, event: StoredEvent, { writing, ...about }: About): Told {
  const { session, attempt } = about
  const url = paymentUrl(session.checkout, writing.settings, toldState(session.state, attempt))
  if (url === undefined) return []
  const card = await findCardOf(deps, session, attempt)
  const body = renderNotice({ ...about, card, at: event.createdAt }, writing)
  return [messageTo(deps, event, { name: PAYMENT_NOTICE, url, session, body })]
}

type ToldState = NonNullable<PluginSettings['states']>[number]

// A payment that is to be made in cash, and a card that was saved, are as good as paid.
function toldState(state: ClaimState, attempt: Attempt | undefined): ToldState {
  const result = attempt && attemptResult(attempt)
  if (result === 'canceled') return 'canceled'
  if (result === 'failed' || result === 'error') return 'failed'
  return state === 'authorized' ? 'authorized' : 'paid'
}

/**
 * Where the payments of a checkout are told: its own URL, or that of its type, which may want some states only. Undefined: nowhere.
 */
export function paymentUrl(
  checkout: Checkout | null,
  { plugins }: Pick<MerchantSettings, 'plugins'>,
  state?: ToldState,
): string | undefined {
  if (!checkout) return undefined
  if (checkout.webhookUrl !== null) return checkout.webhookUrl
  const { webhookUrl, states } = plugins[checkout.type]
  const isWanted = state === undefined || states === null || states.includes(state)
  return webhookUrl !== null && isWanted ? webhookUrl : undefined
}

async function tellOperation(deps: WritingDeps, event: StoredEvent): Told {
  const { claimId, claimState, operation } = event.data as unknown as PaymentSnapshot
  if (claimState === 'deleted' || !isBinding(operation)) return []
  const checkout = claimId === null ? undefined : await findCheckoutById(deps.pool, claimId)
  const writing = await writingFor(deps, event.ownerId)
  const urls = operationUrls(checkout ?? null, writing.settings)
  if (urls.length === 0) return []
  const row = (await listChildRows(deps.pool, [operation.id])).get(operation.id)
  // What another face did to a payment of its own, that face tells.
  if (!row && !checkout) return []
  if (row?.source === 'input' && !writing.settings.notifiesApiOperations) return []
  const { session, child } = await getSessionOfOperation(deps, operation.id)
  if (!session.children.some((one) => one.operation.id === operation.id)) return []
  const body = renderExternal({ session, child }, writing, 'unnamed')
  return urls.map((url) => messageTo(deps, event, { name: OPERATION_NOTICE, url, session, body }))
}

// A checkout's own URL is told only where its merchant has said nothing.
function operationUrls(
  checkout: Checkout | null,
  { operationsWebhookUrl, plugins }: Pick<MerchantSettings, 'operationsWebhookUrl' | 'plugins'>,
): readonly string[] {
  const general = [operationsWebhookUrl, checkout && plugins[checkout.type].webhookUrl]
  const urls = general.filter((url) => url !== null)
  return urls.length > 0 ? [...new Set(urls)] : checkout?.webhookUrl ? [checkout.webhookUrl] : []
}

async function disclose(deps: WritingDeps, event: StoredEvent): Told {
  const { url } = event.data as { url: string }
  const session = await findSession(deps, { merchantId: event.ownerId, id: event.subjectId })
  if (!session) return []
  const card = await findCardOf(deps, session, session.settled ?? session.attempts[0])
  const body = renderNotice({ session, card, at: event.createdAt }, await writingFor(deps, event.ownerId))
  return [messageTo(deps, event, { name: PAYMENT_NOTICE, url, session, body })]
}

interface Notice {
  readonly name: string
  readonly url: string
  readonly session: Session
  readonly body: object
}

const messageTo = ({ codes }: WritingDeps, event: StoredEvent, { name, url, session, body }: Notice): Message => ({
  event: name,
  to: noticeEndpointId(event.ownerId, url),
  object: { id: sessionIdOf(codes, session.id), version: BigInt(event.createdAt.getTime()) },
  body: JSON.stringify(body),
})
