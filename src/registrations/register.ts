// Keeps a card without charging it, and forgets it again: then also its number is gone.

import { needVelocity } from '../bindings/velocity.ts'
import type { Note } from '../books/books.ts'
import { refuse } from '../books/command.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { CardData } from '../gateways/connector.ts'
import { findOurCard, guessesAt, mayBeBelieved } from '../payments/charge-our-card.ts'
import { deletePan } from '../vault/queries.ts'
import { findRegistration } from './queries.ts'
import {
  keepRegistration,
  needRegistration,
  type Registration,
  registrationShelf,
  sealRegistration,
} from './registration.ts'

export interface RegisterRequest {
  readonly merchantId: string
  readonly card: CardData
  readonly mode: string
}

/** Keeps the card. No money moves. Throws `card_data_wrong` for a card of ours whose data is wrong. */
export async function registerCard(
  deps: Pick<Deps, 'lane' | 'pool' | 'vault' | 'settings'>,
  { merchantId, card, mode }: RegisterRequest,
): Promise<Registration> {
  const ours = await findOurCard(deps, card)
  if (ours === 'never issued') throw new AppError('card_data_wrong', { field: 'card.number' })
  const registration = sealRegistration(deps.vault, card, { mode, isHidden: false })
  return deps.lane.run({
    name: 'register card',
    needs: ours ? [needVelocity(guessesAt(ours.card))] : [],
    decide: (books) => {
      const max = deps.settings.velocity.cardDataPerCard
      if (ours && !mayBeBelieved(books, { guesses: guessesAt(ours.card), max, isRight: ours.isRight }))
        return refuse('card_data_wrong', { field: 'card.number' })
      return keepRegistration(books, registration, { merchantId, paymentId: null })
    },
  })
}

/** Forgets the card. Throws `registration_not_found`, also when it was forgotten before. */
export async function deleteRegistration(
  deps: Pick<Deps, 'lane' | 'pool'>,
  { merchantId, token, note }: { readonly merchantId: string; readonly token: string; readonly note?: Note },
): Promise<void> {
  const found = await findRegistration(deps.pool, merchantId, token)
  if (!found) throw new AppError('registration_not_found')
  await deps.lane.run({
    name: 'delete registration',
    needs: [needRegistration(found.id), ...(note?.needs ?? [])],
    decide: (books) => {
      const registration = books.get(registrationShelf, found.id)
      if (registration.deletedAt !== null) throw new AppError('registration_not_found')
      books.put(registrationShelf, { ...registration, deletedAt: books.now })
      note?.write(books)
      return null
    },
  })
  await deletePan(deps.pool, found.id)
}
