// What only a sandbox has: reading the messages that people would have got, and moving business time forward.
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Pool } from '../db/pool.ts'
import { invalidField } from '../errors.ts'
import { createBearerGate } from '../http/bearer.ts'
import { compileBody, compileQuery } from '../http/validate.ts'
import { type MessageTextDeps, messageText } from '../pages/message-text.ts'
import { listMessages, type MessageDetails } from '../pages/queries.ts'
import type { Secret } from '../secret.ts'
import { advanceBusinessClock } from './queries.ts'

export interface SandboxOptions {
  readonly pool: Pool
  /** What the words of messages are made with. */
  readonly deps: MessageTextDeps
  /** Whoever has it may do all of this. */
  readonly token: Secret<string>
  /** Called after the clock was moved, so that what has expired by then does so at once. */
  readonly nudge: () => void
}

const MESSAGES_MAX = 100
const YEAR_SECONDS = 31_536_000
const OFFSET_SECONDS_MAX = 100 * YEAR_SECONDS // Beyond it dates stop looking like dates.

const MessagesQuery = Type.Object({ to: Type.String({ minLength: 1, maxLength: 320 }) })
const ClockBody = Type.Object({ advanceSeconds: Type.Integer({ minimum: 1, maximum: YEAR_SECONDS }) })

/** A message as the sandbox shows it. */
export interface SandboxMessage {
  readonly to: string
  readonly channel: string
  readonly kind: string
  readonly text: string
  readonly code?: string
  readonly url?: string
  readonly at: string
}

/** Serves `GET /sandbox/messages?to=` and `POST /sandbox/clock`. Only to be called in sandbox mode. */
export function registerSandbox(app: FastifyInstance, { pool, deps, token, nudge }: SandboxOptions): void {
  const readQuery = compileQuery(MessagesQuery)
  const readBody = compileBody(ClockBody)
  app.addHook('onRequest', createBearerGate(token))

  app.get('/sandbox/messages', async ({ query }): Promise<SandboxMessage[]> => {
    const { to } = readQuery(query) as Static<typeof MessagesQuery>
    const messages = await listMessages(pool, to, MESSAGES_MAX)
    return messages.map((message) => toSandboxMessage(deps, message))
  })

  app.post('/sandbox/clock', async ({ body }): Promise<{ now: string; offsetSeconds: number }> => {
    const { advanceSeconds } = readBody(body) as Static<typeof ClockBody>
    const clock = await advanceBusinessClock(pool, { seconds: advanceSeconds, offsetSecondsMax: OFFSET_SECONDS_MAX })
    if (!clock) throw invalidField('advanceSeconds', 'would move the clock more than 100 years ahead')
    nudge()
    return { now: clock.now.toISOString(), offsetSeconds: Number(clock.offsetSeconds) }
  })
}

function toSandboxMessage(deps: MessageTextDeps, message: MessageDetails): SandboxMessage {
  const { kind, channel, recipient, createdAt } = message
  const { text, code, url } = messageText(deps, message)
  return {
    to: recipient,
    channel,
    kind,
    text,
    ...(code !== undefined && { code }),
    ...(url !== undefined && { url }),
    at: createdAt.toISOString(),
  }
}
