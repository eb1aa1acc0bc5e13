// Payments through a gateway that fails in every way there is, on a server that is killed again and again: in the end our books are
// the gateway's book, reference by reference.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { enrolMember, enrolPartner } from '../src/demo/enrol.ts'
import { newId } from '../src/ids.ts'
import { createLog } from '../src/log.ts'
import { insertMerchant } from '../src/merchants/queries.ts'
import { advanceBusinessClock, selectBusinessNow } from '../src/sandbox/queries.ts'
import { startSandboxGateway } from '../src/sandbox-gateway/start.ts'
import { Secret } from '../src/secret.ts'
import { generateKeys, loadKeys } from '../src/vault/keys.ts'
import { createVault } from '../src/vault/vault.ts'
import { renderReport } from '../src/verify/report.ts'
import { verify } from '../src/verify/verify.ts'
import { openDatabase } from './helpers/database.ts'

const PAYMENTS = Number(process.env.FLORIN_CHAOS_PAYMENTS ?? 2000)
const FAULT_RATE = 0.3 // Over all modes together.
const MODES = 24
const CALLERS = 24
const KILL_EVERY_MS = [3000, 7000] as const
const ASK_TIMEOUT_MS = 20_000
const TOKEN = 'chaos-token'

test(
  `${PAYMENTS} payments with faults of all kinds and a server that is killed end as the gateway says`,
  async () => {
    const world = await openChaos()
    const killing = world.killAgainAndAgain()
    await Promise.race([payAll(world), killing.failure])
    await killing.stop()
    await world.honest()
    await settleAll(world)

    const census = await world.census()
    expect(census.filter(({ fired }) => fired === 0)).toEqual([])
    expect(killing.kills()).toBeGreaterThan(0)
    expect(await compareBooks(world)).toEqual([])
    const report = await verify(world.pool)
    expect(report.ok, renderReport(report)).toBe(true)
    const summary = {
      payments: PAYMENTS,
      kills: killing.kills(),
      faults: census.reduce((sum, { fired }) => sum + fired, 0),
    }
    process.stdout.write(`chaos: ${JSON.stringify({ ...summary, ...(await world.tally()) })}\n`)
  },
  60 * 60_000,
)

type Chaos = Awaited<ReturnType<typeof openChaos>>

async function openChaos() {
  const { pool, url: databaseUrl } = await openDatabase()
  const keys = generateKeys()
  const vault = await createVault({ pool, keys: await loadKeys({ env: keys }) })
  const gateway = await startSandboxGateway({
    pool,
    host: '127.0.0.1',
    port: 0,
    token: new Secret(TOKEN),
    now: () => selectBusinessNow(pool),
    log: createLog('error'),
    holdMs: 1500,
  })
  onTestFinished(() => gateway.close())
  const merchantId = newId()
  await insertMerchant(pool, {
    id: merchantId,
    name: 'Chaos Shop',
    mcc: '5999',
    category: 'Miscellaneous',
    country: 'HK',
  })
  const app = { deps: { pool, vault }, sandboxGatewayUrl: gateway.baseUrl } as unknown as Parameters<
    typeof enrolMember
  >[0]
  const member = await enrolMember(app, await enrolPartner(app, 'chaos'), { id: merchantId, username: 'chaos' })
  const port = await freePort()
  const settings = { gatewayTimeoutMs: 500, callerWaitMs: 1000 }
  const child = { port, databaseUrl, gatewayUrl: gateway.baseUrl, token: TOKEN, keys, settings }
  let server = await startServer(child)
  onTestFinished(() => void server.kill('SIGKILL'))

  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${gateway.baseUrl}/sandbox/gateway${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return response.json()
  }
  for (let mode = 1; mode <= MODES; mode++) await control('POST', '/faults', { mode, rate: FAULT_RATE / MODES })

  return {
    pool,
    merchantId,
    member,
    baseUrl: `http://127.0.0.1:${port}`,
    nudge: () => gateway.nudge(),
    honest: async () => void (await control('DELETE', '/faults')),
    census: async () => ((await control('GET', '/faults')) as { modes: { name: string; fired: number }[] }).modes,
    book: async () => (await control('GET', '/book')) as BookRow[],
    tally: async () => {
      const { rows } = await pool.query<{ state: string; count: bigint }>(
        'select state, count(*) from payments group by state order by state',
      )
      return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
    },
    killAgainAndAgain: () => {
      let isOver = false
      let kills = 0
      const run = (async () => {
        while (!isOver) {
          await wait(randomInt(...KILL_EVERY_MS))
          if (isOver) return
          server.kill('SIGKILL')
          await once(server, 'exit')
          kills++
          server = await startServer(child)
        }
      })()
      return {
        /** Never resolves; rejects when the server does not come back. */
        failure: run.then(() => new Promise<never>(() => undefined)),
        kills: () => kills,
        stop: async () => {
          isOver = true
          await run
        },
      }
    },
  }
}

