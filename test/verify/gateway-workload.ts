// Payments through a real sandbox gateway and with cards of ours by their number, in every state in which they can be left.
import type { KeyClaim } from '../../src/idempotency/keyed.ts'
import { newId } from '../../src/ids.ts'
import { expirePayments } from '../../src/jobs/expire.ts'
import { refundSurplus } from '../../src/jobs/refund-surplus.ts'
import { resolveDue } from '../../src/jobs/resolve.ts'
import { parseAmount } from '../../src/money.ts'
import { chargeKeptCard, chargeOrder } from '../../src/orders/charge.ts'
import { payOutOrder } from '../../src/orders/pay-out.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import { abandonChallenge, approveChallenge } from '../../src/payments/challenge.ts'
import type { Step } from '../../src/payments/finish.ts'
import { settleByHand } from '../../src/payments/inbox.ts'
import { payOut } from '../../src/payments/payout.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { voidPayment } from '../../src/payments/void.ts'
import { deleteRegistration, registerCard } from '../../src/registrations/register.ts'
import { Secret } from '../../src/secret.ts'
import { addGatewayAccount, type ChargePlan, charge, enterCard, type GatewayWorld, pass } from '../helpers/gateway.ts'
import { type FundedCard, issueFundedCard, newestCode } from '../helpers/seed.ts'

/** What faults are planted on. */
export interface GatewayPart {
  /** A purchase of which nothing was given back. */
  readonly purchased: Step
  /** An authorization, captured in part; the step is the capture's. */
  readonly capturedInPart: Step
  /** Authorized and left so. */
  readonly authorized: Step
  /** At the gateway's page. */
  readonly redirected: Step
  /** A refund that the gateway has queued. */
  readonly queued: Step
  /** Refused, its hold voided. */
  readonly declined: Step
  /** A payout through the gateway, to the payer of an earlier payment. */
  readonly paidBack: Step
  /** Asked to the end of the schedule. */
  readonly givenUp: Step
  /** In suspense, the case open. */
  readonly contradicted: Step
  /** Paid, and paid again by `surplus`, which went back. */
  readonly claimId: string
  readonly surplus: Step
  /** Held by a payment that waits. */
  readonly heldClaimId: string
  readonly order: Step
  /** A card that a merchant keeps, and one that it has forgotten. */
  readonly kept: string
  readonly forgotten: string
}

/** Plays everything. Days pass. */
export async function playGateways(world: GatewayWorld): Promise<GatewayPart> {
  await addGatewayAccount(world, { code: 'second', currency: 'USD', priority: 20 })
  const { contradicted, givenUp } = await playBadWeek(world)
  const fine = await playFineDay(world)
  await playDoubts(world)
  await playLateTruths(world)
  await playOurCards(world)
  const paidBack = await playPayouts(world)
  const claims = await playClaims(world)
  const orders = await playOrders(world)
  const authorized = await charge(world, { kind: 'authorize', amount: '70.00' })
  await charge(world, { card: enterCard('4000000001000134') }) // decided later, and left so
  for (const follow of [(step: Step) => take(world, step, '1.00'), (step: Step) => release(world, step)]) {
    const held = await charge(world, { kind: 'authorize', amount: '2.00' })
    await world.arm('error-did')
    await follow(held) // left unknown
  }
  const refunded = await charge(world)
  await world.arm('error-did-not')
  await back(world, refunded, '1.00') // left unknown
  const queued = await back(world, await charge(world, { card: enterCard('4000000001000183') }), '40.00')
  const redirected = await charge(world, { card: CHALLENGED })
  return { ...fine, authorized, contradicted, givenUp, paidBack, ...claims, ...orders, queued, redirected }
}

const CHALLENGED = enterCard('4000000000000002', { cvv: new Secret('237') })

const take = ({ deps, merchantId }: GatewayWorld, { payment }: Step, amount: string): Promise<Step> =>
  capturePayment(deps, { merchantId, paymentId: payment.id, amount, keys: [] })

const release = ({ deps, merchantId }: GatewayWorld, { payment }: Step): Promise<Step> =>
  voidPayment(deps, { merchantId, paymentId: payment.id, keys: [] })

const NO_KEYS: readonly KeyClaim[] = []

const back = ({ deps, merchantId }: GatewayWorld, { payment }: Step, amount: string): Promise<Step> =>
  refundPayment(deps, {
    merchantId,
    paymentId: payment.id,
    amount: parseAmount(amount, payment.currency),
    description: 'Returned',
    reason: 'returned',
    keys: NO_KEYS,
  })

const pay = ({ deps, merchantId }: GatewayWorld, to: Parameters<typeof payOut>[1]['to'], amount: string) =>
  payOut(deps, {
    merchantId,
    origin: 'transaction-services',
    amount: parseAmount(amount, 'USD'),
    description: 'Winnings',
    to,
    merchantReference: newId(),
    attachment: { needs: [], write: () => undefined },
  })

