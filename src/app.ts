// The wiring: the only file that sees everything. Builds the lane, the faces, the jobs and the server over one database.
import type { FastifyInstance } from 'fastify'
import { createIssuingFace } from './api/issuing/routes.ts'
import { createOperationsFace } from './api/operations/routes.ts'
import { whereNext } from './api/operations/where-next.ts'
import { createPartnerConnectFace } from './api/partner-connect/routes.ts'
import { findMd5Problem } from './api/transaction-services/checksum.ts'
import { createPageActions } from './api/transaction-services/page-actions.ts'
import { createTransactionServicesFaces } from './api/transaction-services/routes.ts'
import { createCodes } from './bindings/codes.ts'
import { createLane, type Lane } from './books/lane.ts'
import { createBusinessClock } from './clock.ts'
import type { Config } from './config.ts'
import { expectedVersion, schemaVersion } from './db/migrate.ts'
import { connect, createPool, type Pool } from './db/pool.ts'
import type { Deps } from './deps.ts'
import { createGatewayAccess, type GatewayAccess } from './gateways/access.ts'
import { createBreaker } from './gateways/breaker.ts'
import { findConnector } from './gateways/index.ts'
import { updateBaseUrls } from './gateways/queries.ts'
import { registerNotifications } from './gateways/routes.ts'
import { createEgress } from './http/egress.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import { createRateLimit } from './http/rate-limit.ts'
import { createServer } from './http/server.ts'
import type { Log } from './log.ts'
import { createDirectory, type Directory } from './members/directory.ts'
import { createTokens } from './members/tokens.ts'
import { registerOperator } from './operator/routes.ts'
import { challengePath, returnPath } from './pages/links.ts'
import type { MessageTextDeps } from './pages/message-text.ts'
import { registerPages } from './pages/register.ts'
import { registerSecureContent } from './pages/secure-content.ts'
import { createCalls } from './payments/calls.ts'
import { countInbox } from './payments/inbox-queries.ts'
import { createAuthenticator } from './principals/authenticate.ts'
import { selectBusinessNow } from './sandbox/queries.ts'
import { registerSandbox } from './sandbox/routes.ts'
import { registerSandboxGateway } from './sandbox-gateway/control.ts'
import { type SandboxGateway, startSandboxGateway } from './sandbox-gateway/start.ts'
import type { Secret } from './secret.ts'
import type { Settings } from './settings.ts'
import { SHELVES } from './shelves.ts'
import { createActorAuthenticator } from './users/authenticate.ts'
import type { Keys } from './vault/keys.ts'
import { createVault } from './vault/vault.ts'
import { startWorkers } from './workers.ts'

export interface AppOptions {
  readonly config: Pick<
    Config,
    | 'host'
    | 'port'
    | 'publicUrl'
    | 'requestsPerMinute'
    | 'allowBasic'
    | 'legacyHttp200'
    | 'allowLoopbackEgress'
    | 'trustedProxies'
    | 'smtp'
    | 'sandboxGatewayUrl'
  >
  /** The app role's. */
  readonly databaseUrl: string
  readonly keys: Keys
  readonly settings: Settings
  readonly log: Log
  /** Opens the sandbox endpoints; only used in sandbox mode. */
  readonly sandboxToken?: Secret<string>
  /** Opens the operator's endpoints. */
  readonly operatorToken?: Secret<string>
}

export interface App {
  readonly baseUrl: string
  /** Where the sandbox gateway listens; undefined outside of the sandbox. */
  readonly sandboxGatewayUrl: string | undefined
  /** Who may call Transaction Services. */
  readonly directory: Directory
  readonly deps: Deps
  readonly pool: Pool
  /** Answers what has arrived, finishes the batch, and leaves nothing running. */
  close(): Promise<void>
}

