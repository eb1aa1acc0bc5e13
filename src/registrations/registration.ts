// A registration: a card that a merchant keeps to charge it again. The number is in the vault under the registration's id; its
// token is random and is all that the merchant knows.
import { randomInt } from 'node:crypto'
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import type { CardBrand, CardData } from '../gateways/connector.ts'
import { newId } from '../ids.ts'
import { panShelf } from '../issuing/issue-card.ts'
import type { SealedPan, Vault } from '../vault/vault.ts'

export interface Registration {
  readonly id: string
  readonly merchantId: string
  /** 32 letters and digits. */
  readonly token: string
  /** Kept with this payment: of use only if that succeeded. */
  readonly paymentId: string | null
  readonly brand: CardBrand
  /** The merchant's word for the kind of card, e.g. `CC`. */
  readonly mode: string
  readonly bin: string
  readonly last4: string
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly holder: string | null
  /** Kept for an agreement alone; its token was given to nobody. */
  readonly isHidden: boolean
  readonly createdAt: Date
  readonly deletedAt: Date | null
}

export const registrationShelf = tableShelf<Registration>({
  name: 'registrations',
  columns: {
    id: 'uuid',
    merchantId: 'uuid',
    token: 'text',
    paymentId: 'uuid',
    brand: 'text',
    mode: 'text',
    bin: 'text',
    last4: 'text',
    expiryMonth: 'integer',
    expiryYear: 'integer',
    holder: 'text',
    isHidden: 'boolean',
    createdAt: 'timestamptz',
    deletedAt: 'timestamptz',
  },
  key: ['id'],
  mutable: ['deletedAt'],
})

export const needRegistration = (id: string): Need => need(registrationShelf, id)

/** A registration that is about to be written, and the sealed number that goes with it. */
export interface NewRegistration {
  readonly row: Omit<Registration, 'createdAt' | 'deletedAt' | 'paymentId' | 'merchantId'>
  readonly pan: SealedPan
}

const BIN_DIGITS = 6

/** Seals the card for a registration of its own. Pure memory; nothing is written yet. */
export function sealRegistration(
  vault: Pick<Vault, 'seal'>,
  card: CardData,
  { mode, isHidden }: Pick<Registration, 'mode' | 'isHidden'>,
): NewRegistration {
  const id = newId()
  const digits = card.pan.reveal()
  const { brand, expiryMonth, expiryYear, holder = null } = card
  const shown = { bin: digits.slice(0, BIN_DIGITS), last4: digits.slice(-4) }
  return {
    row: { id, token: newToken(), brand, mode, ...shown, expiryMonth, expiryYear, holder, isHidden },
    pan: { ...vault.seal(id, digits), purpose: 'kept' },
  }
}

/** Writes it in the commit of a command. */
export function keepRegistration(
  books: Books,
  { row, pan }: NewRegistration,
  owner: Pick<Registration, 'merchantId' | 'paymentId'>,
): Registration {
  books.append(panShelf, pan)
  return books.insert(registrationShelf, { ...row, ...owner, createdAt: books.now, deletedAt: null })
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const TOKEN_LENGTH = 32 // 190 bits: it is a bearer.

const newToken = (): string => Array.from({ length: TOKEN_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
