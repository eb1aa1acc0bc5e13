import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { CheckoutView } from '../../src/checkouts/checkout.ts'
import { cancelCheckout, expireCheckout, giveUpCheckout, invalidateCheckout } from '../../src/checkouts/close.ts'
import { openCheckout } from '../../src/checkouts/open.ts'
import { payInCash } from '../../src/checkouts/pay.ts'
import { deleteCheckout } from '../../src/checkouts/remove.ts'
import { saveCard } from '../../src/checkouts/save-card.ts'
import { createTeller } from '../../src/checkouts/tell-customers.ts'
import { connect } from '../../src/db/pool.ts'
import { type EventCursor, findCursor, STREAM_START } from '../../src/events/queries.ts'
import { expirePayments } from '../../src/jobs/expire.ts'
import { expireCheckouts } from '../../src/jobs/expire-checkouts.ts'
import { refundSurplus } from '../../src/jobs/refund-surplus.ts'
import { resolveDue } from '../../src/jobs/resolve.ts'
import { abandonChallenge } from '../../src/payments/challenge.ts'
import { settleByHand } from '../../src/payments/inbox.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { charge, enterCard, pass } from '../helpers/gateway.ts'
import { advanceClock } from '../helpers/seed.ts'
import { makeTold, messagesTo, newCustomer, tellAll, toldTo } from './customers.ts'
import { makeCheckout, openCheckoutWorld, operate, ourCard, pay } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, pool, merchantId } = world
const REFUSED = { card: enterCard('4000000001000050') }
const QUEUED = { card: enterCard('4000000001000183') }

interface Story {
  readonly pgCodes?: readonly string[]
  readonly told: readonly string[]
  readonly happens: (checkout: CheckoutView) => Promise<unknown>
}

const own = ({ id }: CheckoutView) => ({ merchantId, id })

const STORIES: Readonly<Record<string, Story>> = {
  'is made and opened': { told: ['created'], happens: ({ id }) => openCheckout(deps, id) },
  'is paid': { told: ['created', 'paid'], happens: (checkout) => pay(world, checkout) },
  'is paid with a card of ours': {
    pgCodes: ['house'],
    told: ['created', 'paid'],
    happens: async (checkout) => pay(world, checkout, { instrument: { card: (await ourCard(world)).card } }),
  },
  'is paid after a card was refused': {
    told: ['created', 'paid'],
    happens: async (checkout) => {
      await pay(world, checkout, { instrument: REFUSED })
      await pay(world, checkout)
    },
  },
  'fails because only one card may be tried': {
    pgCodes: ['once'],
    told: ['created', 'failed'],
    happens: (checkout) => pay(world, checkout, { instrument: REFUSED }),
  },
  'fails and is paid after all': {
    pgCodes: ['once'],
    told: ['created', 'failed', 'paid'],
    happens: async (checkout) => {
      await world.arm('error-did')
      const { operation } = await pay(world, checkout)
      await settleByHand(deps, { operationId: operation.id, verdict: 'declined', evidence: 'a mistake', by: 'a test' })
      await resolveOperation(deps, operation.id)
    },
  },
  'is canceled while a payment is under way that goes back': {
    told: ['created', 'canceled'],
    happens: async (checkout) => {
      await world.arm('error-did')
      const { operation } = await pay(world, checkout)
      await cancelCheckout(deps, own(checkout))
      await resolveOperation(deps, operation.id)
      await refundSurplus(deps)
    },
  },
  'is to be paid in cash and called off': {
    pgCodes: ['cash'],
    told: ['created', 'canceled'],
    happens: async (checkout) => {
      await payInCash(deps, { checkoutId: checkout.id })
      await cancelCheckout(deps, own(checkout))
    },
  },
  'is expired by its merchant': {
    told: ['created', 'expired'],
    happens: (checkout) => expireCheckout(deps, own(checkout)),
  },
  'is given up by a payer who had one try': {
    told: ['created', 'expired'],
    happens: ({ id }) => giveUpCheckout(deps, { id, isOnlyTry: true }),
  },
  'is given up by a payer while his bank asked him': {
    pgCodes: ['house'],
    told: ['created', 'expired'],
    happens: (checkout) => abandon(checkout),
  },
  'expires, and then its payer gives up': {
    pgCodes: ['house'],
    told: ['created', 'expired'],
    happens: (checkout) => abandon(checkout, () => expireCheckout(deps, own(checkout))),
  },
  'can be paid by no account any more': {
    told: ['created'],
    happens: ({ id }) => invalidateCheckout(deps, { id, because: 'a test' }),
  },
  'is held, captured in parts and refunded in parts': {
    pgCodes: ['authorize'],
    told: ['created', 'authorized', 'captured', 'refunded', 'captured', 'refunded'],
    happens: async (checkout) => {
      await pay(world, checkout)
      for (const amount of ['40.00', '60.00']) {
        await operate(world, checkout, { operation: 'capture', amount })
        await operate(world, checkout, { operation: 'refund', amount })
      }
    },
  },
  'is held and voided': {
    pgCodes: ['authorize'],
    told: ['created', 'authorized', 'voided'],
    happens: async (checkout) => {
      await pay(world, checkout)
      await operate(world, checkout, { operation: 'void' })
    },
  },
  'is refunded once the gateway has got to it': {
    told: ['created', 'paid', 'refunded'],
    happens: async (checkout) => {
      await pay(world, checkout, { instrument: QUEUED })
      await operate(world, checkout, { operation: 'refund' })
      await pass(world, 6, () => resolveDue(deps))
    },
  },
  'is deleted for good before anything was told': {
    told: [],
    happens: (checkout) => deleteCheckout(deps, own(checkout)),
  },
  'is hidden and refunded all the same': {
    told: ['created', 'paid', 'refunded'],
    happens: async (checkout) => {
      await pay(world, checkout, { instrument: QUEUED })
      await operate(world, checkout, { operation: 'refund' })
      await deleteCheckout(deps, own(checkout))
      await pass(world, 6, () => resolveDue(deps))
    },
  },
}

