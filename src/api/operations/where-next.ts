// Where a payer goes whose payment is final: what the merchant's receiver answered to the notice of it decides.
import type { Session } from '../../checkouts/session.ts'
import { type NoticeQuery, noticeOutcome } from '../../webhooks/outcome.ts'
import { type WritingDeps, writingFor } from './context.ts'
import { PAYMENT_NOTICE, paymentUrl } from './events.ts'

const MORE_MS = 2000 // For the notice to be written and sent.

/**
 * `redirect`: to the merchant's own page, because the receiver answered 200, or nobody is told. `summary`: to ours, because it answered
 * anything else, or not in the time that the merchant gives it.
 */
export async function whereNext(deps: WritingDeps & { readonly nudge: () => void }, session: Session) {
  const { settings } = await writingFor(deps, session.merchantId)
  const url = paymentUrl(session.checkout, settings)
  if (url === undefined) return 'redirect'
  const outcome = await noticeOutcome(deps.pool, queryOf(session, url), {
    timeoutMs: settings.timeoutMs + MORE_MS,
    nudge: deps.nudge,
  })
  const isTaken = outcome.kind === 'none' || (outcome.kind === 'answered' && outcome.status === 200)
  return isTaken ? 'redirect' : 'summary'
}

function queryOf({ id, merchantId, state, settled, attempts }: Session, url: string): NoticeQuery {
  const attempt = state === 'cod' ? undefined : (settled ?? attempts[0])
  return { merchantId, url, subjectId: attempt?.payment.id ?? id, eventName: PAYMENT_NOTICE }
}
