// How an answer leaves the gateway: as it should, or as its fault wants it. Real bytes on the real socket.
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { formatAmount, parseAmount } from '../money.ts'
import type { FaultName } from './modes.ts'
import type { CardView, OperationView } from './view.ts'

export interface Faulty {
  readonly fault: FaultName | undefined
  /** How long the slow faults hold an answer back. */
  readonly holdMs: number
  /** The gateway is closing: nothing is held any longer. */
  readonly signal: AbortSignal
  /** The id of an older operation, for the fault that repeats it. */
  readonly otherId?: string
}

const NO_OTHER_ID = 'SG0000000000000000'
const RETRY_AFTER_SECONDS = 1
const FLUSH_MS = 20 // For the bytes before a reset to leave: a reset overtakes what was not sent yet.

/** What the gateway says of something that it did; an operation, or a card that it keeps. */
type View = OperationView | CardView

/** Answers for what was done. */
export async function answerDone(
  request: FastifyRequest,
  reply: FastifyReply,
  view: View,
  faulty: Faulty,
): Promise<FastifyReply> {
  const text = JSON.stringify(falsify(view, faulty))
  const json = (body: string): FastifyReply => reply.code(200).type('application/json; charset=utf-8').send(body)
  switch (faulty.fault) {
    case 'late-did':
      await hold(request, faulty)
      return json(text)
    case 'reset-after-doing':
    case 'not-found-first':
      return reset(request, reply)
    case 'reset-mid-answer':
      return resetMidAnswer(request, reply, text)
    case 'cut-json':
      return json(text.slice(0, Math.floor(text.length / 2)))
    case 'html':
      return reply.code(200).type('text/html').send('<!doctype html><title>Gateway</title><p>Please try again later.')
    case 'error-did':
      return reply.code(500).send(failure('internal', 'Something went wrong.'))
    default:
      return json(text)
  }
}

// What is about money never happens to cards.
function falsify(view: View, { fault, otherId }: Faulty): View {
  if (fault === 'wrong-reference') return { ...view, reference: otherReference(view) }
  if (!('amount' in view)) return view
  switch (fault) {
    case 'wrong-amount':
      return { ...view, amount: addOneUnit(view) }
    case 'wrong-currency':
      return { ...view, currency: view.currency === 'XCD' ? 'AWG' : 'XCD' }
    case 'duplicate-id':
      return { ...view, id: otherId ?? NO_OTHER_ID }
    default:
      return view
  }
}

/** The faults under which nothing is done; undefined for all others. */
export function answerUndone(
  request: FastifyRequest,
  reply: FastifyReply,
  faulty: Faulty,
): Promise<FastifyReply> | FastifyReply | undefined {
  switch (faulty.fault) {
    case 'refuse-connect':
    case 'dns-fail':
    case 'tls-fail':
    case 'reset-before-read': // Asked for by whoever did not ask the directory first.
      return reset(request, reply)
    case 'never-answer':
      return hold(request, faulty).then(() => reset(request, reply))
    case 'late-did-not':
      return hold(request, faulty).then(() => reply.code(504).send(failure('timeout', 'The issuer did not answer.')))
    case 'error-did-not':
      return reply.code(500).send(failure('internal', 'Something went wrong.'))
    case 'unavailable':
      return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send(failure('unavailable', 'Try again later.'))
    case 'too-many':
      return reply
        .code(429)
        .header('retry-after', RETRY_AFTER_SECONDS)
        .send(failure('too_many_requests', 'Too many requests.'))
    default:
      return undefined
  }
}

/** An error as the gateway words it. */
export const failure = (code: string, message: string, reference?: string) => ({
  error: { code, message },
  ...(reference !== undefined && { reference }),
})

/** Cuts the connection with a reset, without an answer. */
export function reset(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack()
  request.raw.socket.resetAndDestroy()
  return reply
}

async function resetMidAnswer(request: FastifyRequest, reply: FastifyReply, text: string): Promise<FastifyReply> {
  reply.hijack()
  const { socket } = request.raw
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`
  await new Promise((resolve) => socket.write(head + text.slice(0, Math.floor(text.length / 2)), resolve))
  await wait(FLUSH_MS)
  socket.resetAndDestroy()
  return reply
}

// Until the time is over, the caller is gone, or the gateway closes.
async function hold(request: FastifyRequest, { holdMs, signal }: Faulty): Promise<void> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  request.raw.socket.once('close', end)
  try {
    await wait(holdMs, undefined, { signal: AbortSignal.any([signal, ended.signal]) })
  } catch {
    // Nobody waits any more.
  } finally {
    request.raw.socket.off('close', end)
  }
}

function addOneUnit({ amount, currency }: OperationView): string {
  const money = parseAmount(amount, currency)
  return formatAmount({ ...money, amount: money.amount + 1n })
}

const otherReference = ({ reference }: View): string => (reference.startsWith('0') ? '1' : '0') + reference.slice(1)