async function abandon(checkout: CheckoutView, meanwhile = async (): Promise<unknown> => undefined): Promise<void> {
  const { card } = await ourCard(world)
  const more = { claimId: checkout.id, isLastTry: true, authentication: 'required' } as const
  const { operation } = await charge(world, { card, more })
  await meanwhile()
  await abandonChallenge(deps, { operationId: operation.id, isDenied: false })
}

const BY_WHATSAPP = new Set(['created', 'paid', 'canceled', 'failed', 'expired', 'authorized'])

test.each(Object.entries(STORIES))('of a checkout that %s the customer is told it', async (_name, story) => {
  const { pgCodes = ['purchase'], told, happens } = story
  const checkout = await makeTold(world, { pgCodes })
  await happens(checkout)
  await tellAll(world)
  const { email, phone } = checkout.customer
  expect(await toldTo(world, phone, 'sms')).toEqual(told)
  expect(await toldTo(world, email, 'email')).toEqual(told)
  expect(await toldTo(world, phone, 'whatsapp')).toEqual(told.filter((event) => BY_WHATSAPP.has(event)))
})

test('an hour that is over is told when a job notices', async () => {
  const checkout = await makeTold(world, { lifeMs: 60_000 })
  await advanceClock(world, 61)
  await expireCheckouts(deps)
  await tellAll(world)
  expect(await toldTo(world, checkout.customer.email, 'email')).toEqual(['created', 'expired'])
})

test('a hold that runs out is told, and not that the rest of one did', async () => {
  const [untouched, partly] = [
    await makeTold(world, { pgCodes: ['authorize'] }),
    await makeTold(world, { pgCodes: ['authorize'] }),
  ]
  for (const checkout of [untouched, partly]) await pay(world, checkout)
  await operate(world, partly, { operation: 'capture', amount: '40.00' })
  await advanceClock(world, 8 * 24 * 3600)
  while (await expirePayments(deps));
  await tellAll(world)
  expect(await toldTo(world, untouched.customer.phone, 'sms')).toEqual(['created', 'authorized', 'voided'])
  expect(await toldTo(world, partly.customer.phone, 'sms')).toEqual(['created', 'authorized', 'captured'])
})

test('a second success of what was paid, which goes back by itself, is not told', async () => {
  const checkout = await makeTold(world)
  await world.arm('error-did')
  const { operation } = await pay(world, checkout)
  await settleByHand(deps, { operationId: operation.id, verdict: 'declined', evidence: 'a mistake', by: 'a test' })
  await pay(world, checkout)
  await resolveOperation(deps, operation.id)
  await refundSurplus(deps)
  await tellAll(world)
  expect(await toldTo(world, checkout.customer.email, 'email')).toEqual(['created', 'paid'])
})

test('that a card was saved is told as what was asked for', async () => {
  const checkout = await makeTold(world, { paymentType: 'save_card', customerId: 'customer-1' })
  await saveCard(deps, { checkoutId: checkout.id, pgCode: 'purchase', card: enterCard() })
  await tellAll(world)
  expect(await messagesTo(world, checkout.customer.email)).toMatchObject([
    { payment: { event: 'created', keepsCard: true } },
    { payment: { event: 'paid', keepsCard: true } },
  ])
})

