// Which of a merchant's gateway accounts may carry a payment, best first. Pure: what it decides by is all in its arguments.
import type { GatewayAccount } from './account.ts'
import type { CardBrand, GatewayFacts, GatewayOperation } from './connector.ts'

export interface Wish {
  readonly operation: GatewayOperation
  readonly currency: string
  /** Unknown for what has no card. */
  readonly brand: CardBrand | undefined
  /** The terminal that the merchant asked for; any when it did not. */
  readonly terminalId?: string | undefined
  /** The account that the payer chose; among those that are routed when there is none. */
  readonly accountId?: string | undefined
}

export interface Route {
  readonly account: GatewayAccount
  /** Why this one, for whoever asks later. */
  readonly reason: string
}

/** The accounts that fit, in the order in which they are tried; only the first when it may not be followed by another. */
export function chooseRoutes(
  accounts: readonly GatewayAccount[],
  factsOf: (connector: string) => GatewayFacts | undefined,
  wish: Wish,
): readonly Route[] {
  const fitting = accounts
    .filter((account) => fits(account, factsOf(account.connector), wish))
    .sort((a, b) => a.priority - b.priority || (a.code < b.code ? -1 : 1))
  const [first] = fitting
  if (!first) return []
  const tried = first.canHaveMultipleAttempts ? fitting : [first]
  return tried.map((account, i) => ({ account, reason: reasonOf(account, wish, i) }))
}

function fits(account: GatewayAccount, facts: GatewayFacts | undefined, wish: Wish): boolean {
  if (!facts || !account.isActive || !takesCurrency(account, wish.currency)) return false
  if (wish.accountId === undefined ? !account.isRouted : account.id !== wish.accountId) return false
  if (wish.terminalId !== undefined && account.terminalId !== wish.terminalId) return false
  if (facts.currencies !== 'all' && !facts.currencies.includes(account.currency)) return false
  const takes = (brands: readonly CardBrand[] | 'all' | null): boolean =>
    wish.brand === undefined || brands === null || brands === 'all' || brands.includes(wish.brand)
  return supports(account, facts, wish.operation) && takes(facts.brands) && takes(account.brands)
}

/** Whether something that costs in this currency can be paid at the account, be it by an exchange. */
export const takesCurrency = ({ currency, rates }: GatewayAccount, wanted: string): boolean =>
  currency === wanted || rates.some((rate) => rate.currency === wanted)

/** Whether an operation can be done at the account: the gateway can, and the merchant's contract has it. */
export const supports = (
  { operations }: Pick<GatewayAccount, 'operations'>,
  facts: GatewayFacts,
  operation: GatewayOperation,
): boolean => facts.operations.includes(operation) && (operations?.includes(operation) ?? true)

function reasonOf({ code, priority }: GatewayAccount, { currency, brand, operation }: Wish, position: number): string {
  const what = [operation, currency, ...(brand === undefined ? [] : [brand])].join(' ')
  return position === 0
    ? `${code}: ${what}, priority ${priority}`
    : `${code}: ${what}, after the one before did nothing`
}