/** Starts a Florin on a migrated database. Throws an Error that names a wrong key, or the port that is taken. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, databaseUrl, keys, settings, log } = options
  const pool = createPool(databaseUrl, { applicationName: 'florin', log })
  const metrics = createMetrics({ pool, queued: () => lane.queued(), inbox: () => countInbox(pool) })
  const vault = await createVault({ pool, keys }).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  const lane = startLane(databaseUrl, log, metrics, () => workers.committed())
  const baseUrl = (): string => config.publicUrl ?? address
  let address = ''
  const codes = createCodes(keys.codeKey)
  const gateways = openGateways(options, { pool, vault, codes }, baseUrl)
  const deps: Deps = { lane, pool, vault, codes, settings, gateways, calls: createCalls(), log }
  const egress = createEgress({ allow: config.allowLoopbackEgress ? 'loopback' : 'public' })
  const members = openMembers(options, deps)
  const { smtp } = config
  const workers = startWorkers({ ...deps, egress, directory: members.directory, keys, smtp, baseUrl })
  const services = { ...deps, ...members, egress, baseUrl, legacyHttp200: config.legacyHttp200 }
  let sandbox: SandboxGateway | undefined

  const server = await createServer({
    faces: [
      createPartnerConnectFace(deps),
      createIssuingFace({ ...deps, egress, webhookKey: keys.webhookKey, baseUrl }),
      ...createTransactionServicesFaces(services),
      createOperationsFace(
        { ...deps, egress, baseUrl, now: () => members.clock.now() },
        createActorAuthenticator({ db: pool, secretKey: keys.credentialKey.reveal() }),
      ),
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
      (scope) =>
        registerPages(scope, {
          ...services,
          actions: createPageActions(services),
          now: () => members.clock.now(),
          whereNext: (session) => whereNext({ ...deps, nudge: () => workers.committed() }, session),
        }),
      (scope) => registerNotifications(scope, { pool, gateways, nudge: () => workers.notified() }),
      ...operatorRoutes(options, deps),
      ...sandboxRoutes(
        options,
        { ...deps, baseUrl },
        {
          timePassed: () => {
            workers.timePassed()
            sandbox?.nudge()
          },
          gateway: () => sandbox?.nudge(),
        },
      ),
    ],
    trustedProxies: config.trustedProxies,
  })
  const close = async (): Promise<void> => {
    await server.close()
    await deps.calls.settled(CALLS_END_MS)
    await workers.stop()
    await sandbox?.close()
    await gateways.close()
    await lane.close()
    await pool.end()
  }
  try {
    address = await server.listen({ host: config.host, port: config.port })
    sandbox = await startSandbox(options, pool, baseUrl)
  } catch (error) {
    await close()
    throw error
  }
  const sandboxGatewayUrl = config.sandboxGatewayUrl ?? sandbox?.baseUrl
  return { baseUrl: baseUrl(), sandboxGatewayUrl, directory: members.directory, deps, pool, close }
}

function openGateways(
  { settings, log }: AppOptions,
  { pool, vault, codes }: Pick<Deps, 'pool' | 'vault' | 'codes'>,
  baseUrl: () => string,
): GatewayAccess {
  return createGatewayAccess({
    pool,
    vault,
    log,
    findConnector,
    breaker: createBreaker(),
    baseUrl,
    returnPath: (operationId) => returnPath(codes, operationId),
    challengePath: (paymentId) => challengePath(codes, paymentId),
    timeoutMs: settings.gatewayTimeoutMs,
  })
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

type RegisterRoutes = (scope: FastifyInstance) => void | Promise<void>

function operatorRoutes({ operatorToken }: AppOptions, deps: Deps): RegisterRoutes[] {
  return operatorToken ? [(scope) => registerOperator(scope, { deps, token: operatorToken })] : []
}

function sandboxRoutes(
  { settings, sandboxToken }: AppOptions,
  deps: MessageTextDeps & Pick<Deps, 'pool'>,
  nudge: { readonly timePassed: () => void; readonly gateway: () => void },
): RegisterRoutes[] {
  if (!settings.sandbox || !sandboxToken) return []
  const { pool } = deps
  const now = () => selectBusinessNow(pool)
  return [
    (scope) => registerSandbox(scope, { pool, deps, token: sandboxToken, nudge: nudge.timePassed }),
    (scope) => registerSandboxGateway(scope, { pool, token: sandboxToken, now, nudge: nudge.gateway }),
  ]
}

// The sandbox's gateway is a server of its own in this process, unless it runs elsewhere; merchants' accounts follow it.
async function startSandbox(
  { settings, sandboxToken, config, log }: AppOptions,
  pool: Pool,
  publicUrl: () => string,
): Promise<SandboxGateway | undefined> {
  if (!settings.sandbox || !sandboxToken) return undefined
  if (config.sandboxGatewayUrl !== undefined) {
    await updateBaseUrls(pool, 'sandbox', config.sandboxGatewayUrl)
    return undefined
  }
  const now = () => selectBusinessNow(pool)
  const gateway = await startSandboxGateway({
    pool,
    host: '127.0.0.1', // Only this process calls it, whoever may call the server.
    port: 0,
    token: sandboxToken,
    now,
    log,
    publicUrl,
  })
  await updateBaseUrls(pool, 'sandbox', gateway.baseUrl)
  return gateway
}

async function checkReadiness(pool: Pool): Promise<{ isReady: true } | { isReady: false; problem: string }> {
  const [version, expected] = [await schemaVersion(pool), await expectedVersion()]
  if (version === expected) return { isReady: true }
  return { isReady: false, problem: `the database is at ${version ?? 'no version'}, this Florin needs ${expected}` }
}
