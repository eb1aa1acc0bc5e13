// What happens to a card after it was issued: lock, suspend, activate, cancel, spending limits, PIN.
import { type Books, need } from '../books/books.ts'
import type { Command } from '../books/command.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId } from '../ids.ts'
import { type Card, type CardStatus, cardOf, cardShelf, needCard, type SpendingLimits } from './card.ts'

export type CardChange = 'lock' | 'unlock' | 'suspend' | 'unsuspend' | 'activate' | 'cancel'

/** From which states each change leads where. Repeating a change that already holds is no error. */
export const CARD_CHANGES: Readonly<
  Record<CardChange, { readonly from: readonly CardStatus[]; readonly to: CardStatus }>
> = {
  lock: { from: ['active'], to: 'locked' },
  unlock: { from: ['locked'], to: 'active' },
  suspend: { from: ['active', 'locked'], to: 'suspended' },
  unsuspend: { from: ['suspended'], to: 'active' },
  activate: { from: ['pending-activation'], to: 'active' },
  cancel: { from: ['active', 'pending-issue', 'pending-activation', 'locked', 'suspended'], to: 'cancelled' },
}

export interface CardRequest {
  readonly clientId: string
  readonly cardAccountId: string
  readonly cardId: string
  readonly keys: readonly KeyClaim[]
}

/** Throws `card_not_found`, `card_state_invalid`. */
export const changeCardStatus = (deps: Pick<Deps, 'lane'>, change: CardChange, request: CardRequest): Promise<Card> =>
  changeCard(deps, { name: change, needs: [] }, request, (card, books, eventId) => {
    const { from, to } = CARD_CHANGES[change]
    if (card.status === to) return card
    if (!from.includes(card.status)) {
      throw new AppError('card_state_invalid', {
        field: 'cardId',
        message: `A card that is ${card.status} cannot be ${to}.`,
      })
    }
    recordEvent(books, {
      id: eventId,
      type: 'card.status',
      ownerId: card.clientId,
      subjectId: card.id,
      data: { status: to },
    })
    return { ...card, status: to }
  })

/** Sets the limits that are given, in minor units; null removes one. Throws `card_not_found`, `card_state_invalid`. */
export const limitSpending = (
  deps: Pick<Deps, 'lane'>,
  request: CardRequest & { readonly limits: Partial<SpendingLimits> },
): Promise<Card> =>
  changeCard(deps, { name: 'limit spending', needs: [] }, request, (card) => ({
    ...requireAlive(card),
    ...request.limits,
  }))

export const pinShelf = tableShelf<{ readonly cardId: string; readonly digest: Buffer }>({
  name: 'card_pins',
  columns: { cardId: 'uuid', digest: 'bytea' },
  key: ['cardId'],
  mutable: ['digest'],
})

/** Sets the PIN, of which only a keyed digest is kept. Throws `card_not_found`, `card_state_invalid`. */
export function changePin(
  deps: Pick<Deps, 'lane' | 'codes'>,
  request: CardRequest & { readonly pin: string },
): Promise<Card> {
  const digest = deps.codes.digest(request.cardId, request.pin)
  return changeCard(deps, { name: 'change PIN', needs: [need(pinShelf, request.cardId)] }, request, (card, books) => {
    books.put(pinShelf, { cardId: requireAlive(card).id, digest })
    return card
  })
}

function changeCard(
  deps: Pick<Deps, 'lane'>,
  { name, needs }: Pick<Command<Card>, 'name' | 'needs'>,
  { clientId, cardAccountId, cardId, keys }: CardRequest,
  change: (card: Card, books: Books, eventId: string) => Card,
): Promise<Card> {
  const eventId = newId()
  return deps.lane.run(
    keyed(keys, {
      name,
      needs: [needCard(cardId), ...needs],
      decide: (books) => {
        const card = cardOf(books, clientId, cardId)
        if (card.cardAccountId !== cardAccountId) throw new AppError('card_not_found', { field: 'cardAccountId' })
        const changed = change(card, books, eventId)
        return changed === card ? card : books.put(cardShelf, changed)
      },
    }),
  )
}

function requireAlive(card: Card): Card {
  if (card.status === 'cancelled')
    throw new AppError('card_state_invalid', { field: 'cardId', message: 'The card is cancelled.' })
  return card
}