/** The gateway does it and nobody hears of it; a person then takes it for failed. */
async function misjudged(world: GatewayWorld, act: () => Promise<Step>): Promise<Step> {
  await world.arm('reset-after-doing')
  const { operation } = await act()
  if (operation.state !== 'unknown') throw new Error(`the ${operation.kind} is ${operation.state}`)
  return settleByHand(world.deps, {
    operationId: operation.id,
    verdict: 'declined',
    evidence: 'not in the settlement file',
    by: 'workload',
  })
}

const lookAgain = ({ deps }: GatewayWorld, { operation }: Step): Promise<Step> => resolveOperation(deps, operation.id)

// Captures that nobody heard of, whose holds then expired: no payment can hold them. One is cleared, the other stays.
async function playBadWeek(world: GatewayWorld) {
  const { deps } = world
  await world.arm('error-did-not')
  const givenUp = await charge(world, { amount: '11.00' })
  const misjudgedCapture = async (amount: string): Promise<Step> => {
    const held = await charge(world, { kind: 'authorize', amount })
    return misjudged(world, () => take(world, held, amount))
  }
  const cleared = await misjudgedCapture('80.00')
  const left = await misjudgedCapture('90.00')
  await pass(world, 8 * 86_400, async () => {
    await expirePayments(deps)
    await resolveDue(deps)
  })
  await lookAgain(world, cleared)
  await settleByHand(deps, {
    operationId: cleared.operation.id,
    verdict: 'declined',
    evidence: 'the gateway gave it back',
    by: 'workload',
  })
  const contradicted = await lookAgain(world, left)
  if (contradicted.payment.state !== 'voided') throw new Error(`the payment is ${contradicted.payment.state}`)
  await lookAgain(world, left)
  return { contradicted, givenUp }
}

async function playFineDay(world: GatewayWorld) {
  const purchased = await charge(world)
  await charge(world, { currency: 'KWD', amount: '1.234' })
  const held = await charge(world, { kind: 'authorize' })
  const capturedInPart = await take(world, held, '60.00')
  await back(world, capturedInPart, '20.00')
  await back(world, await charge(world, { amount: '7.00' }), '7.00')
  await release(world, await charge(world, { kind: 'authorize' }))
  const declined = await charge(world, { card: enterCard('4000000001000050') })
  for (const [number, follow] of REFUSED_LATER) {
    await follow(world, await charge(world, { kind: 'authorize', card: enterCard(number), amount: '5.00' }))
  }
  await world.arm('refuse-connect')
  const elsewhere = await charge(world, { amount: '6.00' })
  if (elsewhere.operation.attempt !== 2) throw new Error('no other gateway was tried')
  await world.arm('refuse-connect', { count: 2 })
  await charge(world, { amount: '6.00' })
  return { purchased, capturedInPart, declined }
}

const REFUSED_LATER: readonly (readonly [string, (world: GatewayWorld, step: Step) => Promise<Step>])[] = [
  ['4000000001000159', (world, step) => take(world, step, '5.00')],
  ['4000000001000167', release],
  ['4000000001000175', async (world, step) => back(world, await take(world, step, '5.00'), '5.00')],
]

// Unknown, and then found out, either way.
async function playDoubts(world: GatewayWorld): Promise<void> {
  const { deps } = world
  await world.arm('reset-after-doing')
  await charge(world, { amount: '12.00' })
  await world.arm('error-did-not')
  const nothing = await charge(world, { amount: '13.00' })
  const queued = [enterCard('4000000001000183'), enterCard('4000000001000191'), enterCard('4000000001000142')]
  for (const card of queued) {
    const step = await charge(world, { card, amount: '14.00' })
    if (step.payment.state === 'captured') await back(world, step, '14.00')
  }
  for (const seconds of [6, 10, 15, 30]) await pass(world, seconds, () => resolveDue(deps))
  const { operation } = await lookAgain(world, nothing)
  if (operation.state !== 'not_done') throw new Error(`the operation is ${operation.state}`)
}

async function playLateTruths(world: GatewayWorld): Promise<void> {
  const held = await charge(world, { kind: 'authorize', amount: '21.00' })
  const other = await charge(world, { kind: 'authorize', amount: '21.00' })
  const charged = await charge(world, { amount: '22.00' })
  const acts: readonly (() => Promise<Step>)[] = [
    () => charge(world, { kind: 'authorize', amount: '23.00' }),
    () => charge(world, { amount: '24.00' }),
    () => take(world, held, '15.00'),
    () => release(world, other),
    () => back(world, charged, '9.00'),
    () => pay(world, { card: enterCard() }, '3.00'),
  ]
  for (const act of acts) {
    const { operation } = await lookAgain(world, await misjudged(world, act))
    if (operation.state !== 'approved') throw new Error(`the ${operation.kind} is ${operation.state}`)
  }
  // A refund for which there is no room any more: the payer has been paid out instead.
  const step = await charge(world, { amount: '22.00' })
  const lost = await misjudged(world, () => back(world, step, '20.00'))
  await pay(world, { paymentId: step.payment.id }, '10.00')
  await lookAgain(world, lost)
}

