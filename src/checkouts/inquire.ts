// Asks gateways what became of the tries to pay a session, because its merchant wants to know now. How often is bounded: the gateways
// are asked on a schedule of their own anyway.
import { type Books, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { after, DAY_MS, hasPassed, MINUTE_MS } from '../clock.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { ClaimState } from '../payments/claim-states.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { resolveOperation } from '../payments/resolve.ts'
import { findSession } from './find.ts'
import type { Session } from './session.ts'

/** How often somebody has asked about something since a window began. */
interface InquiryCount {
  /** Of the session, or of the merchant for all of its sessions. */
  readonly id: string
  readonly count: number
  readonly since: Date
  readonly lastAt: Date
}

export const inquiryCountShelf = tableShelf<InquiryCount>({
  name: 'inquiry_counts',
  columns: { id: 'uuid', count: 'integer', since: 'timestamptz', lastAt: 'timestamptz' },
  key: ['id'],
  mutable: ['count', 'since', 'lastAt'],
})

const QUIET_MS = 10 * MINUTE_MS // After the payer began: his bank may still be deciding.
const GAP_MS = 30 * MINUTE_MS
const PER_DAY = 3
const PER_MINUTE = 30

/**
 * The session as it is known after asking. What is final is answered at once. Throws `rate_limited` with the seconds to wait, and
 * `payment_state_invalid` when nothing was tried that could be asked about.
 */
export async function inquireSession(deps: GatewayDeps, session: Session): Promise<Session> {
  if (!isInquirable(session.state)) {
    if (session.state === 'created')
      throw new AppError('payment_state_invalid', { message: 'No payment attempts found for this Lookup' })
    return session
  }
  await countInquiry(deps, session)
  // All of them: a success at an older one wins, too.
  for (const { operation } of session.attempts) await resolveOperation(deps, operation.id)
  return (await findSession(deps, { merchantId: session.merchantId, id: session.id })) ?? session
}

const isInquirable = (state: ClaimState): boolean =>
  state === 'pending' || state === 'attempted' || state === 'failed' || state === 'expired'

async function countInquiry({ lane }: Pick<Deps, 'lane'>, session: Session): Promise<void> {
  const { id, merchantId, checkout, attempts } = session
  const createdAt = checkout?.createdAt ?? attempts[0]?.payment.createdAt
  await lane.run({
    name: 'count inquiry',
    needs: [need(inquiryCountShelf, id), need(inquiryCountShelf, merchantId)],
    decide: (books) => {
      if (createdAt && !hasPassed(after(createdAt, QUIET_MS), books.now))
        throw refuse(after(createdAt, QUIET_MS), books.now)
      const last = books.find(inquiryCountShelf, id)
      if (last && !hasPassed(after(last.lastAt, GAP_MS), books.now)) throw refuse(after(last.lastAt, GAP_MS), books.now)
      count(books, { id, windowMs: DAY_MS, max: PER_DAY })
      count(books, { id: merchantId, windowMs: MINUTE_MS, max: PER_MINUTE })
      return null
    },
  })
}

interface Window {
  readonly id: string
  readonly windowMs: number
  readonly max: number
}

function count(books: Books, { id, windowMs, max }: Window): void {
  const known = books.find(inquiryCountShelf, id)
  const isOver = !known || hasPassed(after(known.since, windowMs), books.now)
  const current = isOver ? { id, count: 0, since: books.now, lastAt: books.now } : known
  if (current.count >= max) throw refuse(after(current.since, windowMs), books.now)
  books.put(inquiryCountShelf, { ...current, count: current.count + 1, lastAt: books.now })
}

const refuse = (until: Date, now: Date): AppError => {
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000))
  const message = `Request was throttled. Expected available in ${retryAfterSeconds} seconds.`
  return new AppError('rate_limited', { retryAfterSeconds, message })
}
