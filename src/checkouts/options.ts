// The ways in which a checkout can be paid now, each with its price.
import type { Deps } from '../deps.ts'
import type { GatewayAccount } from '../gateways/account.ts'
import { type Price, priceAt } from '../payments/price.ts'
import { CASH, canTake } from './accounts.ts'
import type { Checkout } from './checkout.ts'

export interface PayOption {
  readonly account: GatewayAccount
  readonly price: Price
  readonly kind: 'card' | 'cash'
}

/** In the order of the checkout's codes; those that do not take it any more are left out. */
export async function listOptions(
  { gateways }: Pick<Deps, 'gateways'>,
  checkout: Pick<Checkout, 'merchantId' | 'pgCodes' | 'currency' | 'amount' | 'paymentType'>,
): Promise<readonly PayOption[]> {
  const byCode = new Map((await gateways.listAccounts(checkout.merchantId)).map((account) => [account.code, account]))
  return checkout.pgCodes.flatMap((code) => {
    const account = byCode.get(code)
    if (!account || !canTake(account, checkout)) return []
    return [{ account, price: priceOf(account, checkout), kind: account.connector === CASH ? 'cash' : 'card' } as const]
  })
}

/** What it costs at the account; to keep a card costs nothing. */
export function priceOf(account: GatewayAccount, { amount, currency }: Pick<Checkout, 'amount' | 'currency'>): Price {
  if (amount > 0n) return priceAt(account, { amount, currency })
  const free = priceAt({ ...account, fee: null, rates: [] }, { amount: 1n, currency: account.currency })
  return { ...free, asked: 0n, amount: 0n, total: 0n }
}
