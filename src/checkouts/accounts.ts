// The gateway accounts that a checkout names, and whether they can take it.
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { GatewayAccount } from '../gateways/account.ts'
import { takesCurrency } from '../gateways/choose.ts'
import { findSettingsRow } from '../merchants/settings-queries.ts'
import type { Checkout, PaymentType } from './checkout.ts'

const CODE_SHOWN_MAX = 100

/** What a checkout wants of its accounts. */
export type Wanted = Pick<Checkout, 'pgCodes' | 'currency' | 'paymentType'>

/**
 * The accounts in the order of their codes in the checkout. Throws `invalid_request` naming `pg_codes` when one is not there, not in
 * use, or does not take what is asked.
 */
export async function requireAccounts(
  { gateways }: Pick<Deps, 'gateways'>,
  merchantId: string,
  wanted: Wanted,
): Promise<readonly GatewayAccount[]> {
  const byCode = new Map((await gateways.listAccounts(merchantId)).map((account) => [account.code, account]))
  return wanted.pgCodes.map((code) => {
    const account = byCode.get(code)
    if (!account?.isActive) throw refuse(`There is no payment gateway with the code ${code.slice(0, CODE_SHOWN_MAX)}.`)
    if (!canTake(account, wanted)) throw refuse(problemOf(account, wanted))
    return account
  })
}

/** Throws `merchant_paused` when nothing of the merchant is to be paid. */
export async function requireOpen({ pool }: Pick<Deps, 'pool'>, merchantId: string): Promise<void> {
  if ((await findSettingsRow(pool, merchantId))?.isPaused) throw new AppError('merchant_paused')
}

/** Whether a payer may choose the account. */
export const canTake = (account: GatewayAccount, { currency, paymentType }: Pick<Wanted, 'currency' | 'paymentType'>) =>
  account.isActive && takesCurrency(account, currency) && (paymentType === 'one_off' || keepsCards(account))

/** Whether cards can be kept and charged again: our own vault keeps them, so that only cash cannot. */
export const keepsCards = ({ connector }: Pick<GatewayAccount, 'connector'>): boolean => connector !== CASH

/** The connector of accounts by which the payer says that he will pay in cash. */
export const CASH = 'cod'

/** The connector of accounts that take only cards of our own issuer. */
export const HOUSE = 'house'

const WORDS: Readonly<Record<PaymentType, string>> = {
  one_off: '',
  auto_debit: 'auto debit',
  save_card: 'saving cards',
}

function problemOf(account: GatewayAccount, { currency, paymentType }: Wanted): string {
  return takesCurrency(account, currency)
    ? `The payment gateway ${account.code} does not support ${WORDS[paymentType]}.`
    : `The payment gateway ${account.code} does not accept ${currency}.`
}

const refuse = (message: string): AppError => new AppError('invalid_request', { field: 'pg_codes', message })
