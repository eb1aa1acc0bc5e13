// Load over HTTP: balance transfers by autocannon, Partner Connect cycles by callers that do what a merchant does.

import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import { Pool as HttpPool } from 'undici'
import { SHARD } from '../src/ids.ts'
import { createCredentials } from '../src/principals/credentials.ts'
import { insertCredential } from '../src/principals/queries.ts'
import { type Measured, quantile, type Watch, watched } from './measure.ts'
import { addMerchant, issueCards, post } from './merchant.ts'
import type { World } from './world.ts'

export interface Load {
  readonly url: string
  readonly callers: number
  readonly seconds: number
}

const basic = ({ username, password }: World['credentials']): string =>
  `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`

/** `POST /v1/cardaccounts/transfer` between random card accounts, each with a key of its own. */
export function measureTransfers(world: World, watch: Watch, { url, callers, seconds }: Load): Promise<Measured> {
  const times: number[] = []
  const headers = { authorization: basic(world.credentials), 'content-type': 'application/json' }
  return watched(watch, 'HTTP transfer', times, async () => {
    await new Promise<void>((resolve, reject) => {
      const run = autocannon(
        {
          url,
          connections: callers,
          duration: seconds,
          requests: [
            {
              method: 'POST',
              path: '/v1/cardaccounts/transfer',
              headers,
              setupRequest: (request) => ({ ...request, body: transferBody(world.cardAccounts) }),
            },
          ],
        },
        (error) => (error ? reject(error) : resolve()),
      )
      run.on('response', (_client, status, _bytes, ms) => {
        if (status === 200) times.push(ms)
        else reject(new Error(`a transfer was answered with ${status}`))
      })
    })
  })
}

function transferBody(cardAccounts: readonly string[]): string {
  const [source, destination] = pickTwo(cardAccounts)
  return JSON.stringify({
    sourceCardAccountId: source,
    destinationCardAccountId: destination,
    amount: 0.01,
    currency: 'USD',
    description: 'bench',
    idempotencyKey: randomUUID(),
  })
}

/** Two different entries at random. */
export function pickTwo(entries: readonly string[]): [string, string] {
  const first = Math.floor(Math.random() * entries.length)
  const second = (first + 1 + Math.floor(Math.random() * (entries.length - 1))) % entries.length
  return [entries[first] ?? '', entries[second] ?? '']
}

export interface Cycles {
  readonly perSecond: number
  /** Milliseconds of each call. */
  readonly calls: Readonly<Record<'verify' | 'purchase' | 'capture', { readonly p50: number; readonly p99: number }>>
  readonly measured: Measured
}

/** verify → purchase → capture, each caller with a card of its own; reading the code is not counted as a call. */
export async function measureCycles(world: World, watch: Watch, { url, callers, seconds }: Load): Promise<Cycles> {
  const { authorization, cards } = await bindCards(world, url, callers)
  const http = new HttpPool(url, { connections: callers })
  const times = { verify: [] as number[], purchase: [] as number[], capture: [] as number[] }
  const cycles: number[] = []
  const call = async (name: keyof typeof times, body: object): Promise<Record<string, unknown>> => {
    const startedAt = performance.now()
    const answer = await post(http, `/partner-connect/transactions/${name}`, authorization, body)
    times[name].push(performance.now() - startedAt)
    return answer
  }
  const measured = await watched(watch, 'HTTP verify, purchase, capture', cycles, async () => {
    const until = performance.now() + seconds * 1000
    await Promise.all(
      cards.map(async ({ cardId, mobile }) => {
        while (performance.now() < until) {
          const startedAt = performance.now()
          const order = { cardId, amount: 0.01, currency: 'USD', description: 'bench' }
          await call('verify', order)
          const { transactionId } = await call('purchase', { ...order, otpToken: await readCode(world, mobile) })
          await call('capture', { transactionId, amount: 0.01 })
          cycles.push(performance.now() - startedAt)
        }
      }),
    )
  })
  await http.close()
  const quantiles = (all: number[]) => {
    const sorted = all.sort((a, b) => a - b)
    return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
  }
  const { verify, purchase, capture } = times
  return {
    perSecond: measured.perSecond,
    calls: { verify: quantiles(verify), purchase: quantiles(purchase), capture: quantiles(capture) },
    measured,
  }
}

async function bindCards(world: World, url: string, count: number) {
  const { deps, keys } = world
  const merchantId = await addMerchant(world)
  const { issued, row } = await createCredentials({ kind: 'merchant', id: merchantId }, keys.credentialKey.reveal())
  await insertCredential(deps.pool, row)
  const authorization = basic(issued)
  const http = new HttpPool(url, { connections: 4 })
  const cards = await Promise.all(
    (await issueCards(world, count)).map(async (card) => {
      const fullPan = (await deps.vault.open(card.id)).reveal()
      const { verificationId, code } = await post(http, '/partner-connect/card-binding/initiate', authorization, {
        fullPan,
      })
      const { cardId } = await post(http, '/partner-connect/card-binding/confirm', authorization, {
        verificationId,
        code,
      })
      return { cardId: String(cardId), mobile: card.mobile ?? '' }
    }),
  )
  await http.close()
  return { authorization, cards }
}

// From the database and not from the sandbox's endpoint, which would be another call to the server that is measured.
async function readCode({ pool, deps }: World, mobile: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    'select challenge_id as id from messages where shard = $1 and recipient = $2 order by created_at desc, id desc limit 1',
    [SHARD, mobile],
  )
  return deps.codes.codeOf(rows[0]?.id ?? '')
}