async function startServer(child: object): Promise<ChildProcess> {
  const script = "import('vite').then((vite) => vite.runnerImport('./test/helpers/florin-child.ts'))"
  const server = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, FLORIN_CHILD: JSON.stringify(child) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await Promise.race([
    once(server.stdout as NonNullable<typeof server.stdout>, 'data'),
    once(server, 'exit'),
  ])
  if (!String(said).includes('listening')) throw new Error('the server did not start')
  return server
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

interface Answer {
  readonly [name: string]: unknown
  readonly status?: string
  readonly paymentId?: string
}

const md5 = (...parts: string[]): string => createHash('md5').update(parts.join('|')).digest('hex')

/** Asks until there is an answer; a server that is being killed is asked again. Money requests repeat themselves: same name. */
async function ask(
  { baseUrl, member }: Chaos,
  path: string,
  hashed: string[],
  fields: Record<string, string>,
): Promise<Answer> {
  const { memberId, secureKey } = member
  const checksum = md5(...hashed.map((part) => (part === 'key' ? secureKey : part === 'member' ? memberId : part)))
  const body = { 'authentication.memberId': memberId, 'authentication.checksum': checksum, ...fields }
  for (;;) {
    try {
      const token = await tokenFor(baseUrl, member)
      const url = `${baseUrl}/transactionServices/REST/v1/${path}`
      const response = await fetch(url, {
        method: 'POST',
        headers: { AuthToken: token },
        body: new URLSearchParams(body),
        signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      })
      const answer = (await response.json()) as Answer
      if (response.status < 500) return answer
    } catch {
      await wait(100)
    }
  }
}

let token: { value: string; at: number } | undefined

async function tokenFor(baseUrl: string, member: Chaos['member']): Promise<string> {
  if (token && performance.now() - token.at < 60_000) return token.value
  const response = await fetch(`${baseUrl}/transactionServices/REST/v1/authToken`, {
    method: 'POST',
    body: new URLSearchParams({ 'authentication.memberId': member.memberId, 'authentication.sKey': member.secureKey }),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  })
  const { AuthToken } = (await response.json()) as { AuthToken: string }
  token = { value: AuthToken, at: performance.now() }
  return AuthToken
}

const CARD = {
  paymentMode: 'CC',
  paymentBrand: 'VISA',
  'card.number': '4111111111111111',
  'card.expiryMonth': '12',
  'card.expiryYear': '2032',
  'card.cvv': '123',
}

async function payAll(world: Chaos): Promise<void> {
  let next = 0
  const caller = async (): Promise<void> => {
    while (next < PAYMENTS) await payOne(world, next++)
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
}

// A payment and sometimes what follows one; whoever gets no answer asks again under the same name.
async function payOne(world: Chaos, n: number): Promise<void> {
  const order = `C-${n}-${randomBytes(4).toString('hex')}`
  const amount = `${randomInt(1, 500)}.00`
  const isHeld = n % 3 === 0
  const paid = await ask(world, 'payments', ['member', 'key', order, amount], {
    ...{ ...CARD, merchantTransactionId: order, amount, currency: 'USD' },
    paymentType: isHeld ? 'PA' : 'DB',
  })
  const id = String(paid.paymentId)
  if (paid.status === 'authsuccessful') {
    if (n % 2 === 0) await ask(world, `payments/${id}`, ['member', 'key', id], { paymentType: 'RV' })
    else await ask(world, `payments/${id}`, ['member', 'key', id, amount], { paymentType: 'CP', amount })
  }
  if (paid.status === 'capturesuccess' && n % 4 === 1)
    await ask(world, `payments/${id}`, ['member', 'key', id, '1.00'], { paymentType: 'RF', amount: '1.00' })
  if (n % 20 === 7) {
    const payout = `P-${order}`
    await ask(world, 'payout', ['member', payout, '1.00', 'key'], {
      ...{ merchantTransactionId: payout, amount: '1.00', currency: 'USD', paymentType: 'PO', paymentMode: 'CC' },
      ...{
        paymentBrand: 'VISA',
        'card.number': CARD['card.number'],
        'card.expiryMonth': '12',
        'card.expiryYear': '2032',
      },
    })
  }
}

// Time passes, in strides that grow as the schedule of inquiries does, and every doubt ends. Nobody helps.
async function settleAll({ pool, nudge }: Chaos): Promise<void> {
  const deadline = performance.now() + 10 * 60_000
  for (let seconds = 10; ; seconds = Math.min(Math.ceil(seconds * 1.2), 3600)) {
    const { rows } = await pool.query(
      `select id, kind, state, doubt, looks, next_look_at
         from operations
        where state in ('calling', 'redirected', 'pending', 'unknown')`,
    )
    if (rows.length === 0) return
    if (performance.now() > deadline) throw new Error(`operations are still open: ${JSON.stringify(rows)}`)
    await advanceBusinessClock(pool, { seconds, offsetSecondsMax: 2 ** 40 })
    nudge()
    await wait(1500)
  }
}

interface BookRow {
  readonly reference: string
  readonly operation: string
  readonly amount: string
  readonly currency: string
  readonly state: string
}

interface OurRow {
  readonly reference: string
  readonly kind: string
  readonly amount: string
  readonly currency: string
  readonly state: string
}

/** Every difference between our operations and the gateway's book. */
async function compareBooks({ pool, book }: Chaos): Promise<string[]> {
  const { rows } = await pool.query<OurRow>(
    `select replace(id::text, '-', '') as reference, kind, (amount / 100)::text || '.00' as amount, currency, state from operations`,
  )
  const ours = new Map(rows.map((row) => [row.reference, row]))
  const theirs = new Map((await book()).map((row) => [row.reference, row]))
  const differences: string[] = []
  for (const [reference, their] of theirs) {
    const our = ours.get(reference)
    if (!our) differences.push(`${reference} is unknown to us: ${JSON.stringify(their)}`)
    else if ((their.state === 'approved') !== (our.state === 'approved'))
      differences.push(`${reference}: ours ${JSON.stringify(our)}, theirs ${JSON.stringify(their)}`)
    else if (their.amount !== our.amount || their.currency !== our.currency || their.operation !== our.kind)
      differences.push(`${reference}: ours ${JSON.stringify(our)}, theirs ${JSON.stringify(their)}`)
  }
  for (const [reference, our] of ours) {
    if (our.state === 'approved' && !theirs.has(reference))
      differences.push(`${reference} is unknown to them: ${JSON.stringify(our)}`)
  }
  return differences
}
