// The ways in which the sandbox gateway fails on demand: one table, from which docs/sandbox-gateway.md is made.
import { GATEWAY_OPERATIONS } from '../gateways/connector.ts'
import { formatAmount, type Money } from '../money.ts'

/** Which part of the gateway carries a fault out: the directory that names an address, or the operation itself. */
type Place = 'directory' | 'operation'

export interface FaultMode {
  readonly number: number
  readonly name: string
  readonly what: string
  /** Whether the gateway does what it was asked for nevertheless. */
  readonly did: boolean
  readonly place: Place
  /** Whether it can happen when a card is to be kept, too: not what is about an amount, an inquiry or a notification. */
  readonly happensToCards: boolean
}

const MODES = [
  ['refuse-connect', 'directory', false, 'the address that takes the operation refuses the connection'],
  ['dns-fail', 'directory', false, 'the name of the address does not resolve'],
  ['tls-fail', 'directory', false, 'the address speaks no TLS though https is asked for'],
  ['never-answer', 'operation', false, 'the request is taken and never answered'],
  ['late-did', 'operation', true, 'the answer comes after every time limit'],
  ['late-did-not', 'operation', false, 'an error comes after every time limit'],
  ['reset-before-read', 'directory', false, 'the connection is reset before the request is read'],
  ['reset-after-doing', 'operation', true, 'the connection is reset instead of an answer'],
  ['reset-mid-answer', 'operation', true, 'the connection is reset in the middle of the answer'],
  ['cut-json', 'operation', true, 'status 200 with half of a JSON object'],
  ['html', 'operation', true, 'status 200 with an HTML page'],
  ['wrong-amount', 'operation', true, 'the answer has another amount'],
  ['wrong-currency', 'operation', true, 'the answer has another currency'],
  ['wrong-reference', 'operation', true, 'the answer has another reference'],
  ['error-did', 'operation', true, 'status 500'],
  ['error-did-not', 'operation', false, 'status 500'],
  ['unavailable', 'operation', false, 'status 503 with Retry-After'],
  ['too-many', 'operation', false, 'status 429 with Retry-After'],
  ['duplicate-id', 'operation', true, "the answer has the gateway's id of an earlier operation"],
  ['callback-early', 'operation', true, 'the notification comes before the answer'],
  ['callback-twice', 'operation', true, 'the same notification comes twice'],
  [
    'callback-never',
    'operation',
    true,
    'the answer is pending, five seconds later it is done, and no notification says so',
  ],
  [
    'not-found-first',
    'operation',
    true,
    'the connection is reset, and inquiries find nothing for 30 seconds; notifications come at once and after these',
  ],
  [
    'flips',
    'operation',
    true,
    'pending; inquiries say declined from second 10 to 20 and then approved; notifications come with both',
  ],
] as const satisfies readonly (readonly [name: string, place: Place, did: boolean, what: string])[]

export type FaultName = (typeof MODES)[number][0]

const OF_MONEY: readonly FaultName[] = [
  'wrong-amount',
  'wrong-currency',
  'duplicate-id',
  'callback-early',
  'callback-twice',
  'callback-never',
  'not-found-first',
  'flips',
]

/** What a fault may be asked for. */
export const FAULTY_OPERATIONS = [...GATEWAY_OPERATIONS, 'tokenize'] as const
export type FaultyOperation = (typeof FAULTY_OPERATIONS)[number]

/** All modes, the first is number 1. */
export const FAULT_MODES: readonly (FaultMode & { readonly name: FaultName })[] = MODES.map(
  ([name, place, did, what], i) => ({
    ...{ number: i + 1, name, place, did, what },
    happensToCards: !OF_MONEY.includes(name),
  }),
)

/** The mode that somebody means by its number or name. */
export const findMode = (numberOrName: number | string): (typeof FAULT_MODES)[number] | undefined =>
  FAULT_MODES.find(({ number, name }) => name === numberOrName || String(number) === String(numberOrName))

const MAGIC_AMOUNT = /^90(\d\d)\.(\d\d)$/

/** The amount, in any currency with two decimals, that makes a mode happen: `9005.05` for mode 5. Never one that ends in .00. */
export function magicAmount(mode: number): string {
  const digits = String(mode).padStart(2, '0')
  return `90${digits}.${digits}`
}

/** The mode that an amount asks for. */
export function modeOfAmount(money: Money): (typeof FAULT_MODES)[number] | undefined {
  const [, whole, cents] = MAGIC_AMOUNT.exec(formatAmount(money)) ?? []
  return whole !== undefined && whole === cents ? findMode(Number(whole)) : undefined
}
