// Says whether what somebody read from a card is true of a card that was issued.
import { timingSafeEqual } from 'node:crypto'
import type { Deps } from '../deps.ts'
import type { CardStatus } from './card.ts'
import { listCards } from './queries.ts'

export interface CardInfo {
  readonly clientId: string
  readonly productId: string
  /** The last six digits of the number. */
  readonly last6: string
  readonly expiryMonth: number
  readonly expiryYear: number
}

// Cards of one product and expiry month that share four digits: one in ten thousand, so this many means a million cards.
const CANDIDATES_MAX = 100

/** The status of the newest card that fits; undefined when none does. Numbers are opened only in the vault. */
export async function findStatusByCardInfo(
  deps: Pick<Deps, 'pool' | 'vault'>,
  info: CardInfo,
): Promise<CardStatus | undefined> {
  const { last6, ...filter } = info
  const { rows } = await listCards(deps.pool, { ...filter, last4: last6.slice(-4) }, { size: CANDIDATES_MAX })
  for (const card of rows) {
    const pan = await deps.vault.open(card.id)
    if (timingSafeEqual(Buffer.from(pan.reveal().slice(-6)), Buffer.from(last6))) return card.status
  }
  return undefined
}
