// The sandbox gateway: an acquirer to try things out with, as a server of its own with a book of its own. It runs in
// Florin's process or alone.
import { createServer, type Server } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type FastifyInstance, fastify } from 'fastify'
import type { Pool } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import { startPolling } from '../events/poll.ts'
import { createEgress, type Egress } from '../http/egress.ts'
import { createErrorHandler } from '../http/refusals.ts'
import { registerBodyParser } from '../http/serve-face.ts'
import { JSON_BODIES } from '../http/transport.ts'
import type { Log } from '../log.ts'
import type { Secret } from '../secret.ts'
import { registerApi } from './api.ts'
import { expireChallenges } from './challenge.ts'
import { registerSandboxGateway } from './control.ts'
import { type NotifierDeps, sendNotification, sendNotifications } from './notifications.ts'
import { settleOperations } from './queries.ts'

export interface SandboxGatewayOptions {
  /** Of a migrated database; stays the caller's. */
  readonly pool: Pool
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Whoever has it may arm faults and read the book. */
  readonly token: Secret<string>
  /** Business time. */
  readonly now: () => Promise<Date>
  readonly log: Log
  /** Where payers reach `/sandbox/gateway/acs`, without a trailing slash; the gateway's own address unless told. */
  readonly publicUrl?: () => string
  /** How long the slow faults hold an answer back: longer than any client waits. */
  readonly holdMs?: number
  /** Carries notifications; unless told it reaches public addresses and this machine. */
  readonly egress?: Egress
}

export interface SandboxGateway {
  /** Where connectors reach it. */
  readonly baseUrl: string
  /** Has decided later what is due, and told whoever is to be told. For whoever has moved the clock. */
  nudge(): void
  /** Cuts whatever is held back and leaves nothing running. */
  close(): Promise<void>
}

const HOLD_MS = 60_000
const RESET_AFTER_MS = 50 // For the request to be on its way: it is reset unread.
const POLL_MS = 500
const NUDGE_MS = 250 // A notification is due 200 ms after the operation.
const NOTIFY_TIMEOUT_MS = 5000
const BATCH = 100

/** Starts it. Throws an Error when the port is taken. */
export async function startSandboxGateway(options: SandboxGatewayOptions): Promise<SandboxGateway> {
  const { pool, log, now, host } = options
  const closing = new AbortController()
  const notifier: NotifierDeps = {
    ...{ pool, now, log },
    egress: options.egress ?? createEgress({ allow: 'loopback', timeoutMs: NOTIFY_TIMEOUT_MS }),
  }
  const worker = startPolling({ name: 'sandbox gateway', step: () => catchUp(notifier), log, intervalMs: POLL_MS })
  const nudge = (): void => worker.nudge()
  const trap = await listenToReset(host)
  let address = ''
  const app = await createApp(options, nudge, (scope) =>
    registerApi(scope, {
      ...{ pool, log, now },
      acsUrl: () => `${options.publicUrl?.() ?? address}/sandbox/gateway/acs`,
      holdMs: options.holdMs ?? HOLD_MS,
      signal: closing.signal,
      resetPort: () => trap.port,
      sendNow: (id) => sendNotification(notifier, id),
      nudge: () => setTimeout(nudge, NUDGE_MS).unref(),
    }),
  )
  const close = async (): Promise<void> => {
    closing.abort()
    trap.server.close()
    const closed = app.close()
    app.server.closeAllConnections()
    await Promise.all([closed, worker.stop()])
  }
  try {
    address = await app.listen({ host, port: options.port })
  } catch (error) {
    await close()
    throw error
  }
  return { baseUrl: address, nudge, close }
}

async function createApp(
  options: SandboxGatewayOptions,
  nudge: () => void,
  register: (scope: FastifyInstance) => void,
): Promise<FastifyInstance> {
  const app = fastify({ logger: false, exposeHeadRoutes: false, forceCloseConnections: true })
  app.setErrorHandler(createErrorHandler({ faces: [], log: options.log, challenges: ['Bearer'] }))
  app.setNotFoundHandler(() => {
    throw new AppError('route_not_found')
  })
  registerBodyParser(app, JSON_BODIES)
  await app.register(async (scope) => register(scope))
  await app.register(async (scope) => registerSandboxGateway(scope, { ...options, nudge }))
  await app.ready()
  return app
}

// Whatever is due by the clock. True when there may be more.
async function catchUp(notifier: NotifierDeps): Promise<boolean> {
  const { pool } = notifier
  const now = await notifier.now()
  const settled = await settleOperations(pool, { now, limit: BATCH })
  const expired = await expireChallenges(pool, now)
  const sent = await sendNotifications(notifier)
  return settled > 0 || expired > 0 || sent
}

// A port on which every connection is accepted and reset, its request unread.
async function listenToReset(host: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ pauseOnConnect: true }, async (socket) => {
    socket.on('error', () => undefined)
    await wait(RESET_AFTER_MS)
    socket.resetAndDestroy()
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port: 0 }, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a port was expected')
  return { server, port: address.port }
}
