// How connectors call out: one request, bounded in time, and errors that say whether anything can have arrived.
import { Agent, buildConnector, type Dispatcher, request } from 'undici'

export interface GatewayHttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Less than the transport's own limit, for a call that should be quick. */
  readonly totalMs?: number
}

export interface GatewayHttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface GatewayHttp {
  /** Throws `NotSentError` when nothing can have arrived, `UnansweredError` when it may have. */
  send(request: GatewayHttpRequest): Promise<GatewayHttpAnswer>
}

/** The request certainly did not arrive: no address, no connection, no TLS. */
export class NotSentError extends Error {}

/** The request may have arrived, and no whole answer did. */
export class UnansweredError extends Error {}

export interface GatewayHttpOptions {
  /** To be connected, TLS included. */
  readonly connectMs?: number
  /** From the call to the last byte of its answer. */
  readonly totalMs: number
}

/** Sees a request and what became of it, in the clear: whoever keeps it scrubs it first. */
export type Observe = (exchange: GatewayExchange) => void

export interface GatewayTransport {
  /** Like `GatewayHttp.send`; `observe` sees the exchange. */
  send(request: GatewayHttpRequest, observe?: Observe): Promise<GatewayHttpAnswer>
  close(): Promise<void>
}

export interface GatewayExchange {
  readonly request: GatewayHttpRequest
  readonly answer: GatewayHttpAnswer | undefined
  readonly error: string | undefined
  readonly durationMs: number
}

const CONNECT_MS = 3000
const BODY_BYTES_MAX = 256 * 1024

/** Makes the transport of connectors. The caller closes it. */
export function createGatewayHttp({ connectMs = CONNECT_MS, totalMs }: GatewayHttpOptions): GatewayTransport {
  // One request a connection at a time and none reused after an idle second: a connection that the gateway has just
  // closed would turn a request that never arrived into one that may have.
  const agent = new Agent({ connect: connectOrNotSent(connectMs), pipelining: 1, keepAliveTimeout: 1000 })
  const call = async (asked: GatewayHttpRequest): Promise<GatewayHttpAnswer> => {
    const signal = AbortSignal.timeout(Math.min(asked.totalMs ?? totalMs, totalMs))
    try {
      const { statusCode, headers, body } = await request(asked.url, {
        dispatcher: agent,
        method: asked.method,
        headers: { ...asked.headers },
        ...(asked.body !== undefined && { body: asked.body }),
        signal,
      })
      return { status: statusCode, headers, body: await readBody(body) }
    } catch (error) {
      throw toTransportError(error, signal.aborted)
    }
  }
  return {
    async send(asked, observe) {
      const startedAt = performance.now()
      const tell = (answer: GatewayHttpAnswer | undefined, error: string | undefined): void =>
        observe?.({ request: asked, answer, error, durationMs: Math.round(performance.now() - startedAt) })
      try {
        const answer = await call(asked)
        tell(answer, undefined)
        return answer
      } catch (error) {
        tell(undefined, (error as Error).message)
        throw error
      }
    },
    close: () => agent.destroy(),
  }
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) throw new Error(`the answer has more than ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

// Whatever fails before there is a connection, TLS included, failed before the first byte of a request. The codes of errors
// would not say so: some of TLS and of sockets come before a request and after it.
function connectOrNotSent(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) callback(new NotSentError(nameOf(error), { cause: error }), null)
      else callback(null, socket)
    })
}

function toTransportError(error: unknown, isTimeout: boolean): Error {
  if (error instanceof NotSentError) return error
  return new UnansweredError(isTimeout ? 'no answer in time' : nameOf(error as Error), { cause: error })
}

const nameOf = (error: Error & { code?: string }): string => error.code ?? error.message
