// Sends the messages that are e-mails, at least once, as long as they are of use. The text with its code or link is made at
// the moment of sending and is never in the database.
import { DAY_MS, MINUTE_MS } from '../clock.ts'
import type { Pool } from '../db/pool.ts'
import { startPolling } from '../events/poll.ts'
import { type Log, maskCardNumbers } from '../log.ts'
import { claimEmails, type EmailClaim, type EmailMessage, markGivenUp, markSent, markUnsent } from './queries.ts'
import type { Mailer } from './smtp.ts'

export interface RenderedMessage {
  readonly subject: string
  readonly text: string
  readonly code?: string
  readonly url?: string
}

export interface MailWorkerDeps {
  readonly pool: Pool
  readonly mailer: Mailer
  readonly log: Log
  /** The words of a message; undefined when it is of no use any more, as after a newer code. */
  readonly renderMessage: (message: EmailMessage) => Promise<RenderedMessage | undefined> | RenderedMessage | undefined
  /** After the first failure, the second and so on; the last one repeats. */
  readonly delaysMs?: readonly number[]
  readonly intervalMs?: number
}

export interface MailWorker {
  /** Waits for the mails that are being sent. The mailer stays open. */
  stop(): Promise<void>
  /** Says that a message was committed. */
  nudge(): void
}

const LIMIT = 10
const LEASE_MS = 60_000 // More than a mail takes with every time limit of the mailer used up.

interface Class extends Pick<EmailClaim, 'content' | 'lifeMs'> {
  readonly delaysMs: readonly number[]
}

// Codes are over after a quarter of an hour. The rest is worth some days of a mail server's silence, at longer intervals.
const CLASSES: readonly Class[] = [
  { content: 'code', lifeMs: 15 * MINUTE_MS, delaysMs: [5000, 15_000, 30_000, 60_000, 120_000] },
  { content: 'other', lifeMs: 3 * DAY_MS, delaysMs: [5000, 30_000, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS] },
]

/** Starts the worker. Any number of processes may run theirs on one database. */
export function startMailWorker(deps: MailWorkerDeps): MailWorker {
  return startPolling({
    name: 'e-mail',
    step: () => sendEmails(deps),
    log: deps.log,
    ...(deps.intervalMs === undefined ? {} : { intervalMs: deps.intervalMs }),
  })
}

/** Sends what is due, at most ten of those with codes and ten others, all at once; true when there may be more. */
export async function sendEmails(deps: MailWorkerDeps): Promise<boolean> {
  const counts = await Promise.all(
    CLASSES.map(async (kind) => {
      const { content, lifeMs } = kind
      const messages = await claimEmails(deps.pool, { content, lifeMs, limit: LIMIT, leaseMs: LEASE_MS })
      await Promise.all(messages.map((message) => sendEmail(deps, kind, message)))
      return messages.length
    }),
  )
  return counts.some((count) => count === LIMIT)
}

async function sendEmail(deps: MailWorkerDeps, kind: Class, message: EmailMessage): Promise<void> {
  const { id, recipient, attempts } = message
  let isGivenUp = false
  try {
    const rendered = await deps.renderMessage(message)
    if (rendered) await deps.mailer.send({ to: recipient, subject: rendered.subject, text: rendered.text, id })
    else isGivenUp = true
  } catch (error) {
    const { delaysMs = kind.delaysMs } = deps
    const delayMs = delaysMs[attempts - 1] ?? delaysMs.at(-1) ?? 0
    const reason = storable(error)
    // Only the words: what nodemailer attaches to its errors is the conversation with the server.
    deps.log.warn({ message: id, attempts, reason }, 'an e-mail was not sent')
    await markUnsent(deps.pool, id, { error: reason, delayMs, lifeMs: kind.lifeMs })
    return
  }
  if (isGivenUp) await markGivenUp(deps.pool, id, 'of no use any more')
  else await markSent(deps.pool, id)
}

const storable = (error: unknown): string =>
  maskCardNumbers(String(error instanceof Error ? error.message : error).replaceAll('\0', ''))
