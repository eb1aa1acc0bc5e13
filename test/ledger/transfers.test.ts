import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Books } from '../../src/books/books.ts'
import type { Shelf } from '../../src/books/shelf.ts'
import { AppError } from '../../src/errors.ts'
import { newId } from '../../src/ids.ts'
import {
  type Account,
  type AccountRef,
  type AccountRule,
  accountOf,
  accountShelf,
  availableOf,
  balanceOf,
  CHART,
  clientFunding,
  merchantPayable,
  needAccount,
  safeguarding,
} from '../../src/ledger/accounts.ts'
import {
  type Hold,
  hold,
  postHold,
  type Transfer,
  transfer,
  transferShelf,
  voidHold,
} from '../../src/ledger/transfers.ts'
import { lesserOf } from '../../src/money.ts'
import { createModel } from '../helpers/model.ts'

const NOW = new Date('2026-03-01T12:00:00Z')
const FUNDS = clientFunding('00000000-0000-7000-8000-000000000001', 'USD') // May not go below zero.
const PAYABLE = merchantPayable('00000000-0000-7000-8000-000000000002', 'USD') // May.

type Counters = readonly [debitsPending: bigint, debitsPosted: bigint, creditsPending: bigint, creditsPosted: bigint]

const countersOf = (a: Account): Counters => [a.debitsPending, a.debitsPosted, a.creditsPending, a.creditsPosted]

/** Books on which the two accounts stand like this. */
function booksWith(funds: Counters, payable: Counters, rule: AccountRule = CHART[FUNDS.kind].rule): Books {
  const books = new Books(NOW)
  const place = (ref: AccountRef, accountRule: AccountRule, counters: Counters): void => {
    const [debitsPending, debitsPosted, creditsPending, creditsPosted] = counters
    const numbers = { debitsPending, debitsPosted, creditsPending, creditsPosted, seq: 7n }
    books.place(accountShelf as unknown as Shelf, ref.id, { ...ref, rule: accountRule, ...numbers })
  }
  place(FUNDS, rule, funds)
  place(PAYABLE, CHART[PAYABLE.kind].rule, payable)
  return books
}

const movement = (amount: bigint) => ({
  ...{ id: newId(), fact: 'test', operationId: newId() },
  ...{ debit: FUNDS, credit: PAYABLE, amount },
})

const held: Hold = { id: newId(), amount: 40n }

type Step = (books: Books) => Transfer
const move =
  (amount: bigint): Step =>
  (books) =>
    transfer(books, movement(amount))
const holds =
  (amount: bigint): Step =>
  (books) =>
    hold(books, movement(amount))
const posts =
  (amount: bigint): Step =>
  (books) =>
    postHold(books, held, movement(amount))
const voids = (): Step => (books) => voidHold(books, held, movement(held.amount))

// An account is written as debits pending, debits posted / credits pending, credits posted.
const read = (text: string): Counters => text.split(/[^0-9]+/).map(BigInt) as unknown as Counters
const NEW = '0 0 / 0 0'

test.each<[title: string, step: Step, funds: string, payable: string, fundsThen: string, payableThen: string]>([
  ['a transfer', move(30n), '0 0 / 0 100', NEW, '0 30 / 0 100', '0 0 / 0 30'],
  ['a transfer of everything', move(100n), '0 0 / 0 100', '0 0 / 0 5', '0 100 / 0 100', '0 0 / 0 105'],
  ['a transfer beside what is only expected', move(10n), '0 0 / 90 10', NEW, '0 10 / 90 10', '0 0 / 0 10'],
  ['a hold', holds(40n), '0 0 / 0 100', NEW, '40 0 / 0 100', '0 0 / 40 0'],
  ['posting a whole hold', posts(40n), '40 0 / 0 100', '0 0 / 40 0', '0 40 / 0 100', '0 0 / 0 40'],
  ['posting a part of a hold', posts(15n), '50 1 / 0 100', '0 0 / 50 1', '10 16 / 0 100', '0 0 / 10 16'],
  ['voiding a hold', voids(), '40 60 / 0 100', '0 0 / 40 60', '0 60 / 0 100', '0 0 / 0 60'],
])('%s moves these counters and no others', (_title, step, funds, payable, fundsThen, payableThen) => {
  const books = booksWith(read(funds), read(payable))
  const made = step(books)
  const [debited, credited] = [accountOf(books, FUNDS), accountOf(books, PAYABLE)]
  expect([countersOf(debited), countersOf(credited)]).toEqual([read(fundsThen), read(payableThen)])
  expect(made).toMatchObject({
    ...{ debitSeq: 8n, creditSeq: 8n, debitBalance: balanceOf(debited), creditBalance: balanceOf(credited) },
    ...{ debitAccountId: FUNDS.id, creditAccountId: PAYABLE.id, currency: 'USD', createdAt: NOW },
  })
  expect(books.changes(transferShelf as unknown as Shelf).inserted).toEqual([made])
})

