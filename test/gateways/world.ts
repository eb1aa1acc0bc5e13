// A running sandbox gateway, an account at it, and somebody who takes its notifications: for tests.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { Pool } from '../../src/db/pool.ts'
import type { Gateway } from '../../src/gateways/connector.ts'
import {
  createGatewayHttp,
  type GatewayExchange,
  type GatewayHttp,
  type GatewayHttpOptions,
} from '../../src/gateways/http.ts'
import { advanceBusinessClock, selectBusinessNow } from '../../src/sandbox/queries.ts'
import { type SandboxGateway, startSandboxGateway } from '../../src/sandbox-gateway/start.ts'
import type { BookRow } from '../../src/sandbox-gateway/view.ts'
import { Secret } from '../../src/secret.ts'
import { openDatabase } from '../helpers/database.ts'
import { createCall } from '../helpers/florin.ts'

export interface Notified {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface SandboxWorld {
  readonly pool: Pool
  readonly server: SandboxGateway
  readonly token: string
  /** A new account of its own at the gateway. */
  account(options?: Partial<GatewayHttpOptions>): Gateway & { readonly exchanges: readonly GatewayExchange[] }
  /** What came to `notificationUrl`; it answers with `answerStatus`. */
  readonly notified: Notified[]
  readonly notificationUrl: string
  answerStatus: number
  /** The sandbox endpoints, with the token. */
  control: ReturnType<typeof createCall>
  arm(fault: object): Promise<void>
  book(reference: string): Promise<BookRow | undefined>
  /** How often each mode has fired, by number. */
  census(): Promise<ReadonlyMap<number, number>>
  advance(seconds: number): Promise<void>
}

/** Starts it on a database of its own; it ends with the test or file that asked for it. */
export async function startSandboxWorld(
  end: (close: () => Promise<void>) => void = onTestFinished,
): Promise<SandboxWorld> {
  const { pool } = await openDatabase()
  const token = randomBytes(16).toString('hex')
  const receiver = await startReceiver()
  const server = await startSandboxGateway({
    ...{ pool, host: '127.0.0.1', port: 0, holdMs: 8000 },
    token: new Secret(token),
    now: () => selectBusinessNow(pool),
    log: pino({ level: 'silent' }),
  })
  const transports: { close(): Promise<void> }[] = []
  end(async () => {
    await Promise.all(transports.map((transport) => transport.close()))
    await server.close()
    await receiver.close()
  })
  const control = createCall(server.baseUrl, `Bearer ${token}`)
  const world: SandboxWorld = {
    ...{ pool, server, token, control, notified: receiver.notified, notificationUrl: receiver.url },
    get answerStatus() {
      return receiver.status
    },
    set answerStatus(status) {
      receiver.status = status
    },
    account: (options = {}) => {
      const exchanges: GatewayExchange[] = []
      const transport = createGatewayHttp({ totalMs: 5000, ...options })
      transports.push(transport)
      const http: GatewayHttp = { send: (request) => transport.send(request, (exchange) => exchanges.push(exchange)) }
      const credentials = { apiKey: new Secret(`key_${randomBytes(16).toString('hex')}`) }
      return { baseUrl: server.baseUrl, credentials, terminalId: '1', http, exchanges }
    },
    arm: async (fault) => {
      const { status, body } = await control('POST', '/sandbox/gateway/faults', JSON.stringify(fault))
      if (status !== 200) throw new Error(`arming answered ${status} ${JSON.stringify(body)}`)
    },
    book: async (reference) => (await control('GET', `/sandbox/gateway/book?reference=${reference}`)).body[0],
    census: async () => {
      const { body } = await control('GET', '/sandbox/gateway/faults')
      return new Map(body.modes.map(({ number, fired }: { number: number; fired: number }) => [number, fired]))
    },
    advance: async (seconds) => {
      await advanceBusinessClock(pool, { seconds, offsetSecondsMax: 2 ** 40 })
      server.nudge()
    },
  }
  return world
}

interface Receiver {
  readonly url: string
  readonly notified: Notified[]
  status: number
  close(): Promise<void>
}

async function startReceiver(): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    receiver.notified.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(receiver.status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notifications`,
    notified: [],
    status: 200,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}

/** What is answered under the addresses that begin with each path: the first that fits. */
export type ImitatedAnswers = Readonly<Record<string, readonly [status: number, body: string]>>

/** A server that answers as it is told, whatever it is asked, until the test ends. */
export async function imitateGateway(
  answers: ImitatedAnswers,
): Promise<{ readonly baseUrl: string; readonly seen: readonly string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url?.split('?')[0]}`)
    const found = Object.entries(answers).find(([path]) => request.url?.startsWith(path))
    const [status, body] = found?.[1] ?? [404, '']
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
