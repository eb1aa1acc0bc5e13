import { expect, test } from 'vitest'
import { Books } from '../../src/books/books.ts'
import type { Shelf } from '../../src/books/shelf.ts'
import { type Card, cardShelf, countSpending, uncountSpending } from '../../src/issuing/card.ts'

const CARD = { id: 'card', spentOn: null, spentToday: 0n, spentInTotal: 0n } as Card

/** Does the work on books that were opened at this time, and returns the card after it. */
function at(time: string, card: Card, work: (books: Books, card: Card) => void): Card {
  const books = new Books(new Date(time))
  books.place(cardShelf as unknown as Shelf, card.id, card)
  work(books, card)
  return books.get(cardShelf, card.id)
}

const spend = (amount: bigint) => (books: Books, card: Card) => countSpending(books, card, amount)

test('spending is counted by the day and in total', () => {
  const first = at('2026-03-01T23:59:59Z', CARD, spend(30n))
  const second = at('2026-03-01T23:59:59Z', first, spend(5n))
  expect(second).toMatchObject({ spentOn: '2026-03-01', spentToday: 35n, spentInTotal: 35n })
  const third = at('2026-03-02T00:00:00Z', second, spend(7n))
  expect(third).toMatchObject({ spentOn: '2026-03-02', spentToday: 7n, spentInTotal: 42n })
})

test('what is given back is taken from the day on which it was counted, while that is today', () => {
  const today = at('2026-03-01T12:00:00Z', CARD, spend(30n))
  const later = at('2026-03-01T13:00:00Z', today, (books) => uncountSpending(books, CARD.id, '2026-03-01', 10n))
  expect(later).toMatchObject({ spentToday: 20n, spentInTotal: 20n })
  const tomorrow = at('2026-03-02T12:00:00Z', later, spend(1n))
  const after = at('2026-03-02T13:00:00Z', tomorrow, (books) => uncountSpending(books, CARD.id, '2026-03-01', 20n))
  expect(after).toMatchObject({ spentToday: 1n, spentInTotal: 1n })
})

test('a batch of the day before, that had to wait, does not turn the day back', () => {
  const next = at('2026-03-02T00:00:00Z', CARD, spend(30n))
  const before = at('2026-03-01T23:59:59Z', next, spend(5n))
  expect(before).toMatchObject({ spentOn: '2026-03-02', spentToday: 35n, spentInTotal: 35n })
  const back = at('2026-03-02T00:01:00Z', before, (books) => uncountSpending(books, CARD.id, '2026-03-02', 30n))
  expect(back).toMatchObject({ spentToday: 5n, spentInTotal: 5n })
})
