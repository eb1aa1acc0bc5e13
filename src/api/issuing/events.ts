// The issuing face's words for what happened. An object is told as it was at that moment: what may have changed since
// comes from the event, the rest from its row.
import type { Deps } from '../../deps.ts'
import type { Event } from '../../events/events.ts'
import { findFundingAccount } from '../../funding/queries.ts'
import { toJsonNumber } from '../../http/json.ts'
import type { CardStatus } from '../../issuing/card.ts'
import type { CardTransaction, CardTransactionStatus } from '../../issuing/card-transaction.ts'
import { findCard } from '../../issuing/find.ts'
import { findCardAccount, listCardTransactions } from '../../issuing/queries.ts'
import { renderAccount } from './wire-accounts.ts'
import { renderCardAccount } from './wire-card-accounts.ts'
import { renderListedCard } from './wire-cards.ts'
import { renderTransaction } from './wire-transactions.ts'

/** What a webhook of this face is sent. */
export interface IssuingMessage {
  readonly event: string
  readonly data: object
}

type Rendered = Promise<readonly IssuingMessage[]>

/** The messages of an event, in the order in which they are told; none for what is not this face's business. */
export async function renderIssuingEvent(deps: Pick<Deps, 'pool'>, event: Event): Rendered {
  switch (event.type) {
    case 'account.created':
      return renderAccountCreated(deps, event)
    case 'account.moved':
      return renderAccountMoved(deps, event)
    case 'card_account.created':
      return renderCardAccountCreated(deps, event)
    case 'card_account.moved':
      return renderCardAccountMoved(deps, event)
    case 'card.created':
    case 'card.status':
      return renderCardEvent(deps, event)
    case 'binding.bound':
    case 'payment.begun':
    case 'payment.redirected':
    case 'payment.authorized':
    case 'payment.declined':
    case 'payment.canceled':
    case 'payment.capture_begun':
    case 'payment.captured':
    case 'payment.capture_failed':
    case 'payment.void_begun':
    case 'payment.voided':
    case 'payment.void_failed':
    case 'payment.refund_begun':
    case 'payment.refunded':
    case 'invoice.generated':
    case 'invoice.regenerated':
    case 'invoice.reminded':
    case 'invoice.cancelled':
    case 'payment.refund_failed':
    case 'payout.begun':
    case 'payout.paid':
    case 'payout.failed':
    case 'checkout.created':
    case 'checkout.opened':
    case 'checkout.canceled':
    case 'checkout.expired':
    case 'checkout.given_up':
    case 'checkout.invalided':
    case 'checkout.cod':
    case 'checkout.card_saved':
    case 'checkout.disclosed':
    case 'checkout.deleted':
    case 'merchant.negative_balance':
    case 'case.opened':
      return []
  }
}

async function renderAccountCreated({ pool }: Pick<Deps, 'pool'>, event: Event): Rendered {
  const account = await findFundingAccount(pool, event.ownerId, event.subjectId)
  return account ? [{ event: 'account.created', data: renderAccount(account) }] : []
}

async function renderAccountMoved({ pool }: Pick<Deps, 'pool'>, event: Event): Rendered {
  const account = await findFundingAccount(pool, event.ownerId, event.subjectId)
  if (!account) return []
  const { available, currency } = event.data as { available: string; currency: string }
  const { id, xid, xmetadata } = account
  return [{ event: 'account.balance', data: { id, xid, xmetadata, currency, ...balanceOf(available, currency) } }]
}

async function renderCardAccountCreated({ pool }: Pick<Deps, 'pool'>, event: Event): Rendered {
  const account = await findCardAccount(pool, event.ownerId, event.subjectId)
  return account ? [{ event: 'cardaccount.created', data: renderCardAccount(account, 0n) }] : []
}

/** A row of the statement as `recordStatementEvent` wrote it down. */
interface ToldTransaction {
  readonly id: string
  readonly status: CardTransactionStatus
  readonly amount: string
  readonly grossAmount: string
  readonly postedAt: string | null
}

async function renderCardAccountMoved({ pool }: Pick<Deps, 'pool'>, event: Event): Rendered {
  const { available, currency, transactions } = event.data as {
    available: string
    currency: string
    transactions: readonly ToldTransaction[]
  }
  const { ownerId: clientId, subjectId: cardAccountId } = event
  const [account, page] = await Promise.all([
    findCardAccount(pool, clientId, cardAccountId),
    listCardTransactions(
      pool,
      { clientId, cardAccountId, transactionIds: transactions.map(({ id }) => id) },
      { size: transactions.length },
    ),
  ])
  if (!account) return []
  const { id, xid, xmetadata } = account
  const rows = new Map(page.rows.map((row) => [row.id, row]))
  return [
    ...transactions.flatMap((told) => {
      const row = rows.get(told.id)
      return row ? [{ event: 'cardaccount.transaction', data: renderTransaction(asTold(row, told)) }] : []
    }),
    { event: 'cardaccount.balance', data: { id, xid, xmetadata, currency, ...balanceOf(available, currency) } },
  ]
}

const asTold = (row: CardTransaction, told: ToldTransaction): CardTransaction => ({
  ...row,
  status: told.status,
  amount: BigInt(told.amount),
  grossAmount: BigInt(told.grossAmount),
  postedAt: told.postedAt === null ? null : new Date(told.postedAt),
})

function balanceOf(available: string, currency: string) {
  const balance = toJsonNumber({ amount: BigInt(available), currency })
  return { balance, available: balance, outstanding: 0 }
}

async function renderCardEvent(deps: Pick<Deps, 'pool'>, event: Event): Rendered {
  const card = await findCard(deps, event.ownerId, event.subjectId)
  if (!card) return []
  const { status } = event.data as { status?: CardStatus }
  if (status !== undefined) return [{ event: 'card.status', data: renderListedCard({ ...card, status }) }]
  const fresh = {
    ...card,
    status: card.type === 'virtual' ? ('active' as const) : ('pending-activation' as const),
    singleTransactionLimit: null,
    dailyLimit: null,
    dailyPurchaseLimit: null,
    cardPresentLimit: null,
    cardNotPresentLimit: null,
    cardLimit: null,
    spentToday: 0n,
    spentInTotal: 0n,
  }
  return [{ event: 'card.created', data: renderListedCard(fresh) }]
}
