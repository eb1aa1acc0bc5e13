// The wiring: the only file that sees everything. Builds the lane, the faces, the jobs and the server over one database.
import type { FastifyInstance } from 'fastify'
import { renderIssuingEvent } from './api/issuing/events.ts'
import { createIssuingFace } from './api/issuing/routes.ts'
import { createPartnerConnectFace } from './api/partner-connect/routes.ts'
import { findMd5Problem } from './api/transaction-services/checksum.ts'
import { createTransactionServicesFaces } from './api/transaction-services/routes.ts'
import { bearerOf } from './bindings/bearer.ts'
import { createCodes } from './bindings/codes.ts'
import { createLane, type Lane } from './books/lane.ts'
import { createBusinessClock } from './clock.ts'
import type { Config } from './config.ts'
import { expectedVersion, schemaVersion } from './db/migrate.ts'
import { connect, createPool, type Pool } from './db/pool.ts'
import type { Deps } from './deps.ts'
import { createGatewayAccess } from './gateways/access.ts'
import { createBreaker } from './gateways/breaker.ts'
import { findConnector } from './gateways/index.ts'
import { registerNotifications } from './gateways/routes.ts'
import { createEgress } from './http/egress.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import { createRateLimit } from './http/rate-limit.ts'
import { createServer } from './http/server.ts'
import { startExpiry } from './jobs/expire.ts'
import { startNotifications } from './jobs/notifications.ts'
import { startRefundingSurplus } from './jobs/refund-surplus.ts'
import { startResolving } from './jobs/resolve.ts'
import { startTidying } from './jobs/tidy.ts'
import type { Log } from './log.ts'
import { createDirectory } from './members/directory.ts'
import { createTokens } from './members/tokens.ts'
import { createMailer } from './notify/smtp.ts'
import { startMailWorker } from './notify/worker.ts'
import { type MessageTextDeps, renderMessage } from './pages/message-text.ts'
import { registerSecureContent } from './pages/secure-content.ts'
import { createCalls } from './payments/calls.ts'
import { createAuthenticator } from './principals/authenticate.ts'
import { selectBusinessNow } from './sandbox/queries.ts'
import { registerSandbox } from './sandbox/routes.ts'
import type { Secret } from './secret.ts'
import type { Settings } from './settings.ts'
import { SHELVES } from './shelves.ts'
import type { Keys } from './vault/keys.ts'
import { createVault, REFRESH_INTERVAL_MS } from './vault/vault.ts'
import { renderAll } from './webhooks/fan-out.ts'
import { startWebhookWorker } from './webhooks/worker.ts'

export interface AppOptions {
  readonly config: Pick<
    Config,
    | 'host'
    | 'port'
    | 'publicUrl'
    | 'requestsPerMinute'
    | 'allowBasic'
    | 'allowLoopbackEgress'
    | 'trustedProxies'
    | 'smtp'
  >
  /** The app role's. */
  readonly databaseUrl: string
  readonly keys: Keys
  readonly settings: Settings
  readonly log: Log
  /** Opens the sandbox endpoints; only used in sandbox mode. */
  readonly sandboxToken?: Secret<string>
}

export interface App {
  readonly baseUrl: string
  readonly deps: Deps
  readonly pool: Pool
  /** Answers what has arrived, finishes the batch, and leaves nothing running. */
  close(): Promise<void>
}