test('only what the checkout asks for is told, by the channel that it names, with copies of e-mails', async () => {
  const { email, phone, details } = newCustomer()
  const { email: copy, phone: silent } = newCustomer()
  const told = await makeCheckout(world, {
    details: {
      ...details,
      emailRecipients: [copy, email, copy, 'two\nlines@example.com'],
      notifications: { email: ['paid'], sms: ['created'] },
    },
  })
  await pay(world, told)
  await pay(world, await makeCheckout(world, { details: { customerPhone: silent } }))
  await tellAll(world)
  expect(await toldTo(world, email, 'email')).toEqual(['paid'])
  expect(await toldTo(world, copy, 'email')).toEqual(['paid'])
  expect(await toldTo(world, phone, 'sms')).toEqual(['created'])
  expect(await toldTo(world, phone, 'whatsapp')).toEqual([])
  expect(await messagesTo(world, silent)).toEqual([])
})

test('nothing is kept of who was told what, once the checkout is deleted for good', async () => {
  const checkout = await makeTold(world)
  await tellAll(world)
  expect(await messagesTo(world, checkout.customer.email)).toHaveLength(1)
  await pool.query(
    `insert into message_deliveries (shard, message_id, attempts, due_at)
     select shard, id, 1, now() from messages where recipient = $1`,
    [checkout.customer.email],
  )
  await deleteCheckout(deps, own(checkout))
  await tellAll(world)
  const { rows } = await pool.query('select id from messages where subject_id = $1', [checkout.id])
  expect(rows).toEqual([])
})

const countAll = async (): Promise<{ told: number; ids: string }> => {
  const { rows } = await pool.query<{ told: number; ids: string }>(
    `select count(*)::int as told, md5(string_agg(id::text, ' ' order by id)) as ids from messages where kind = 'payment'`,
  )
  return rows[0] ?? { told: 0, ids: '' }
}

test('however often it is read from wherever, by however many readers, nothing is told twice', async () => {
  for (const { pgCodes = ['purchase'], happens } of Object.values(STORIES))
    await happens(await makeTold(world, { pgCodes }))
  await tellAll(world)
  const told = await countAll()
  expect(told.told).toBeGreaterThan(100)
  const { rows: places } = await pool.query<EventCursor>(
    `select transaction_id::text as "transactionId", id as "eventId" from events order by events.transaction_id, id`,
  )
  const replay = fc.asyncProperty(
    fc.nat({ max: places.length - 1 }),
    fc.integer({ min: 1, max: 3 }),
    async (place, readers) => {
      const { transactionId, eventId } = places[place] ?? { transactionId: '0', eventId: '' }
      await pool.query(
        `update event_cursors set transaction_id = $1::xid8, event_id = $2 where consumer = 'customer messages'`,
        [transactionId, eventId],
      )
      await Promise.all(Array.from({ length: readers }, () => tellAll(world)))
      expect(await countAll()).toEqual(told)
    },
  )
  await fc.assert(replay, { numRuns: 25 })
}, 60_000)

test('what a reader has not committed when it dies is told by the next one, as a whole', async () => {
  const checkout = await makeTold(world)
  await pay(world, checkout)
  const before = await findCursor(pool, 'customer messages')
  const owner = await connect(world.ownerUrl)
  onTestFinished(() => owner.end())
  // The table takes everything but the last message, which is about the payment: what was written before it is undone.
  await owner.query(
    `alter table messages add constraint dies check (event <> 'paid' or recipient <> '${checkout.customer.phone}') not valid`,
  )
  const tell = createTeller(deps)
  await vi.waitFor(() => expect(tell()).rejects.toThrow('dies'))
  expect(await findCursor(pool, 'customer messages')).toEqual(before)
  expect(await messagesTo(world, checkout.customer.email)).toEqual([])
  await owner.query('alter table messages drop constraint dies')
  await tellAll(world)
  expect(await toldTo(world, checkout.customer.phone, 'sms')).toEqual(['created', 'paid'])
  expect(await toldTo(world, checkout.customer.email, 'email')).toEqual(['created', 'paid'])
})

test('what happened before there was a checkout is passed over, and then nothing is', async () => {
  const other = await openCheckoutWorld()
  await other.pool.query(
    `insert into events (shard, id, type, owner_id, subject_id, data, created_at)
     select 0, gen_random_uuid(), 'payment.begun', gen_random_uuid(), gen_random_uuid(), '{}', now()
       from generate_series(1, 250)`,
  )
  const tell = createTeller(other.deps)
  await vi.waitFor(async () => {
    expect(await tell()).toBe(false)
    expect(await findCursor(other.pool, 'customer messages')).not.toEqual(STREAM_START)
  })
  const checkout = await makeTold(other)
  await tellAll(other)
  expect(await toldTo(other, checkout.customer.email, 'email')).toEqual(['created'])
})
