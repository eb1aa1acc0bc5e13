// What is to be paid on a checkout page, carried by the page's own form: nothing is stored for payers who never pay, and
// nobody can change it on the way.
import { timingSafeEqual } from 'node:crypto'
import { after, hasPassed } from '../clock.ts'
import type { Deps } from '../deps.ts'
import type { PageOrder } from './actions.ts'

type SealDeps = Pick<Deps, 'codes' | 'settings'>

interface Sealed {
  readonly order: Omit<PageOrder, 'amount'>
  /** Minor units, as a text. */
  readonly amount: string
  readonly currency: string
  readonly expiresAt: string
}

/** The order as a text with its MAC, good for `settings.checkoutLifeMs` from `now`. */
export function sealOrder({ codes, settings }: SealDeps, { amount, ...order }: PageOrder, now: Date): string {
  const sealed: Sealed = {
    order,
    amount: amount.amount.toString(),
    currency: amount.currency,
    expiresAt: after(now, settings.checkoutLifeMs).toISOString(),
  }
  const text = Buffer.from(JSON.stringify(sealed)).toString('base64url')
  return `${text}.${codes.mac('checkout', text).toString('base64url')}`
}

/** The order in what `sealOrder` made; `expired` when its time is over, undefined for anything else. */
export function openOrder(
  { codes }: Pick<SealDeps, 'codes'>,
  text: string,
  now: Date,
): PageOrder | 'expired' | undefined {
  const [content = '', mac = '', ...rest] = text.split('.')
  const given = Buffer.from(mac, 'base64url')
  const expected = codes.mac('checkout', content)
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const { order, amount, currency, expiresAt } = JSON.parse(Buffer.from(content, 'base64url').toString()) as Sealed
  if (hasPassed(new Date(expiresAt), now)) return 'expired'
  return { ...order, amount: { amount: BigInt(amount), currency } }
}
