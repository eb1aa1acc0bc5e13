// Executes operations, each reference once: decides, writes the book, and queues the notifications, in one transaction.
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { after, MINUTE_MS, SECOND_MS } from '../clock.ts'
import { type Pool, type Queryable, transaction } from '../db/pool.ts'
import type { GatewayOperation } from '../gateways/connector.ts'
import type { Money } from '../money.ts'
import { findCard } from './card-queries.ts'
import {
  behaviorOf,
  type CardBehavior,
  DECLINE_MESSAGES,
  type Decision,
  decideCard,
  decideFollowUp,
  decideKeptCard,
} from './cards.ts'
import { insertChallenge } from './challenge-queries.ts'
import type { FaultName } from './modes.ts'
import { insertNotification } from './notification-queries.ts'
import {
  insertOperation,
  lockOperation,
  type Operation,
  selectPendingCaptures,
  settleOperations,
  updateAttempts,
  updateCharge,
} from './queries.ts'

export interface CardOfRequest {
  readonly number: string
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly cvv?: string
}

/** One request, as its body and headers said it. */
export interface OperationCall {
  readonly accountId: string
  readonly operation: GatewayOperation
  readonly reference: string
  readonly amount: Money
  /** Of charges and of payouts to a card. */
  readonly card?: CardOfRequest
  /** Of charges of a card that is kept. */
  readonly cardToken?: string
  /** Of follow-ups and of payouts to a payer. */
  readonly chargeReference?: string
  /** At which terminal of the caller's. */
  readonly terminalId: string
  /** Of a capture: whether it gives up what it leaves. */
  readonly isFinal: boolean
  readonly authentication: 'auto' | 'required' | 'skip'
  readonly returnUrl?: string
  readonly notificationUrl?: string
  readonly merchantReference?: string
  readonly callerAccount?: string
  readonly callerCode?: string
}

export interface ExecuteOptions {
  readonly now: Date
  readonly fault: FaultName | undefined
}

export type Executed =
  /** `notificationId`: one that is to be sent before the answer. */
  | { readonly kind: 'executed'; readonly operation: Operation; readonly notificationId?: string }
  | { readonly kind: 'reference_reused' }
  | { readonly kind: 'charge_not_found' }

/** How long the payer has for a challenge, and how many wrong codes. */
export const CHALLENGE_LIFE_MS = 5 * MINUTE_MS
export const CHALLENGE_TRIES = 3

/** Of the modes: how long an operation is not found, when a lie ends, when it is really decided. */
export const HIDDEN_MS = 30 * SECOND_MS
export const FLIPS_TO_DECLINED_MS = 10 * SECOND_MS
export const FLIPS_TO_APPROVED_MS = 20 * SECOND_MS
const SILENT_MS = 5 * SECOND_MS

const AFTER_ANSWER_MS = 200 // When a notification is due that comes after the answer.

/** Does what was asked, or finds what was done when the reference was here before. */
export function execute(pool: Pool, call: OperationCall, options: ExecuteOptions): Promise<Executed> {
  return transaction(pool, async (db) => {
    const { accountId, chargeReference } = call
    if (chargeReference === undefined) return executeCharge(db, call, options)
    await settleOperations(db, { now: options.now, only: { accountId, reference: chargeReference } })
    const charge = await lockOperation(db, accountId, chargeReference)
    if (!charge) return { kind: 'charge_not_found' }
    return executeFollowUp(db, call, { ...options, charge })
  })
}

async function executeCharge(db: Queryable, call: OperationCall, options: ExecuteOptions): Promise<Executed> {
  const { now, fault } = options
  const { decision: undisturbed, last4, behavior } = await decideAboutCard(db, call, now)
  const decision = disturb(undisturbed, fault)
  const row: NewOperation = {
    ...toRow(call, decision, options),
    captured: call.operation === 'purchase' && decision.state === 'approved' ? call.amount.amount : 0n,
    cardLast4: last4,
    cardBehavior: typeof behavior === 'string' ? behavior : null,
  }
  if (!(await insertOperation(db, row))) return repeat(db, row)
  if (row.state === 'challenged') {
    await insertChallenge(db, {
      id: randomBytes(16).toString('hex'),
      accountId: row.accountId,
      reference: row.reference,
      code: String(randomInt(1_000_000)).padStart(6, '0'),
      triesLeft: CHALLENGE_TRIES,
      returnUrl: call.returnUrl ?? '',
      expiresAt: after(now, CHALLENGE_LIFE_MS),
    })
  }
  return finish(db, row, options)
}

