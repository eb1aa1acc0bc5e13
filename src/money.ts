// Money: a whole number of minor units and its currency. Decimals are strings and live only at the edges.
import { AppError, invalidField } from './errors.ts'

/** An amount in minor units (cents, fils, yen) of an ISO 4217 currency. */
export interface Money {
  readonly amount: bigint
  readonly currency: string
}

// ISO 4217 currencies whose minor unit is not 1/100, as one group a line. Every other listed currency has two decimals.
const CURRENCIES_BY_DECIMALS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}

// What client accounts may hold beside money of states; decimals as far as minor units fit comfortably into an int8.
const DIGITAL_ASSETS: Readonly<Record<string, number>> = { BTC: 8, ETH: 8, USDT: 6, USDC: 6, BUSD: 6 }

const CURRENCIES_WITH_TWO_DECIMALS =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE ' +
  'CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD ' +
  'KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR ' +
  'PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU ' +
  'UZS VED VES WST XCD YER ZAR ZMW ZWG'

const CURRENCIES = new Map<string, number>([
  ...CURRENCIES_WITH_TWO_DECIMALS.split(' ').map((code): [string, number] => [code, 2]),
  ...Object.entries(CURRENCIES_BY_DECIMALS).flatMap(([decimals, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(decimals)]),
  ),
])

const DECIMALS = new Map<string, number>([...CURRENCIES, ...Object.entries(DIGITAL_ASSETS)])

/**
 * The most that one amount can be, in minor units: far below the int8 limit (9.2e18), so that no sum of balances that a ledger can hold
 * overflows a counter.
 */
export const AMOUNT_MAX = 999_999_999_999_999n

/** Whether the three letters are an ISO 4217 currency. */
export const isCurrency = (code: string): boolean => CURRENCIES.has(code)

/** Whether a client's account can hold it: a currency or one of the digital assets. */
export const isAsset = (code: string): boolean => DECIMALS.has(code)

/** How many decimals the currency or asset has. Throws `invalid_request` for an unknown one. */
export function decimalsOf(currency: string): number {
  const decimals = DECIMALS.get(currency)
  if (decimals === undefined) throw invalidField('currency', 'must be an ISO 4217 code in capital letters')
  return decimals
}

// An unsigned decimal number as JSON writes it, exponent included: 10, 10.50, 1e2.
const DECIMAL_NUMBER = /^(0|[1-9]\d{0,29})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,3}))?$/

/**
 * Reads a positive decimal text such as `10.50` or `1e2` into minor units, exactly or not at all.
 * `decimalsMax` narrows the currency's own decimals where a contract does. Throws `invalid_request` naming `field`.
 */
export function parseAmount(text: string, currency: string, field = 'amount', decimalsMax = 4): Money {
  const decimals = decimalsOf(currency)
  const match = DECIMAL_NUMBER.exec(text)
  if (!match) throw invalidField(field, 'must be a positive number')
  const [, whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/0+$/, '') || '0'
  const trimmed = whole.length + fraction.length - (whole + fraction).replace(/0+$/, '').length
  const scale = fraction.length - trimmed - Number(exponent) // value = digits * 10^-scale
  if (digits === '0') throw invalidField(field, 'must be greater than zero')
  if (scale > Math.min(decimals, decimalsMax)) {
    throw invalidField(field, `must have at most ${Math.min(decimals, decimalsMax)} decimals in ${currency}`)
  }
  const zeros = decimals - scale
  if (digits.length + zeros > 16) throw invalidField(field, 'is too large')
  const amount = BigInt(digits) * 10n ** BigInt(zeros)
  if (amount > AMOUNT_MAX) throw invalidField(field, 'is too large')
  return { amount, currency }
}

/** Minor units as a decimal text with all of the currency's decimals: 1050n USD is `10.50`. */
export function formatAmount({ amount, currency }: Money): string {
  const decimals = decimalsOf(currency)
  const sign = amount < 0n ? '-' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  if (decimals === 0) return sign + digits
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** The sum of two amounts of one currency. */
export function add(a: Money, b: Money): Money {
  requireSameCurrency(a, b)
  return { amount: a.amount + b.amount, currency: a.currency }
}

/** The difference of two amounts of one currency. */
export function subtract(a: Money, b: Money): Money {
  requireSameCurrency(a, b)
  return { amount: a.amount - b.amount, currency: a.currency }
}

/** `amount * numerator / denominator`, rounded half up; none of them negative, and the last one positive. */
export const multiplyRatio = (amount: bigint, numerator: bigint, denominator: bigint): bigint =>
  (amount * numerator * 2n + denominator) / (denominator * 2n)

/** An exact number that is not negative: `units / 10 ** scale`. */
export interface Decimal {
  readonly units: bigint
  readonly scale: number
}

const PLAIN_DECIMAL = /^(\d{1,30})(?:\.(\d{1,30}))?$/

/** Reads an unsigned decimal text without an exponent, such as `5.234`. Throws `invalid_request` naming `field`. */
export function parseDecimal(text: string, field = 'amount'): Decimal {
  const [, whole, part = ''] = PLAIN_DECIMAL.exec(text) ?? []
  if (whole === undefined) throw invalidField(field, 'must be a number that is not negative')
  return { units: BigInt(whole + part), scale: part.length }
}

const PERCENT = 100n

/** So many percent of an amount in minor units, rounded half up. */
export const percentOf = (amount: bigint, { units, scale }: Decimal): bigint =>
  multiplyRatio(amount, units, PERCENT * 10n ** BigInt(scale))

/** What so many at this price in major units cost, in minor units of the currency, rounded half up once. */
export const timesPrice = (quantity: Decimal, price: Decimal, currency: string): bigint =>
  multiplyRatio(
    quantity.units * price.units,
    10n ** BigInt(decimalsOf(currency)),
    10n ** BigInt(quantity.scale + price.scale),
  )

/** Whether so many minor units are more than an amount may be. */
export const isTooLarge = (amount: bigint): boolean => amount > AMOUNT_MAX

/** The smaller of two amounts of minor units. */
export const lesserOf = (a: bigint, b: bigint): bigint => (a < b ? a : b)

function requireSameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) throw new AppError('currency_mismatch')
}
