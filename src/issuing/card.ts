// A card: its status, what it may spend, and what it has spent. The number itself is in the vault.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Metadata } from '../clients/xids.ts'
import { AppError, type ErrorCode } from '../errors.ts'

export const CARD_STATUSES = [
  'active',
  'pending-issue',
  'pending-activation',
  'locked',
  'suspended',
  'cancelled',
] as const
export type CardStatus = (typeof CARD_STATUSES)[number]

/** What a card may spend, in minor units of its account's currency; null is no limit. */
export interface SpendingLimits {
  /** Of one charge. */
  readonly singleTransactionLimit: bigint | null
  /** Of all charges of one day (UTC). */
  readonly dailyLimit: bigint | null
  /** The same as dailyLimit for purchases, which are all that these cards do. */
  readonly dailyPurchaseLimit: bigint | null
  /** Of one charge with the card in the reader. */
  readonly cardPresentLimit: bigint | null
  /** Of one charge without it. */
  readonly cardNotPresentLimit: bigint | null
  /** Of all charges in the card's life. */
  readonly cardLimit: bigint | null
}

export interface Card extends SpendingLimits {
  readonly id: string
  readonly clientId: string
  readonly cardAccountId: string
  readonly productId: string
  readonly currency: string
  readonly type: 'virtual' | 'physical'
  readonly status: CardStatus
  readonly embossedName: string
  readonly last4: string
  readonly expiryMonth: number
  readonly expiryYear: number
  /** Digits without a plus, as codes are sent to it. */
  readonly mobile: string | null
  readonly email: string | null
  /** The day (UTC, business time) that `spentToday` counts. */
  readonly spentOn: string | null
  readonly spentToday: bigint
  readonly spentInTotal: bigint
  readonly xid: string | null
  readonly xmetadata: Metadata | null
  readonly createdAt: Date
}

export const cardShelf = tableShelf<Card>({
  name: 'cards',
  columns: {
    id: 'uuid',
    clientId: 'uuid',
    cardAccountId: 'uuid',
    productId: 'uuid',
    currency: 'text',
    type: 'text',
    status: 'text',
    embossedName: 'text',
    last4: 'text',
    expiryMonth: 'integer',
    expiryYear: 'integer',
    mobile: 'text',
    email: 'text',
    singleTransactionLimit: 'bigint',
    dailyLimit: 'bigint',
    dailyPurchaseLimit: 'bigint',
    cardPresentLimit: 'bigint',
    cardNotPresentLimit: 'bigint',
    cardLimit: 'bigint',
    spentOn: 'date',
    spentToday: 'bigint',
    spentInTotal: 'bigint',
    xid: 'text',
    xmetadata: 'jsonb',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: [
    'status',
    'mobile',
    'email',
    'singleTransactionLimit',
    'dailyLimit',
    'dailyPurchaseLimit',
    'cardPresentLimit',
    'cardNotPresentLimit',
    'cardLimit',
    'spentOn',
    'spentToday',
    'spentInTotal',
    'xid',
    'xmetadata',
  ],
})

export const needCard = (id: string): Need => need(cardShelf, id)

/** The client's card. Throws `card_not_found`, also for another client's: existence is not revealed. */
export function cardOf(books: Books, clientId: string, id: string): Card {
  const card = books.find(cardShelf, id)
  if (card?.clientId !== clientId) throw new AppError('card_not_found', { field: 'cardId' })
  return card
}

/** Whether the month printed on the card is over (UTC). */
export const isExpired = (card: Pick<Card, 'expiryMonth' | 'expiryYear'>, now: Date): boolean =>
  now.getTime() >= Date.UTC(card.expiryYear, card.expiryMonth, 1)

/** The day of business time to which spending is counted, as `YYYY-MM-DD`. */
export const dayOf = (now: Date): string => now.toISOString().slice(0, 10)

/** What the card spent today, in minor units. */
export const spentOn = (card: Pick<Card, 'spentOn' | 'spentToday'>, day: string): bigint =>
  card.spentOn === day ? card.spentToday : 0n

/** Why the card cannot be charged `amount` minor units of its currency now; undefined when it can. */
export function findDecline(
  card: Card,
  charge: { amount: bigint; cardPresent: boolean; now: Date },
): ErrorCode | undefined {
  const { amount, cardPresent, now } = charge
  if (card.status !== 'active') return 'card_not_active'
  if (isExpired(card, now)) return 'card_expired'
  const today = spentOn(card, dayOf(now)) + amount
  const exceeded = (limit: bigint | null, spending: bigint): boolean => limit !== null && spending > limit
  return exceeded(card.singleTransactionLimit, amount) ||
    exceeded(cardPresent ? card.cardPresentLimit : card.cardNotPresentLimit, amount) ||
    exceeded(card.dailyLimit, today) ||
    exceeded(card.dailyPurchaseLimit, today) ||
    exceeded(card.cardLimit, card.spentInTotal + amount)
    ? 'limit_exceeded'
    : undefined
}

/** Counts an authorized charge against the card's limits. */
export function countSpending(books: Books, card: Card, amount: bigint): void {
  const today = dayOf(books.now)
  // Another process may have been past midnight when this batch was not: the day that is counted never goes back.
  const day = card.spentOn !== null && card.spentOn > today ? card.spentOn : today
  books.put(cardShelf, {
    ...card,
    spentOn: day,
    spentToday: spentOn(card, day) + amount,
    spentInTotal: card.spentInTotal + amount,
  })
}

/** Gives back what an authorization of `day` counted and did not take. */
export function uncountSpending(books: Books, cardId: string, day: string, amount: bigint): void {
  if (amount === 0n) return
  const card = books.get(cardShelf, cardId)
  books.put(cardShelf, {
    ...card,
    spentToday: card.spentOn === day ? card.spentToday - amount : card.spentToday,
    spentInTotal: card.spentInTotal - amount,
  })
}