interface Presented {
  readonly decision: Decision
  readonly last4: string | null
  readonly behavior: CardBehavior | null
}

async function decideAboutCard(db: Queryable, call: OperationCall, now: Date): Promise<Presented> {
  const { accountId, card, cardToken, authentication } = call
  if (card) {
    const { number, cvv } = card
    const decision = decideCard({ ...card, cvv, authentication, now })
    return { decision, last4: number.slice(-4), behavior: behaviorOf(number) }
  }
  if (cardToken === undefined) throw new Error('a charge has no card')
  const found = await findCard(db, { accountId, token: cardToken })
  // Of another account, forgotten, or never kept: all the same to whoever asks.
  if (!found?.kept) return { decision: { state: 'declined', code: 'card_invalid' }, last4: null, behavior: null }
  const { last4, behavior } = found.kept
  return { decision: decideKeptCard({ ...found.kept, authentication, now }), last4, behavior }
}

async function executeFollowUp(
  db: Queryable,
  call: OperationCall,
  options: ExecuteOptions & { readonly charge: Operation },
): Promise<Executed> {
  const { charge, fault } = options
  const { operation, amount } = call
  const taken = charge.captured - (await selectPendingCaptures(db, charge))
  const decision = disturb(decideAbout({ ...charge, taken }, call), fault)
  const row = { ...toRow(call, decision, options), parentReference: charge.reference }
  // The charge is locked, so nobody else is about to write a follow-up of it under this reference.
  const repeated = await repeat(db, row)
  if (repeated.kind !== 'charge_not_found') return repeated
  if (!(await insertOperation(db, row))) return repeat(db, row)
  if (decision.state !== 'declined') {
    await updateCharge(db, {
      ...charge,
      captured: operation === 'capture' ? charge.captured + amount.amount : charge.captured,
      refunded: operation === 'refund' ? charge.refunded + amount.amount : charge.refunded,
      isClosed: charge.isClosed || operation === 'void' || (operation === 'capture' && call.isFinal),
    })
  }
  return finish(db, row, options)
}

/** The terminal at which every refund is queued. */
export const QUEUING_TERMINAL = '900'

const heldOf = ({ operation, amount, captured, isClosed }: Operation): bigint =>
  operation === 'authorize' && !isClosed ? amount - captured : 0n

// `taken` is what was captured for certain: what is pending may be given back, and then no refund may have used it.
function decideAbout(
  charge: Operation & { readonly taken: bigint },
  { operation, terminalId, amount: { amount, currency } }: OperationCall,
): Decision {
  const invalid: Decision = { state: 'declined', code: 'state_invalid' }
  const tooLarge: Decision = { state: 'declined', code: 'amount_too_large' }
  if (charge.currency !== currency) return { ...invalid, message: `The charge is in ${charge.currency}.` }
  if (charge.state !== 'approved') return invalid
  const held = heldOf(charge)
  switch (operation) {
    case 'capture':
      if (held === 0n) return invalid
      if (amount > held) return tooLarge
      break
    case 'void':
      if (held === 0n) return invalid
      if (amount !== held) return { ...invalid, message: 'A void is of all that is held.' }
      break
    case 'refund':
      if (charge.taken === 0n) return invalid
      if (amount > charge.taken - charge.refunded) return tooLarge
      break
    case 'payout':
      break
    case 'authorize':
    case 'purchase':
      throw new Error(`${operation} follows no charge`)
  }
  return terminalId === QUEUING_TERMINAL && operation === 'refund'
    ? decideFollowUp(operation, 'refund-queued')
    : decideFollowUp(operation, charge.cardBehavior)
}

