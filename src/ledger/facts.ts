// The accounting manual: which transfers each business fact makes. Read top to bottom; nothing else writes transfers.
import type { Books, Need } from '../books/books.ts'
import { siblingId } from '../ids.ts'
import { type AccountRef, fx, needAccount } from './accounts.ts'
import { type Hold, hold, postHold, type Transfer, transfer, voidHold } from './transfers.ts'

/** A simple movement of `amount` minor units under one operation. */
export interface Move {
  readonly operationId: string
  readonly from: AccountRef
  readonly to: AccountRef
  readonly amount: bigint
}

/** A client paid money in: the bank account that safeguards it owes it to the client. */
export const deposited = (books: Books, move: Move): Transfer => moved(books, 'deposited', move)

/** A client moved money between two of its accounts. */
export const fundsTransferred = (books: Books, move: Move): Transfer => moved(books, 'funds_transferred', move)

/** A client put money on a card account. */
export const toppedUp = (books: Books, move: Move): Transfer => moved(books, 'topped_up', move)

/** A client took money back from a card account. */
export const withdrawn = (books: Books, move: Move): Transfer => moved(books, 'withdrawn', move)

/** A client moved a balance from one card account to another. */
export const balanceTransferred = (books: Books, move: Move): Transfer => moved(books, 'balance_transferred', move)

/**
 * A gateway moved money that no payment can hold. `from` and `to` are its receivable and its suspense account, in the
 * direction of the money; a person decides what becomes of it.
 */
export const putInSuspense = (books: Books, move: Move): Transfer => moved(books, 'put_in_suspense', move)

/** The gateway gave back what was in suspense, or never had it: a person says so. The opposite of `putInSuspense`. */
export const takenFromSuspense = (books: Books, move: Move): Transfer => moved(books, 'taken_from_suspense', move)

function moved(books: Books, fact: string, { operationId, from, to, amount }: Move): Transfer {
  return transfer(books, { id: siblingId(operationId, 1), fact, operationId, debit: from, credit: to, amount })
}

/** Who pays whom: each side in its own currency, through fx(currency) when they differ. */
export interface Charge {
  readonly payer: AccountRef
  readonly payee: AccountRef
}

/** What a charge moves, in minor units of each side's currency; equal when the currencies are. */
export interface ChargeAmounts {
  readonly payerAmount: bigint
  readonly payeeAmount: bigint
}

/** The pending transfers of an authorized charge. */
export interface ChargeHolds {
  readonly hold: Hold
  readonly exchangeHold: Hold | null
}

/** The ledger accounts that any step of the charge touches. */
export const chargeNeeds = ({ payer, payee }: Charge): Need[] =>
  payer.currency === payee.currency
    ? [needAccount(payer), needAccount(payee)]
    : [needAccount(payer), needAccount(payee), needAccount(fx(payer.currency)), needAccount(fx(payee.currency))]

/** An issuer said yes, or a gateway is being asked: the payer's money is held for the payee. */
export const chargeAuthorized = (
  books: Books,
  operationId: string,
  charge: Charge,
  amounts: ChargeAmounts,
): ChargeHolds => holdAll(books, { fact: 'charge_authorized', operationId }, charge, amounts)

/** A merchant's money is held for whom it is paid out to. The same as a charge with the merchant as its payer. */
export const payoutBegun = (books: Books, operationId: string, payout: Charge, amounts: ChargeAmounts): ChargeHolds =>
  holdAll(books, { fact: 'payout_begun', operationId }, payout, amounts)

/** The payout arrived. */
export const payoutPaid = (
  books: Books,
  operationId: string,
  payout: Charge & ChargeHolds,
  amounts: ChargeAmounts,
): void =>
  eachHold(payout, amounts, (held, leg, n) =>
    postHold(books, held, { id: siblingId(operationId, n), fact: 'payout_paid', operationId, ...leg }),
  )

/** The payout did not happen. */
export const payoutFailed = (books: Books, operationId: string, payout: Charge & ChargeHolds): void =>
  eachHold(payout, wholeOf(payout), (held, leg, n) =>
    voidHold(books, held, { id: siblingId(operationId, n), fact: 'payout_failed', operationId, ...leg }),
  )

