// The rules of the ledger: transfer, hold, post a hold, void a hold. Pure functions over books; nothing here knows why.
import type { Books } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'
import { type Account, type AccountRef, accountOf, accountShelf, balanceOf } from './accounts.ts'

export type TransferKind = 'posted' | 'pending' | 'post_pending' | 'void_pending'

/** An immutable row: `amount` minor units from the debit account to the credit account, and what each held after it. */
export interface Transfer {
  readonly id: string
  readonly kind: TransferKind
  readonly fact: string
  readonly operationId: string
  readonly debitAccountId: string
  readonly creditAccountId: string
  readonly currency: string
  readonly amount: bigint
  readonly pendingId: string | null
  readonly debitSeq: bigint
  readonly creditSeq: bigint
  readonly debitBalance: bigint
  readonly creditBalance: bigint
  readonly createdAt: Date
}

/** What a business fact asks the ledger to move; `amount` in minor units of the accounts' currency. */
export interface Movement {
  readonly id: string
  readonly fact: string
  readonly operationId: string
  readonly debit: AccountRef
  readonly credit: AccountRef
  readonly amount: bigint
}

/** A hold as whoever took it remembers it: the pending transfer and its whole amount in minor units. */
export interface Hold {
  readonly id: string
  readonly amount: bigint
}

export const transferShelf = tableShelf<Transfer>({
  name: 'transfers',
  columns: {
    id: 'uuid',
    kind: 'text',
    fact: 'text',
    operationId: 'uuid',
    debitAccountId: 'uuid',
    creditAccountId: 'uuid',
    currency: 'text',
    amount: 'bigint',
    pendingId: 'uuid',
    debitSeq: 'bigint',
    creditSeq: 'bigint',
    debitBalance: 'bigint',
    creditBalance: 'bigint',
    createdAt: 'timestamptz',
  },
})

/** Moves money at once. Throws `insufficient_funds` when the debit account may not go that low. */
export const transfer = (books: Books, movement: Movement): Transfer =>
  record(books, movement, 'posted', null, {
    debit: (account) => ({ ...account, debitsPosted: account.debitsPosted + movement.amount }),
    credit: (account) => ({ ...account, creditsPosted: account.creditsPosted + movement.amount }),
  })

/** Reserves money without moving it. Throws `insufficient_funds` like a transfer: holds count the moment they are taken. */
export const hold = (books: Books, movement: Movement): Transfer =>
  record(books, movement, 'pending', null, {
    debit: (account) => ({ ...account, debitsPending: account.debitsPending + movement.amount }),
    credit: (account) => ({ ...account, creditsPending: account.creditsPending + movement.amount }),
  })

/** Moves a held amount or part of it; the rest of the hold is released. */
export function postHold(books: Books, held: Hold, movement: Movement): Transfer {
  if (movement.amount > held.amount)
    throw new Error(`posting ${movement.amount} of hold ${held.id}, which is ${held.amount}`)
  return record(books, movement, 'post_pending', held.id, {
    debit: (account) => ({
      ...account,
      debitsPending: account.debitsPending - held.amount,
      debitsPosted: account.debitsPosted + movement.amount,
    }),
    credit: (account) => ({
      ...account,
      creditsPending: account.creditsPending - held.amount,
      creditsPosted: account.creditsPosted + movement.amount,
    }),
  })
}

/** Releases a hold as a whole. `movement.amount` is the hold's amount. */
export function voidHold(books: Books, held: Hold, movement: Movement): Transfer {
  if (movement.amount !== held.amount)
    throw new Error(`voiding ${movement.amount} of hold ${held.id}, which is ${held.amount}`)
  return record(books, movement, 'void_pending', held.id, {
    debit: (account) => ({ ...account, debitsPending: account.debitsPending - held.amount }),
    credit: (account) => ({ ...account, creditsPending: account.creditsPending - held.amount }),
  })
}

interface Counting {
  readonly debit: (account: Account) => Account
  readonly credit: (account: Account) => Account
}

function record(
  books: Books,
  movement: Movement,
  kind: TransferKind,
  pendingId: string | null,
  counting: Counting,
): Transfer {
  const { id, fact, operationId, debit, credit, amount } = movement
  if (amount <= 0n) throw new Error(`${fact} of ${amount} is not a positive amount`)
  if (debit.currency !== credit.currency) throw new Error(`${fact} from ${debit.currency} to ${credit.currency}`)
  const debited = put(books, counting.debit(accountOf(books, debit)))
  const credited = put(books, counting.credit(accountOf(books, credit)))
  return books.append(transferShelf, {
    id,
    kind,
    fact,
    operationId,
    debitAccountId: debit.id,
    creditAccountId: credit.id,
    currency: debit.currency,
    amount,
    pendingId,
    debitSeq: debited.seq,
    creditSeq: credited.seq,
    debitBalance: balanceOf(debited),
    creditBalance: balanceOf(credited),
    createdAt: books.now,
  })
}

// The same rules as the constraints of table accounts, decided here so that they are answers and not errors.
function put(books: Books, account: Account): Account {
  const { debitsPending, debitsPosted, creditsPending, creditsPosted } = account
  if (debitsPending < 0n || creditsPending < 0n) throw new Error(`account ${account.id} would hold less than nothing`)
  if (debitsPosted > COUNTER_MAX || creditsPosted > COUNTER_MAX) throw new AppError('amount_out_of_range')
  if (account.rule === 'debits_must_not_exceed_credits' && debitsPending + debitsPosted > creditsPosted) {
    throw new AppError('insufficient_funds')
  }
  if (account.rule === 'credits_must_not_exceed_debits' && creditsPending + creditsPosted > debitsPosted) {
    throw new AppError('amount_out_of_range')
  }
  return books.put(accountShelf, { ...account, seq: account.seq + 1n })
}

const COUNTER_MAX = 4_000_000_000_000_000_000n // Below int8's 9.2e18 with room for a hold beside it.
