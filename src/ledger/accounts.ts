// The chart of accounts: one function an account. Balances are what Florin owes the owner: credits less debits.
import type { Books, Need } from '../books/books.ts'
import { need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { derivedId } from '../ids.ts'

export type AccountRule = 'none' | 'debits_must_not_exceed_credits' | 'credits_must_not_exceed_debits'

/** A ledger account: counters in minor units of its currency. */
export interface Account {
  readonly id: string
  readonly kind: AccountKind
  readonly ownerId: string
  readonly currency: string
  readonly rule: AccountRule
  readonly debitsPending: bigint
  readonly debitsPosted: bigint
  readonly creditsPending: bigint
  readonly creditsPosted: bigint
  /** How many transfers touched the account. */
  readonly seq: bigint
}

/** Which account is meant: enough to find it and, on first use, to open it. */
export interface AccountRef {
  readonly id: string
  readonly kind: AccountKind
  readonly ownerId: string
  readonly currency: string
}

/** What each kind of account holds; docs/ledger.md prints this table. */
export const CHART = {
  card_account: { rule: 'debits_must_not_exceed_credits', holds: 'what a cardholder can spend' },
  client_funding: {
    rule: 'debits_must_not_exceed_credits',
    holds: "a client's money from which card accounts are topped up",
  },
  merchant_payable: { rule: 'none', holds: 'what is owed to a merchant; refunds may turn it negative' },
  network_settlement: {
    rule: 'none',
    holds: 'what is owed to the card network for charges that did not come through a merchant of ours',
  },
  gateway_receivable: {
    rule: 'none',
    holds: 'what a gateway owes us for charges it took, less what it paid out; negative, because it is owed to us',
  },
  suspense: {
    rule: 'none',
    holds: 'what a gateway says that it moved and no payment of ours can hold, until a person has looked at it',
  },
  safeguarding: { rule: 'none', holds: 'the mirror of the bank account that holds all customer money' },
  fx: {
    rule: 'none',
    holds: 'one side of an exchange; its balances over all currencies are the open exchange position',
  },
} as const satisfies Record<string, { rule: AccountRule; holds: string }>

export type AccountKind = keyof typeof CHART

/** The owner of what belongs to nobody but the platform. */
export const FLORIN = '00000000-0000-7000-8000-000000000000'

export const cardAccountLedger = (cardAccountId: string, currency: string): AccountRef =>
  account('card_account', cardAccountId, currency)
export const clientFunding = (fundingAccountId: string, asset: string): AccountRef =>
  account('client_funding', fundingAccountId, asset)
export const merchantPayable = (merchantId: string, currency: string): AccountRef =>
  account('merchant_payable', merchantId, currency)
export const networkSettlement = (currency: string): AccountRef => account('network_settlement', FLORIN, currency)
export const gatewayReceivable = (gatewayAccountId: string, currency: string): AccountRef =>
  account('gateway_receivable', gatewayAccountId, currency)
export const suspense = (gatewayAccountId: string, currency: string): AccountRef =>
  account('suspense', gatewayAccountId, currency)
export const safeguarding = (currency: string): AccountRef => account('safeguarding', FLORIN, currency)
export const fx = (currency: string): AccountRef => account('fx', FLORIN, currency)

// The id follows from what the account is, so a command can name it, and open it on first use, without asking anyone.
const account = (kind: AccountKind, ownerId: string, currency: string): AccountRef => ({
  id: derivedId(kind, ownerId, currency),
  kind,
  ownerId,
  currency,
})

export const accountShelf = tableShelf<Account>({
  name: 'accounts',
  columns: {
    id: 'uuid',
    kind: 'text',
    ownerId: 'uuid',
    currency: 'text',
    rule: 'text',
    debitsPending: 'bigint',
    debitsPosted: 'bigint',
    creditsPending: 'bigint',
    creditsPosted: 'bigint',
    seq: 'bigint',
  },
  key: ['id'],
  mutable: ['debitsPending', 'debitsPosted', 'creditsPending', 'creditsPosted', 'seq'],
})

export const needAccount = (ref: AccountRef): Need => need(accountShelf, ref.id)

/** The account as it stands in the books; a new one with zero counters when it was never used. */
export const accountOf = (books: Books, ref: AccountRef): Account =>
  books.find(accountShelf, ref.id) ?? {
    ...ref,
    rule: CHART[ref.kind].rule,
    debitsPending: 0n,
    debitsPosted: 0n,
    creditsPending: 0n,
    creditsPosted: 0n,
    seq: 0n,
  }

/** Posted credits less posted debits, in minor units. */
export const balanceOf = (a: Pick<Account, 'creditsPosted' | 'debitsPosted'>): bigint =>
  a.creditsPosted - a.debitsPosted

/** The balance less what is held on it, in minor units. */
export const availableOf = (a: Pick<Account, 'creditsPosted' | 'debitsPosted' | 'debitsPending'>): bigint =>
  balanceOf(a) - a.debitsPending
