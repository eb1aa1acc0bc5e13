// The whole platform against its model: whatever callers do in whatever order, PostgreSQL and the in-memory books say and
// keep the same.
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Runner } from '../src/books/command.ts'
import { connect } from '../src/db/pool.ts'
import { AppError } from '../src/errors.ts'
import { createFundingAccount } from '../src/funding/create.ts'
import { depositFunds } from '../src/funding/deposit.ts'
import { newId } from '../src/ids.ts'
import { createCardAccount } from '../src/issuing/create-card-account.ts'
import { issueCard } from '../src/issuing/issue-card.ts'
import { topUpCardAccount } from '../src/issuing/top-up.ts'
import { SHELVES } from '../src/shelves.ts'
import { verify } from '../src/verify/verify.ts'
import { ACTIONS, type Scene } from './helpers/actions.ts'
import { anyHistory, type History, perform } from './helpers/histories.ts'
import { createModel, runTwice } from './helpers/model.ts'
import { bindCard, type Issuing, openIssuing } from './helpers/seed.ts'

const RUNS = Number(process.env.FLORIN_MODEL_RUNS ?? 100)

let issuing: Issuing

beforeAll(async () => {
  issuing = await openIssuing()
})

test(`${RUNS} random histories end the same on PostgreSQL and in the model`, { timeout: 600_000 }, async () => {
  const seen = new Map<string, number>()
  let commands = 0
  await fc.assert(
    fc.asyncProperty(anyHistory(), async (steps) => {
      commands += await playTwice(steps, seen)
    }),
    { numRuns: RUNS, endOnFailure: false, interruptAfterTimeLimit: 300_000, markInterruptAsFailure: true },
  )
  // A model test that never gets past the first refusal proves nothing.
  for (const outcome of EXPECTED) expect(seen.get(outcome), `how often: ${outcome}`).toBeGreaterThan(0)
  expect(commands).toBeGreaterThan(RUNS * 20)
})

const EXPECTED = [
  ...['topUp', 'withdraw', 'transferBalance', 'transferFunds', 'confirm', 'purchase', 'capture', 'void', 'refund'],
  ...['chargeCard', 'approve', 'abandon', 'payOut', 'resolve'],
  ...['simulateAuthorization', 'simulateCapture', 'simulatePartialReversal', 'simulateFullReversal', 'simulateRefund'],
]
  .map((kind) => `${kind} done`)
  .concat('chargeCard claim_paid', 'approve code_wrong')

/** Plays the history on both and compares. Returns how many commands were compared. */
async function playTwice(steps: History, seen: Map<string, number>): Promise<number> {
  await empty()
  const model = createModel(() => new Date())
  const twice = runTwice(issuing.deps.lane, model)
  const scene = await setTheScene(twice)
  twice.compare()
  for (const step of steps) {
    const results = await Promise.allSettled(step.map((action) => perform(scene, action)))
    results.forEach((result, i) => {
      count(seen, `${step[i]?.kind} ${nameOf(result)}`)
    })
    twice.compare()
  }
  await twice.compareRows(issuing.pool)
  const { checks } = await verify(issuing.pool)
  expect(checks.filter((check) => check.count > 0)).toEqual([])
  return twice.count()
}

// A refusal is an answer. Anything else that is thrown is a bug.
function nameOf(result: PromiseSettledResult<unknown>): string {
  if (result.status === 'fulfilled') return 'done'
  if (result.reason instanceof AppError) return result.reason.code
  throw result.reason
}

function count(seen: Map<string, number>, name: string): void {
  seen.set(name, (seen.get(name) ?? 0) + 1)
}

/** Takes everything out that commands wrote: each history starts from nothing. */
async function empty(): Promise<void> {
  const owner = await connect(issuing.ownerUrl)
  try {
    const tables = SHELVES.map((shelf) => shelf.name).toReversed()
    await owner.query(`truncate business_clock, ${tables.join(', ')} cascade`)
  } finally {
    await owner.end()
  }
}

/** Two funded accounts, three card accounts with money, a card on each, one bound by both merchants, and four charges. */
async function setTheScene(lane: Runner): Promise<Scene> {
  const { clientId, productId, merchantId, otherMerchantId } = issuing
  const deps = { ...issuing.deps, lane }
  const merchants = [merchantId, otherMerchantId]
  const scene: Scene = {
    ...{ deps, clientId, productId, merchants, fundings: [], cardAccounts: [], cards: [] },
    ...{ verifications: [], tokens: [], payments: [], charges: [], waiting: [] },
    claims: [newId(), newId(), newId()],
  }
  for (const name of ['one', 'two']) {
    const { id } = await createFundingAccount(deps, { clientId, name, assets: ['USD', 'HKD'], keys: [] })
    scene.fundings.push(id)
    const deposit = (currency: string) =>
      depositFunds(deps, { clientId, accountId: id, amount: { amount: 500_000n, currency }, keys: [] })
    await Promise.all([deposit('USD'), deposit('HKD')])
  }
  const [accountId = ''] = scene.fundings
  for (const currency of ['USD', 'USD', 'HKD']) {
    const account = await createCardAccount(deps, { clientId, accountType: 'prepaid', currency, keys: [] })
    const cardAccountId = account.id
    scene.cardAccounts.push(account)
    await topUpCardAccount(deps, {
      clientId,
      accountId,
      cardAccountId,
      amount: { amount: 20_000n, currency },
      keys: [],
    })
    const holder = { embossedName: 'A HOLDER', mobile: '85260000001' }
    const card = await issueCard(deps, { clientId, cardAccountId, productId, type: 'virtual', ...holder, keys: [] })
    scene.cards.push({ ...card, pan: (await deps.vault.open(card.id)).reveal() })
  }
  for (const by of merchants) {
    const pan = scene.cards[0]?.pan ?? ''
    const token = await bindCard({ ...issuing, deps }, { pan } as Parameters<typeof bindCard>[1], by)
    scene.tokens.push({ token, merchantId: by })
  }
  for (const amount of [10_000n, 3_333n]) {
    const particulars = { a: 0, b: 2, c: 1, amount, hkd: amount === 3_333n, xid: undefined }
    await ACTIONS.purchase.run(scene, particulars, [])
    await ACTIONS.simulateAuthorization.run(scene, { ...particulars, a: 1, amount: 5_000n }, [])
  }
  return scene
}