test.each<[title: string, step: Step, funds: string, code: string]>([
  ['a transfer of one more than there is', move(101n), '0 0 / 0 100', 'insufficient_funds'],
  ['a transfer of what is held', move(61n), '40 0 / 0 100', 'insufficient_funds'],
  ['a hold of what is held already', holds(61n), '40 0 / 0 100', 'insufficient_funds'],
  ['a transfer of what is only expected', move(11n), '0 0 / 90 10', 'insufficient_funds'],
  [
    'a counter that grows too large',
    move(2n),
    `0 ${4n * 10n ** 18n - 1n} / 0 ${9n * 10n ** 18n}`,
    'amount_out_of_range',
  ],
])('%s is refused', (_title, step, funds, code) => {
  expect(() => step(booksWith(read(funds), read(NEW)))).toThrow(expect.objectContaining({ code }))
})

test.each<{ title: string; step: Step }>([
  { title: 'a transfer of nothing', step: move(0n) },
  { title: 'a transfer of less than nothing', step: move(-1n) },
  { title: 'a hold of nothing', step: holds(0n) },
  { title: 'posting more than was held', step: posts(41n) },
  { title: 'posting nothing', step: posts(0n) },
  { title: 'voiding a part', step: (books) => voidHold(books, held, movement(39n)) },
  { title: 'posting what is not held', step: posts(40n) },
  { title: 'voiding what is not held', step: voids() },
  { title: 'two currencies', step: (books) => transfer(books, { ...movement(1n), credit: safeguarding('EUR') }) },
])('$title is a bug', ({ step }) => {
  const attempt = () => step(booksWith([0n, 0n, 0n, 100n], [0n, 0n, 0n, 0n]))
  expect(attempt).toThrow(Error)
  expect(attempt).not.toThrow(AppError)
})

test('an account whose debits must cover its credits refuses the credit that they do not cover', () => {
  const books = booksWith([0n, 50n, 0n, 40n], [0n, 0n, 0n, 0n], 'credits_must_not_exceed_debits')
  const pay = (amount: bigint) => transfer(books, { ...movement(amount), debit: PAYABLE, credit: FUNDS })
  expect(() => pay(11n)).toThrow(expect.objectContaining({ code: 'amount_out_of_range' }))
  pay(10n)
})

interface Try {
  readonly kind: 'transfer' | 'hold' | 'post' | 'void'
  readonly from: number
  readonly to: number
  readonly amount: bigint
  readonly which: number
}

const OWNERS = [1, 2, 3].map((n) => `00000000-0000-7000-8000-00000000000${n}`)
const ACCOUNTS = [...OWNERS.map((id) => clientFunding(id, 'USD')), safeguarding('USD')]
const BANK = ACCOUNTS.length - 1

const anyTry: fc.Arbitrary<Try> = fc.record({
  kind: fc.constantFrom('transfer', 'hold', 'post', 'void'),
  from: fc.integer({ min: 0, max: BANK }),
  to: fc.integer({ min: 0, max: BANK }),
  amount: fc.bigInt({ min: 1n, max: 120n }),
  which: fc.nat({ max: 20 }),
})

test('whatever is tried in whatever order, nothing goes below zero and everything adds up to nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyTry, { minLength: 1, maxLength: 60 }), async (tries) => {
      const model = createModel(() => NOW)
      const open: (Hold & { debit: AccountRef; credit: AccountRef })[] = []
      for (const { kind, from, to, amount, which } of tries) {
        if (from === to) continue
        const [debit = FUNDS, credit = FUNDS] = [ACCOUNTS[from], ACCOUNTS[to]]
        const asked = { id: newId(), fact: 'test', operationId: newId(), debit, credit, amount }
        const found = open[which % Math.max(open.length, 1)]
        await model
          .run({
            name: kind,
            needs: ACCOUNTS.map(needAccount),
            decide: (books) => {
              if (kind === 'transfer') return transfer(books, asked)
              if (kind === 'hold') return hold(books, asked)
              if (!found) return null
              const resolved = { ...asked, debit: found.debit, credit: found.credit }
              if (kind === 'void') return voidHold(books, found, { ...resolved, amount: found.amount })
              return postHold(books, found, { ...resolved, amount: lesserOf(amount, found.amount) })
            },
          })
          .then((made) => {
            if (made?.kind === 'pending') open.push({ id: made.id, amount: made.amount, debit, credit })
            if (made?.pendingId && found) open.splice(open.indexOf(found), 1)
          })
          .catch((error: unknown) => expect(error).toMatchObject({ code: 'insufficient_funds' }))
        expectSoundBooks(model.rows(accountShelf), model.rows(transferShelf))
      }
    }),
    { numRuns: 200 },
  )
})

function expectSoundBooks(accounts: readonly Account[], transfers: readonly Transfer[]): void {
  const sum = (value: (account: Account) => bigint): bigint => accounts.reduce((total, a) => total + value(a), 0n)
  expect(sum(balanceOf)).toBe(0n)
  expect(sum((a) => a.creditsPending - a.debitsPending)).toBe(0n)
  for (const account of accounts) {
    for (const counter of countersOf(account)) expect(counter).toBeGreaterThanOrEqual(0n)
    if (account.rule === 'debits_must_not_exceed_credits') expect(availableOf(account)).toBeGreaterThanOrEqual(0n)
    const touched = transfers.filter(
      ({ debitAccountId: d, creditAccountId: c }) => d === account.id || c === account.id,
    )
    expect(account.seq).toBe(BigInt(touched.length))
    const last = touched.at(-1)
    expect(last?.debitAccountId === account.id ? last.debitBalance : last?.creditBalance).toBe(balanceOf(account))
  }
}