function holdAll(
  books: Books,
  { fact, operationId }: { readonly fact: string; readonly operationId: string },
  charge: Charge,
  amounts: ChargeAmounts,
): ChargeHolds {
  const [first, second] = legs(charge, amounts).map((leg, i) =>
    hold(books, { id: siblingId(operationId, i + 1), fact, operationId, ...leg }),
  )
  if (!first) throw new Error('a charge has at least one leg')
  return { hold: first, exchangeHold: second ?? null }
}

const wholeOf = (charge: ChargeHolds): ChargeAmounts => ({
  payerAmount: charge.hold.amount,
  payeeAmount: charge.exchangeHold?.amount ?? charge.hold.amount,
})

/** The payee took held money, all or a part; the rest goes back to the payer. */
export const chargeCaptured = (
  books: Books,
  operationId: string,
  charge: Charge & ChargeHolds,
  amounts: ChargeAmounts,
): void =>
  eachHold(charge, amounts, (held, leg, n) =>
    postHold(books, held, { id: siblingId(operationId, n), fact: 'charge_captured', operationId, ...leg }),
  )

/**
 * The payee took a part of the held money and may take more: what is left is held anew. A side whose share rounds to nothing keeps
 * its hold. `amounts` are less than what is held on each side.
 */
export function chargePartlyCaptured(
  books: Books,
  operationId: string,
  charge: Charge & ChargeHolds,
  amounts: ChargeAmounts,
): ChargeHolds {
  const holds: Hold[] = []
  eachHold(charge, amounts, (held, leg, n) => holds.push(takePart(books, { held, leg, operationId, n })))
  const [first, second] = holds
  if (!first) throw new Error('a charge has at least one leg')
  return { hold: first, exchangeHold: second ?? null }
}

interface Part {
  readonly held: Hold
  readonly leg: Leg
  readonly operationId: string
  readonly n: number
}

function takePart(books: Books, { held, leg, operationId, n }: Part): Hold {
  if (leg.amount === 0n) return held
  const rest = held.amount - leg.amount
  postHold(books, held, { id: siblingId(operationId, n), fact: 'charge_captured', operationId, ...leg })
  return hold(books, {
    id: siblingId(operationId, n + 2),
    fact: 'charge_authorized',
    operationId,
    ...leg,
    amount: rest,
  })
}

/** The hold was given up, by the payee or by time. */
export const chargeVoided = (books: Books, operationId: string, charge: Charge & ChargeHolds): void =>
  eachHold(charge, wholeOf(charge), (held, leg, n) =>
    voidHold(books, held, { id: siblingId(operationId, n), fact: 'charge_voided', operationId, ...leg }),
  )

/** Captured money went back to the payer. A payer's share that rounds to nothing moves nothing. */
export function chargeRefunded(books: Books, operationId: string, charge: Charge, amounts: ChargeAmounts): void {
  legs(charge, amounts).forEach(({ debit, credit, amount }, i) => {
    if (amount === 0n) return
    transfer(books, {
      id: siblingId(operationId, i + 1),
      fact: 'charge_refunded',
      operationId,
      debit: credit,
      credit: debit,
      amount,
    })
  })
}

interface Leg {
  readonly debit: AccountRef
  readonly credit: AccountRef
  readonly amount: bigint
}

function legs({ payer, payee }: Charge, { payerAmount, payeeAmount }: ChargeAmounts): Leg[] {
  if (payer.currency !== payee.currency) {
    return [
      { debit: payer, credit: fx(payer.currency), amount: payerAmount },
      { debit: fx(payee.currency), credit: payee, amount: payeeAmount },
    ]
  }
  if (payerAmount !== payeeAmount) throw new Error(`a charge of ${payerAmount} pays ${payeeAmount} in one currency`)
  return [{ debit: payer, credit: payee, amount: payerAmount }]
}

function eachHold(
  charge: Charge & ChargeHolds,
  amounts: ChargeAmounts,
  resolve: (held: Hold, leg: Leg, n: number) => void,
): void {
  const holds = [charge.hold, charge.exchangeHold]
  legs(charge, amounts).forEach((leg, i) => {
    const held = holds[i]
    if (!held) throw new Error('a charge between two currencies has two holds')
    resolve(held, leg, i + 1)
  })
}
