// Invoices with claims of their own, which whoever owns payments writes in the whole of Florin.
import { afterAll } from 'vitest'
import { type Books, need } from '../../src/books/books.ts'
import { createLane } from '../../src/books/lane.ts'
import { tableShelf } from '../../src/books/shelf.ts'
import { connect } from '../../src/db/pool.ts'
import type { Claims } from '../../src/invoices/claims.ts'
import type { InvoiceDeps } from '../../src/invoices/find.ts'
import { SHELVES } from '../../src/shelves.ts'
import type { Issuing } from '../helpers/seed.ts'

interface ClaimRow {
  readonly id: string
  readonly heldBy: string | null
  readonly paidBy: string | null
}

const claimShelf = tableShelf<ClaimRow>({
  name: 'test_claims',
  columns: { id: 'uuid', heldBy: 'uuid', paidBy: 'uuid' },
  key: ['id'],
  mutable: ['heldBy', 'paidBy'],
})

export interface Invoices extends InvoiceDeps {
  /** Writes the invoice's claim, as the payment of it would. */
  setClaim(id: string, claim: { readonly heldBy?: string; readonly paidBy?: string }): Promise<void>
  /** Lets a payment hold the claim, in a command that needs it. */
  hold(books: Books, id: string, paymentId: string): void
}

/** Invoices on the world's database, until the file ends. To be called outside of tests. */
export async function openInvoices({ deps, pool, url, ownerUrl, log }: Issuing): Promise<Invoices> {
  const owner = await connect(ownerUrl)
  await owner.query(
    'create table test_claims (shard smallint, id uuid, held_by uuid, paid_by uuid, primary key (shard, id))',
  )
  await owner.query('grant select, insert, update on test_claims to public')
  await owner.end()
  const shelves = [...SHELVES, claimShelf] as unknown as typeof SHELVES
  const lane = createLane({ connect: () => connect(url), shelves, log })
  afterAll(() => lane.close())
  const claims: Claims = {
    needOf: (id) => need(claimShelf, id),
    findIn: (books, id) => books.find(claimShelf, id),
    list: async (ids) => {
      const { rows } = await pool.query<ClaimRow>(
        'select id, held_by as "heldBy", paid_by as "paidBy" from test_claims where shard = 0 and id = any($1)',
        [ids],
      )
      return new Map(rows.map((row) => [row.id, row]))
    },
  }
  return {
    ...deps,
    lane,
    claims,
    hold: (books, id, paymentId) => {
      books.put(claimShelf, { id, heldBy: paymentId, paidBy: null })
    },
    setClaim: (id, { heldBy, paidBy }) =>
      lane.run({
        name: 'set claim',
        needs: [need(claimShelf, id)],
        decide: (books) => {
          books.put(claimShelf, { id, heldBy: heldBy ?? null, paidBy: paidBy ?? null })
        },
      }),
  }
}
