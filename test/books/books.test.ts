import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Books } from '../../src/books/books.ts'
import { decideCommand } from '../../src/books/command.ts'
import type { Shelf } from '../../src/books/shelf.ts'
import { counterShelf, stepShelf } from './setup.ts'

const NOW = new Date(0)
const IDS = ['a', 'b', 'c', 'd']

/** Books with the counters a and b at 1 and 2, the knowledge that there is no c, and nothing about d. */
function openBooks(): Books {
  const books = new Books(NOW)
  const shelf = counterShelf as unknown as Shelf
  books.place(shelf, 'a', { id: 'a', value: 1n })
  books.place(shelf, 'b', { id: 'b', value: 2n })
  books.place(shelf, 'c', undefined)
  return books
}

const changesOf = (books: Books) => ({
  counters: books.changes(counterShelf as unknown as Shelf),
  steps: books.changes(stepShelf as unknown as Shelf),
})

test('what was changed is updated, what was not there is inserted, and what stayed the same is not written', () => {
  const books = openBooks()
  books.put(counterShelf, { id: 'a', value: 5n })
  books.put(counterShelf, { id: 'a', value: 6n })
  books.put(counterShelf, { id: 'c', value: 7n })
  books.put(counterShelf, { id: 'c', value: 8n })
  books.insert(counterShelf, { id: 'd', value: 9n })
  books.append(stepShelf, { commandId: 'x', note: null })
  expect(changesOf(books)).toEqual({
    counters: {
      inserted: [
        { id: 'c', value: 8n },
        { id: 'd', value: 9n },
      ],
      updated: [{ id: 'a', value: 6n }],
    },
    steps: { inserted: [{ commandId: 'x', note: null }], updated: [] },
  })
})

test('a row that no command needed cannot be read or written', () => {
  const books = openBooks()
  expect(() => books.find(counterShelf, 'd')).toThrow('without naming it')
  expect(() => books.put(counterShelf, { id: 'd', value: 1n })).toThrow('without naming it')
  expect(() => books.get(counterShelf, 'c')).toThrow('has no row')
  expect(() => books.insert(counterShelf, { id: 'a', value: 1n })).toThrow('exists')
})

type Write = readonly ['put' | 'insert' | 'append', (typeof IDS)[number], bigint]

function apply(books: Books, [kind, id, value]: Write): void {
  if (kind === 'append') books.append(stepShelf, { commandId: id, note: null })
  else if (kind === 'insert') books.insert(counterShelf, { id, value })
  else books.put(counterShelf, { id, value })
}

const anyWrites = fc.array(
  fc.tuple(fc.constantFrom('put' as const, 'insert' as const, 'append' as const), fc.constantFrom(...IDS), fc.bigInt()),
)

test('a command that throws leaves the books as they were, whatever it wrote', () => {
  const attempt = (books: Books, writes: readonly Write[], fails: boolean) =>
    decideCommand(books, {
      name: 'write',
      needs: [],
      decide: () => {
        for (const write of writes) apply(books, write)
        if (fails) throw new Error('a bug')
        return null
      },
    })
  fc.assert(
    fc.property(anyWrites, anyWrites, (kept, undone) => {
      const [books, expected] = [openBooks(), openBooks()]
      attempt(books, kept, false)
      attempt(expected, kept, false)
      attempt(books, undone, true)
      expect(changesOf(books)).toEqual(changesOf(expected))
    }),
  )
})
