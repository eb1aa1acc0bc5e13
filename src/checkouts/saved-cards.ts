// The cards that a customer has saved with a merchant: listed, opened for a charge, deleted.
import type { Note } from '../books/books.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { CardBrand, CardData } from '../gateways/connector.ts'
import { deleteRegistration } from '../registrations/register.ts'
import { findSavedCard, listSavedCardRows } from './card-queries.ts'

/** A saved card as it is shown. */
export interface SavedCard {
  readonly registrationId: string
  readonly token: string
  readonly customerId: string
  readonly pgCode: string
  readonly connector: string
  readonly isSandbox: boolean
  readonly agreementId: string | null
  readonly brand: CardBrand
  readonly bin: string
  readonly last4: string
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly holder: string | null
  readonly createdAt: Date
}

export interface SavedCardFilter {
  readonly merchantId: string
  readonly customerId: string
  readonly isSandbox?: boolean
  readonly pgCodes?: readonly string[]
  /** Only the newest card that is charged under this agreement. */
  readonly agreementId?: string
}

/** The customer's cards that are of use, the newest first. */
export const listSavedCards = ({ pool }: Pick<Deps, 'pool'>, filter: SavedCardFilter): Promise<readonly SavedCard[]> =>
  listSavedCardRows(pool, filter)

/** A card that the customer has saved, and its data for one charge. */
export interface OpenedCard {
  readonly registrationId: string
  readonly card: CardData
}

/** The card for one charge. Throws `registration_not_found` for another customer's, or one that was deleted. */
export async function openSavedCard(
  { pool, vault }: Pick<Deps, 'pool' | 'vault'>,
  {
    cvv,
    ...which
  }: {
    readonly merchantId: string
    readonly customerId: string
    readonly token: string
    readonly cvv?: CardData['cvv']
  },
): Promise<OpenedCard> {
  const saved = await findSavedCard(pool, which)
  if (!saved) throw new AppError('registration_not_found', { field: 'token' })
  const { brand, expiryMonth, expiryYear, holder, registrationId } = saved
  const card = {
    ...{ pan: await vault.open(registrationId), brand, expiryMonth, expiryYear },
    ...(cvv !== undefined && { cvv }),
    ...(holder !== null && { holder }),
  }
  return { registrationId, card }
}

/** Forgets the card. Throws `registration_not_found`, and `registration_in_use` when an agreement is charged with it. */
export async function deleteSavedCard(
  deps: Pick<Deps, 'lane' | 'pool'>,
  {
    noteOf,
    ...which
  }: {
    readonly merchantId: string
    readonly customerId: string
    readonly token: string
    readonly isSandbox: boolean
    /** What is written beside it, for the card of this registration. */
    readonly noteOf?: (registrationId: string) => Note
  },
): Promise<void> {
  const saved = await findSavedCard(deps.pool, which)
  if (!saved || saved.isSandbox !== which.isSandbox) throw new AppError('registration_not_found')
  if (saved.agreementId !== null) throw new AppError('registration_in_use')
  await deleteRegistration(deps, { ...which, ...(noteOf && { note: noteOf(saved.registrationId) }) })
}
