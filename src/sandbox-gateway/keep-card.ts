// Keeps a card for an account under a random token. Its number and code are looked at once and rest nowhere: what later charges
// meet is written beside the token.
import { randomBytes } from 'node:crypto'
import type { Pool } from '../db/pool.ts'
import type { DeclineCode } from '../gateways/connector.ts'
import { type CardRow, findCard, insertCard, type KeptCard } from './card-queries.ts'
import { DECLINE_MESSAGES, inspectCard } from './cards.ts'
import type { CardOfRequest } from './execute.ts'

export interface KeepCall {
  readonly accountId: string
  readonly reference: string
  readonly card: CardOfRequest
  readonly now: Date
}

export type Kept =
  | { readonly kind: 'kept'; readonly token: string; readonly card: KeptCard }
  /** Nothing was kept, and the reference is as good as new, unless its card was forgotten. */
  | { readonly kind: 'declined'; readonly code: DeclineCode; readonly message: string }
  | { readonly kind: 'reference_reused' }

/** Keeps the card, or finds it when the reference was here before. The issuer is not asked. */
export async function keepCard(pool: Pool, call: KeepCall): Promise<Kept> {
  const { accountId, reference, card, now } = call
  const before = await findCard(pool, { accountId, reference })
  if (before) return repeat(before, card)
  const inspected = inspectCard({ ...card, cvv: card.cvv, now })
  if ('state' in inspected) {
    return { kind: 'declined', code: inspected.code, message: DECLINE_MESSAGES[inspected.code] }
  }
  const { number, expiryMonth, expiryYear } = card
  const kept: KeptCard = { last4: number.slice(-4), expiryMonth, expiryYear, ...inspected }
  const token = `SC${randomBytes(16).toString('hex')}`
  if (await insertCard(pool, { ...kept, accountId, reference, token, now })) return { kind: 'kept', token, card: kept }
  const meanwhile = await findCard(pool, { accountId, reference })
  if (!meanwhile) throw new Error('a card was kept and is not there')
  return repeat(meanwhile, card)
}

// Known by what is kept of it: a digest of a card number is a card number to whoever can count to a billion.
function repeat({ token, kept }: CardRow, { number, expiryMonth, expiryYear }: CardOfRequest): Kept {
  if (!kept) return { kind: 'declined', code: 'card_invalid', message: 'The card was forgotten.' }
  const isSame = number.endsWith(kept.last4) && expiryMonth === kept.expiryMonth && expiryYear === kept.expiryYear
  return isSame ? { kind: 'kept', token, card: kept } : { kind: 'reference_reused' }
}
