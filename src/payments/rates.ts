// Exchange between a charge's currency and the card's, at the configured rate.
import { decimalsOf } from '../money.ts'
import type { ExchangeRate } from '../settings.ts'

/** Payer minor units per charge minor unit. */
export interface MinorRate {
  readonly rateNumerator: bigint
  readonly rateDenominator: bigint
}

/** The rate in minor units: one to one within a currency, undefined when none is configured. */
export function findRate(rates: readonly ExchangeRate[], from: string, to: string): MinorRate | undefined {
  if (from === to) return { rateNumerator: 1n, rateDenominator: 1n }
  const rate = rates.find((candidate) => candidate.from === from && candidate.to === to)
  if (!rate) return undefined
  return {
    rateNumerator: rate.numerator * 10n ** BigInt(decimalsOf(to)),
    rateDenominator: rate.denominator * 10n ** BigInt(decimalsOf(from)),
  }
}