/** Starts a Florin on a migrated database. Throws an Error that names a wrong key, or the port that is taken. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, databaseUrl, keys, settings, log } = options
  const pool = createPool(databaseUrl, { applicationName: 'florin', log })
  const metrics = createMetrics({ pool, queued: () => lane.queued() })
  const vault = await createVault({ pool, keys }).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  const lane = startLane(databaseUrl, log, metrics, () => webhooks.nudge())
  const baseUrl = (): string => config.publicUrl ?? address
  let address = ''
  const codes = createCodes(keys.codeKey)
  const gateways = createGatewayAccess({
    pool,
    vault,
    log,
    findConnector,
    breaker: createBreaker(),
    baseUrl,
    returnPath: (operationId) => `/transaction/Return/${bearerOf(codes, 'return-page', operationId)}`,
    challengePath: (operationId) => `/transaction/Challenge/${bearerOf(codes, 'challenge-page', operationId)}`,
    timeoutMs: settings.gatewayTimeoutMs,
  })
  const deps: Deps = { lane, pool, vault, codes, settings, gateways, calls: createCalls(), log }
  const egress = createEgress({ allow: config.allowLoopbackEgress ? 'loopback' : 'public' })
  const webhooks = startWebhookWorker({
    pool,
    log,
    egress,
    webhookKey: keys.webhookKey,
    render: renderAll([(event) => renderIssuingEvent(deps, event)]),
  })
  const expiry = startExpiry({ deps, log })
  const resolving = startResolving(deps)
  const notifications = startNotifications(deps)
  const surplus = startRefundingSurplus(deps)
  const tidying = startTidying({ pool, log })
  const refreshing = setInterval(() => {
    vault.refresh().catch((error: unknown) => log.warn({ err: error }, 'the vault did not refresh its data keys'))
  }, REFRESH_INTERVAL_MS)
  const mail = config.smtp && startMail({ ...deps, baseUrl }, config.smtp, log)

  const server = await createServer({
    faces: [
      createPartnerConnectFace(deps),
      createIssuingFace({ ...deps, egress, webhookKey: keys.webhookKey, baseUrl }),
      ...createTransactionServicesFaces(openMembers(options, deps)),
    ],
    log,
    authenticator: createAuthenticator({
      db: pool,
      secretKey: keys.credentialKey.reveal(),
      allowBasic: config.allowBasic,
    }),
    rateLimit: createRateLimit({
      requestsPerMinute: config.requestsPerMinute,
      failuresPerMinute: settings.sandbox ? FAILURES_PER_MINUTE_SANDBOX : FAILURES_PER_MINUTE,
    }),
    metrics,
    readiness: () => checkReadiness(pool),
    extraRoutes: [
      (scope) => registerSecureContent(scope, deps),
      (scope) => registerNotifications(scope, { pool, gateways, nudge: () => notifications.nudge() }),
      ...sandboxRoutes(options, pool, { ...deps, baseUrl }, () => {
        expiry.nudge()
        resolving.nudge()
      }),
    ],
    trustedProxies: config.trustedProxies,
  })
  const close = async (): Promise<void> => {
    clearInterval(refreshing)
    await server.close()
    await deps.calls.settled(CALLS_END_MS)
    const workers = [webhooks, expiry, resolving, notifications, surplus, tidying, mail]
    await Promise.all(workers.map((worker) => worker?.stop()))
    await gateways.close()
    await lane.close()
    await pool.end()
  }
  try {
    address = await server.listen({ host: config.host, port: config.port })
  } catch (error) {
    await close()
    throw error
  }
  return { baseUrl: baseUrl(), deps, pool, close }
}

function startLane(databaseUrl: string, log: Log, metrics: Metrics, onCommit: () => void): Lane {
  return createLane({
    connect: () =>
      connect(databaseUrl, {
        applicationName: 'florin lane',
        statementTimeoutMs: LANE_STATEMENT_TIMEOUT_MS,
        answerTimeoutMs: LANE_ANSWER_TIMEOUT_MS,
      }),
    shelves: SHELVES,
    log,
    observe: ({ size, decideMs, commitMs }) => {
      metrics.laneBatchSize.observe(size)
      metrics.laneDecideSeconds.observe(decideMs / 1000)
      metrics.laneCommitSeconds.observe(commitMs / 1000)
      onCommit()
    },
  })
}

const CALLS_END_MS = 10_000 // What a gateway has not answered by then is asked for after the next start.

const FAILURES_PER_MINUTE = 60
const FAILURES_PER_MINUTE_SANDBOX = 10_000 // Whoever tries out wrong passwords on one machine must not lock himself out.

const LANE_ANSWER_TIMEOUT_MS = 15_000 // After every statement timeout, so only a dead network gets this far.
const LANE_STATEMENT_TIMEOUT_MS = 10_000 // A batch that waits longer for a lock gives way and is run again.

const CLOCK_AGE_MS_MAX = 1000

function openMembers({ keys, settings, log }: AppOptions, { pool, vault }: Deps) {
  const md5Problem = findMd5Problem()
  if (md5Problem !== undefined) log.warn(md5Problem)
  return {
    db: pool,
    directory: createDirectory({ db: pool, vault }),
    tokens: createTokens(keys.credentialKey),
    // A sandbox's time jumps, and what has expired by then must have expired at once.
    clock: createBusinessClock({
      read: () => selectBusinessNow(pool),
      maxAgeMs: settings.sandbox ? 0 : CLOCK_AGE_MS_MAX,
    }),
  }
}

function startMail(
  deps: Deps & MessageTextDeps,
  smtp: NonNullable<Config['smtp']>,
  log: Log,
): { stop(): Promise<void> } {
  const mailer = createMailer(smtp)
  const worker = startMailWorker({
    pool: deps.pool,
    mailer,
    log,
    renderMessage: (message) => renderMessage(deps, message),
  })
  return {
    stop: async () => {
      await worker.stop()
      mailer.close()
    },
  }
}

function sandboxRoutes(
  { settings, sandboxToken }: AppOptions,
  pool: Pool,
  deps: MessageTextDeps,
  nudge: () => void,
): ((scope: FastifyInstance) => void | Promise<void>)[] {
  if (!settings.sandbox || !sandboxToken) return []
  return [(scope) => registerSandbox(scope, { pool, deps, token: sandboxToken, nudge })]
}

async function checkReadiness(pool: Pool): Promise<{ isReady: true } | { isReady: false; problem: string }> {
  const [version, expected] = [await schemaVersion(pool), await expectedVersion()]
  if (version === expected) return { isReady: true }
  return { isReady: false, problem: `the database is at ${version ?? 'no version'}, this Florin needs ${expected}` }
}
