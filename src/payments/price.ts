// What something costs at a gateway account: in the account's currency, with what the payer pays on top. Fixed when a payment is begun.
import type { GatewayAccount } from '../gateways/account.ts'
import { type Money, multiplyRatio, parseAmount } from '../money.ts'

/** A price; amounts in minor units. */
export interface Price {
  /** What is asked for, in the currency in which it is asked for. */
  readonly asked: bigint
  /** What the payer pays in: the account's. */
  readonly currency: string
  /** What is asked for, in `currency`. */
  readonly amount: bigint
  /** On top, in `currency`. */
  readonly fee: bigint
  /** Both together: what the gateway is asked for. */
  readonly total: bigint
  /** The fee in the currency in which it was asked. */
  readonly merchantFee: bigint
  /** Minor units of `currency` for one minor unit of what is asked, as a ratio. */
  readonly numerator: bigint
  readonly denominator: bigint
  readonly isExchanged: boolean
}

/** The price at the account. Throws an Error for a currency that the account does not take: see `takesCurrency`. */
export function priceAt(account: Pick<GatewayAccount, 'currency' | 'fee' | 'rates'>, asked: Money): Price {
  const { numerator, denominator } = rateOf(account, asked.currency)
  const isExchanged = asked.currency !== account.currency
  const amount = isExchanged ? atLeastOne(multiplyRatio(asked.amount, numerator, denominator)) : asked.amount
  const fee = feeOf(account, amount, isExchanged)
  return {
    asked: asked.amount,
    currency: account.currency,
    amount,
    fee,
    total: amount + fee,
    merchantFee: isExchanged ? multiplyRatio(fee, denominator, numerator) : fee,
    numerator,
    denominator,
    isExchanged,
  }
}

const atLeastOne = (amount: bigint): bigint => (amount > 0n ? amount : 1n)

function rateOf({ currency, rates }: Pick<GatewayAccount, 'currency' | 'rates'>, asked: string) {
  if (asked === currency) return { numerator: 1n, denominator: 1n }
  const rate = rates.find((one) => one.currency === asked)
  if (!rate) throw new Error(`an account in ${currency} does not take ${asked}`)
  return { numerator: BigInt(rate.numerator), denominator: BigInt(rate.denominator) }
}

const HUNDREDTHS_OF_PERCENT = 10_000n

function feeOf(
  { fee, currency }: Pick<GatewayAccount, 'fee' | 'currency'>,
  amount: bigint,
  isExchanged: boolean,
): bigint {
  if (!fee || !(fee.chargesOwnCurrency || isExchanged)) return 0n
  switch (fee.kind) {
    case 'fix':
      return parseAmount(fee.value, currency).amount
    case 'percent':
      return multiplyRatio(amount, hundredths(fee.value), HUNDREDTHS_OF_PERCENT)
  }
}

const PERCENT = /^(\d{1,3})(?:\.(\d{1,2}))?$/

function hundredths(percent: string): bigint {
  const [, whole = '', part = ''] = PERCENT.exec(percent) ?? []
  if (whole === '') throw new Error(`${percent} is not a percentage with two decimals at most`)
  return BigInt(whole + part.padEnd(2, '0'))
}
