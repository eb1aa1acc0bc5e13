// A merchant's right to charge a card. What the merchant calls cardId is the token: random, and of no use to others.
import { type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { derivedId } from '../ids.ts'

export interface Binding {
  readonly id: string
  readonly merchantId: string
  readonly cardId: string
  /** The merchant's name for the card: a random UUID. */
  readonly token: string
  readonly status: 'pending' | 'bound'
  readonly createdAt: Date
  readonly boundAt: Date | null
}

export const bindingShelf = tableShelf<Binding>({
  name: 'bindings',
  columns: {
    id: 'uuid',
    merchantId: 'uuid',
    cardId: 'uuid',
    token: 'uuid',
    status: 'text',
    createdAt: 'timestamptz',
    boundAt: 'timestamptz',
  },
  key: ['id'],
  mutable: ['status', 'boundAt'],
})

/** A merchant binds a card once, so the two name the binding. */
export const bindingIdOf = (merchantId: string, cardId: string): string => derivedId('binding', merchantId, cardId)

export const needBinding = (id: string): Need => need(bindingShelf, id)
