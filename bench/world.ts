// What a bench run works on: a fresh PostgreSQL, a server in its own process, card accounts with money, bound cards.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bearerOf } from '../src/bindings/bearer.ts'
import { createCodes } from '../src/bindings/codes.ts'
import { createLane, type Lane } from '../src/books/lane.ts'
import { insertClient } from '../src/clients/queries.ts'
import { type Embedded, startEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect, createPool, type Pool } from '../src/db/pool.ts'
import type { Deps } from '../src/deps.ts'
import { createFundingAccount } from '../src/funding/create.ts'
import { depositFunds } from '../src/funding/deposit.ts'
import { createGatewayAccess } from '../src/gateways/access.ts'
import { createBreaker } from '../src/gateways/breaker.ts'
import { findConnector } from '../src/gateways/index.ts'
import { newId } from '../src/ids.ts'
import { createCardAccount } from '../src/issuing/create-card-account.ts'
import { topUpCardAccount } from '../src/issuing/top-up.ts'
import { createLog } from '../src/log.ts'
import { parseAmount } from '../src/money.ts'
import { createCalls } from '../src/payments/calls.ts'
import { createCredentials, type IssuedCredentials } from '../src/principals/credentials.ts'
import { insertCredential } from '../src/principals/queries.ts'
import { defaultSettings } from '../src/settings.ts'
import { SHELVES } from '../src/shelves.ts'
import { generateKeys, type Keys, loadKeys } from '../src/vault/keys.ts'
import { createVault } from '../src/vault/vault.ts'

export interface World {
  readonly deps: Deps
  readonly lane: Lane
  readonly pool: Pool
  readonly owner: Pool
  readonly keys: Keys
  /** As the server reads them. */
  readonly keyVariables: Readonly<Record<string, string>>
  readonly appUrl: string
  readonly postmasterPid: number
  readonly clientId: string
  readonly fundingId: string
  readonly credentials: IssuedCredentials
  readonly cardAccounts: readonly string[]
  /** Sizes of the batches since it was last emptied. */
  readonly batches: number[]
  close(): Promise<void>
}

const CHUNK = 1000

/** Starts PostgreSQL and fills it. Takes a few seconds for 10,000 accounts, through the same commands as everything else. */
export async function openWorld(accounts: number): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'florin-bench-'))
  const log = createLog('warn')
  const embedded = await startEmbedded({ dataDir, log })
  await migrate(embedded.ownerUrl, { appRole: 'florin_app', log })
  const keyVariables = generateKeys()
  const keys = await loadKeys({ env: keyVariables })
  const pool = createPool(embedded.appUrl, { max: 16 })
  const owner = createPool(embedded.ownerUrl, { max: 2 })
  const batches: number[] = []
  const lane = createLane({
    connect: () => connect(embedded.appUrl),
    shelves: SHELVES,
    log,
    observe: ({ size }) => batches.push(size),
  })
  const vault = await createVault({ pool, keys })
  const codes = createCodes(keys.codeKey)
  const gateways = createGatewayAccess({
    pool,
    vault,
    log,
    findConnector,
    breaker: createBreaker(),
    baseUrl: () => 'http://127.0.0.1:9',
    returnPath: (operationId) => `/transaction/Return/${bearerOf(codes, 'return-page', operationId)}`,
    challengePath: (operationId) => `/transaction/Challenge/${bearerOf(codes, 'challenge-page', operationId)}`,
  })
  const deps: Deps = { lane, pool, vault, codes, settings: defaultSettings(true), gateways, calls: createCalls(), log }
  const clientId = newId()
  await insertClient(pool, { id: clientId, name: 'Bench' })
  const { issued, row } = await createCredentials({ kind: 'client', id: clientId }, keys.credentialKey.reveal())
  await insertCredential(pool, row)
  const { id: fundingId } = await createFundingAccount(deps, { clientId, name: 'Bench', assets: ['USD'], keys: [] })
  await depositFunds(deps, { clientId, accountId: fundingId, amount: parseAmount('900000000', 'USD'), keys: [] })
  const cardAccounts = await fill(deps, { clientId, fundingId }, accounts)
  const close = async (): Promise<void> => {
    await gateways.close()
    await lane.close()
    await Promise.all([pool.end(), owner.end()])
    await embedded.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  const postmasterPid = await readPostmasterPid(embedded)
  return {
    deps,
    lane,
    pool,
    owner,
    keys,
    keyVariables,
    appUrl: embedded.appUrl,
    postmasterPid,
    clientId,
    fundingId,
    credentials: issued,
    cardAccounts,
    batches,
    close,
  }
}

async function fill(
  deps: Deps,
  { clientId, fundingId }: { clientId: string; fundingId: string },
  count: number,
): Promise<string[]> {
  const ids: string[] = []
  const amount = parseAmount('10000', 'USD')
  while (ids.length < count) {
    const opened = await Promise.all(
      Array.from({ length: Math.min(CHUNK, count - ids.length) }, () =>
        createCardAccount(deps, { clientId, accountType: 'prepaid', currency: 'USD', keys: [] }),
      ),
    )
    await Promise.all(
      opened.map(({ id }) =>
        topUpCardAccount(deps, { clientId, accountId: fundingId, cardAccountId: id, amount, keys: [] }),
      ),
    )
    ids.push(...opened.map(({ id }) => id))
  }
  return ids
}

async function readPostmasterPid({ cluster }: Embedded): Promise<number> {
  return Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0])
}

/** Starts `florin serve` on the world's database. Resolves with its URL when it is ready, and how long that took. */
export async function startServer(
  world: World,
): Promise<{ url: string; pid: number; readyMs: number; stop(): Promise<void> }> {
  const startedAt = performance.now()
  const port = 20_000 + (process.pid % 20_000)
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../src/main.js', import.meta.url)), 'serve', '--port', `${port}`],
    {
      env: {
        ...process.env,
        ...world.keyVariables,
        DATABASE_URL: world.appUrl,
        FLORIN_SANDBOX_TOKEN: 'bench',
        FLORIN_REQUESTS_PER_MINUTE: '1000000000',
        LOG_LEVEL: 'warn',
        NODE_ENV: 'production',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  const url = `http://127.0.0.1:${port}`
  await untilReady(child, url)
  return { url, pid: child.pid ?? 0, readyMs: performance.now() - startedAt, stop: () => stop(child) }
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