/** A card of ours as its holder enters it. */
export function enterOurs({ deps }: GatewayWorld, holder: FundedCard, code?: string) {
  const { id, expiryYear, expiryMonth } = holder.card
  const cvv = new Secret(code ?? deps.vault.cvv(id, `${expiryYear}-${String(expiryMonth).padStart(2, '0')}`))
  return enterCard(holder.pan, { expiryMonth, expiryYear, cvv })
}

async function playOurCards(world: GatewayWorld): Promise<void> {
  const { deps } = world
  const holder = await issueFundedCard(world, { balance: '500.00' })
  const abroad = await issueFundedCard(world, { balance: '900.00', currency: 'HKD' })
  const card = enterOurs(world, holder)
  const required = { authentication: 'required' } as const
  await back(world, await charge(world, { card, amount: '60.00' }), '60.00')
  await take(world, await charge(world, { kind: 'authorize', card, amount: '50.00' }), '20.01')
  await release(world, await charge(world, { kind: 'authorize', card, amount: '50.00' }))
  const exchanged = await charge(world, { card: enterOurs(world, abroad), amount: '33.33' })
  await back(world, exchanged, '11.11')
  const refused: readonly ChargePlan[] = [
    { card, amount: '9999.00' },
    { card: enterOurs(world, abroad), amount: '9999.00' },
    { card: enterOurs(world, holder, '000'), amount: '1.00' },
    { card: enterCard('5451889999999995'), amount: '1.00' },
  ]
  for (const plan of refused) {
    const { payment } = await charge(world, plan)
    if (payment.state !== 'declined') throw new Error(`the payment is ${payment.state}`)
  }
  const ask = (amount: string, kind: 'authorize' | 'purchase' = 'purchase') =>
    charge(world, { card, amount, kind, more: required })
  for (const [kind, amount] of [
    ['purchase', '10.00'],
    ['authorize', '11.00'],
    ['purchase', '9999.00'],
  ] as const) {
    const { operation } = await ask(amount, kind)
    const step = await approveChallenge(deps, { operationId: operation.id, code: await newestCode(world, holder) })
    if (step.payment.state === 'authorized') await take(world, step, '11.00')
  }
  for (const isDenied of [true, false])
    await abandonChallenge(deps, { operationId: (await ask('10.00')).operation.id, isDenied })
  await ask('10.00') // left waiting
  await pay(world, { card }, '4.00')
  await pay(world, { paymentId: (await charge(world, { card, amount: '20.00' })).payment.id }, '5.00')
}

async function playPayouts(world: GatewayWorld): Promise<Step> {
  await pay(world, { card: enterCard() }, '8.00')
  await pay(world, { card: enterCard('4000000001000043') }, '8.00')
  await world.arm('reset-after-doing')
  await pay(world, { card: enterCard() }, '2.00') // left unknown
  const source = await charge(world, { amount: '30.00' })
  await world.arm('error-did-not')
  await pay(world, { paymentId: source.payment.id }, '1.00') // left unknown
  return pay(world, { paymentId: source.payment.id }, '10.00')
}

async function playClaims(world: GatewayWorld) {
  const { deps } = world
  const [claimId, heldClaimId, freeClaimId] = [newId(), newId(), newId()]
  const first = await misjudged(world, () => charge(world, { amount: '17.00', more: { claimId } }))
  await charge(world, { amount: '17.00', more: { claimId } })
  const surplus = await lookAgain(world, first)
  await refundSurplus(deps)
  await charge(world, { card: enterCard('4000000001000050'), more: { claimId: freeClaimId } })
  await charge(world, { card: CHALLENGED, more: { claimId: heldClaimId } })
  return { claimId, surplus, heldClaimId }
}

async function playOrders(world: GatewayWorld) {
  const { deps, merchantId } = world
  const customer = { givenName: 'Ada', phone: '4915123456787' } // As long as a card number, and passes for one.
  const details = { paymentMode: 'CC', paymentBrand: 'VISA', customer, shipping: {}, device: {} }
  const order = { merchantId, kind: 'purchase', amount: parseAmount('15.00', 'USD'), details } as const
  const step = await chargeOrder(deps, {
    ...{ ...order, merchantTransactionId: 'order-1', card: enterCard(), authentication: 'auto' },
    ...{ createRegistration: true, isInitial: true },
  })
  const [kept, gone] = [await keep(world), await keep(world)]
  await chargeKeptCard(deps, {
    ...{ ...order, merchantTransactionId: 'order-2', token: kept.token, cvv: undefined, authentication: 'skip' },
    ...{ isInitial: false, isRepeated: false },
  })
  await payOutOrder(deps, {
    ...{ merchantId, merchantTransactionId: 'order-3', amount: parseAmount('1.00', 'USD') },
    ...{ to: { card: enterCard() }, details },
  })
  await deleteRegistration(deps, { merchantId, token: gone.token })
  return { order: step, kept: kept.id, forgotten: gone.id }
}

const keep = ({ deps, merchantId }: GatewayWorld) => registerCard(deps, { merchantId, card: enterCard(), mode: 'CC' })