// Two faults change when the gateway decides, not what: an approval comes later.
function disturb(decision: Decision, fault: FaultName | undefined): Decision {
  if (decision.state !== 'approved') return decision
  if (fault === 'callback-never') return { state: 'pending', afterMs: SILENT_MS, to: decision }
  if (fault === 'flips') return { state: 'pending', afterMs: FLIPS_TO_APPROVED_MS, to: decision }
  return decision
}

type NewOperation = Omit<Operation, 'attempts'>

function toRow(call: OperationCall, decision: Decision, { now, fault }: ExecuteOptions): NewOperation {
  const { accountId, reference, operation, amount } = call
  const final = decision.state === 'pending' ? decision.to : decision
  return {
    ...{ accountId, reference, operation, parentReference: null, amount: amount.amount, currency: amount.currency },
    state: decision.state,
    declineCode: final.state === 'declined' ? final.code : null,
    declineMessage: final.state === 'declined' ? (final.message ?? DECLINE_MESSAGES[final.code]) : null,
    gatewayId: `SG${randomBytes(8).toString('hex').toUpperCase()}`,
    approvalCode: final.state === 'approved' ? newApprovalCode() : null,
    eci: final.state === 'approved' ? (final.eci ?? null) : null,
    ...{ captured: 0n, refunded: 0n, isClosed: false, isFinal: call.isFinal, cardLast4: null, cardBehavior: null },
    decidesAt: decision.state === 'pending' ? after(now, decision.afterMs) : null,
    decidesTo: decision.state === 'pending' ? (final.state === 'declined' ? 'declined' : 'approved') : null,
    hiddenUntil: fault === 'not-found-first' ? after(now, HIDDEN_MS) : null,
    isFlipping: fault === 'flips' && decision.state === 'pending',
    fingerprint: fingerprintOf(call),
    notificationUrl: fault === 'callback-never' ? null : (call.notificationUrl ?? null),
    merchantReference: call.merchantReference ?? null,
    callerAccount: call.callerAccount ?? null,
    callerCode: call.callerCode ?? null,
    createdAt: now,
  }
}

/** Six digits, as issuers give them. */
export const newApprovalCode = (): string => String(randomInt(1_000_000)).padStart(6, '0')

// Without the card: a digest of a card number is a card number to whoever can count to a billion.
const fingerprintOf = ({ operation, amount, chargeReference = '', isFinal, cardToken }: OperationCall): Buffer => {
  const parts = [operation, amount.amount, amount.currency, chargeReference, isFinal, ...(cardToken ? [cardToken] : [])]
  return createHash('sha256').update(parts.join('|')).digest()
}

async function repeat(db: Queryable, row: NewOperation): Promise<Executed> {
  const operation = await updateAttempts(db, row.accountId, row.reference)
  if (!operation) return { kind: 'charge_not_found' }
  return operation.fingerprint.equals(row.fingerprint) ? { kind: 'executed', operation } : { kind: 'reference_reused' }
}

// What is decided is told after the answer; what is pending or challenged is told when it is decided.
async function finish(db: Queryable, row: NewOperation, { now, fault }: ExecuteOptions): Promise<Executed> {
  const { accountId, reference, notificationUrl: url } = row
  const executed: Executed = { kind: 'executed', operation: { ...row, attempts: 1 } }
  if (url === null) return executed
  const tell = async (afterMs: number, copies = 1): Promise<string> => {
    const id = randomUUID()
    await insertNotification(db, { id, accountId, reference, url, copies, dueAt: after(now, afterMs) })
    return id
  }
  if (row.isFlipping) await tell(FLIPS_TO_DECLINED_MS)
  if (row.hiddenUntil) await tell(HIDDEN_MS)
  if (row.state !== 'approved' && row.state !== 'declined') return executed
  if (fault === 'callback-early') return { ...executed, notificationId: await tell(MINUTE_MS) }
  await tell(AFTER_ANSWER_MS, fault === 'callback-twice' ? 2 : 1)
  return executed
}
