// What all resources of the issuing face have in common on the wire: ids, labels, amounts, times, idempotency keys.
import Type, { type Static, type TSchema, type TUnsafe } from 'typebox'
import type { Metadata } from '../../clients/xids.ts'
import { invalidField } from '../../errors.ts'
import type { Call } from '../../http/face.ts'
import type { JsonNumber } from '../../http/json.ts'
import { fingerprintOf, type KeyClaim } from '../../idempotency/keyed.ts'
import { decimalsOf, isAsset, isCurrency, type Money, parseAmount } from '../../money.ts'

export const EXAMPLE_ID = '6a3176fe-7715-4fe0-a548-034912d7f800'
export const EXAMPLE_TIME = '2025-03-19T09:51:17.009Z'

export const idSchema = (description: string) => Type.String({ format: 'uuid', description, examples: [EXAMPLE_ID] })

export const timeSchema = (description: string) =>
  Type.String({ format: 'date-time', description, examples: [EXAMPLE_TIME] })

/** An amount in an answer, in major units. */
export const moneySchema = (description: string) => Type.Number({ description })

export const currencySchema = (description = 'ISO 4217 code in capital letters.') =>
  Type.String({ description, examples: ['USD'] })

export const descriptionSchema = Type.String({ maxLength: 1024, description: 'Generally shown to the client.' })

/** A member that is null when it does not apply. */
export const nullable = <S extends TSchema>(schema: S): TUnsafe<Static<S> | null> =>
  Type.Unsafe<Static<S> | null>({ ...schema, type: [(schema as { type?: string }).type, 'null'] })

/** One of the values. */
export const oneOf = <V extends string>(values: readonly V[], description?: string): TUnsafe<V> =>
  Type.Unsafe<V>({ type: 'string', enum: [...values], ...(description !== undefined && { description }) })

const METADATA_DESCRIPTION =
  'External metadata: at most 25 pairs, keys of at most 40 characters, values of at most 1024 characters or lists of such.'

const metadataValue = { type: 'string', maxLength: 1024 }

export const metadataSchema: TUnsafe<Metadata> = Type.Unsafe<Metadata>({
  type: 'object',
  description: METADATA_DESCRIPTION,
  maxProperties: 25,
  propertyNames: { maxLength: 40 },
  additionalProperties: { anyOf: [metadataValue, { type: 'array', items: metadataValue, maxItems: 25 }] },
  examples: [{ key1: 'value1', key2: ['value2.1', 'value2.2'] }],
})

export const xidSchema = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'External id, unique across all resources created under this account.',
})

/** Labels in an answer. */
export const labelMembers = {
  xid: nullable(Type.String({ description: 'External id.' })),
  xmetadata: Type.Unsafe<Metadata | null>({
    type: ['object', 'null'],
    additionalProperties: true,
    description: 'External metadata.',
  }),
}

export const keyMember = {
  idempotencyKey: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'Requests with the same key within 24 hours are one request. The header Idempotency-Key does the same.',
    }),
  ),
}

/** What every request that creates something may carry. */
export const labelledBody = {
  ...keyMember,
  xid: Type.Optional(xidSchema),
  xmetadata: Type.Optional(metadataSchema),
}

interface LabelledBody {
  readonly xid?: string
  readonly xmetadata?: Metadata
}

export const parseLabels = ({ xid, xmetadata }: LabelledBody): LabelledBody => defined({ xid, xmetadata })

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The members that are there: optional members are absent, never undefined. */
export const defined = <T extends object>(members: T): Defined<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>

/** An amount of an ISO 4217 currency, from the text of the JSON number. Throws `invalid_request` naming the field. */
export function parseMoney(amount: JsonNumber, currency: string, field = 'amount'): Money {
  if (!isCurrency(currency)) throw invalidField('currency', 'must be an ISO 4217 code in capital letters')
  return parseAmount(amount.text, currency, field)
}

/** An amount of a currency or digital asset. Throws `invalid_request` naming the field. */
export function parseAssetAmount(amount: JsonNumber, asset: string, assetField: string): Money {
  if (!isAsset(asset)) throw invalidField(assetField, 'must be a currency or asset such as USD or USDC')
  return parseAmount(amount.text, asset, 'amount', decimalsOf(asset))
}

/**
 * A timestamp that the schema has accepted. Throws `invalid_request` for a day that no calendar has, and outside of the
 * years 1 to 9999.
 */
export function parseTime(text: string | undefined, field: string): Date | undefined {
  if (text === undefined) return undefined
  // JavaScript wants +08:00 where ISO 8601 also has +08 and +0800.
  const time = new Date(text.replace(/([+-]\d{2}):?(\d{2})?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`))
  const year = time.getUTCFullYear()
  const isReadable = year >= 1 && year <= 9999 // by PostgreSQL, in four digits
  if (!isReadable || !isDay(text.slice(0, 10)))
    throw invalidField(field, 'must be a timestamp such as 2025-03-19T09:51:17.009Z')
  return time
}

// JavaScript takes 30 February for 2 March.
function isDay(text: string): boolean {
  const day = new Date(text)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** A request of a verb: what was parsed, whose it is, and the keys under which it may be repeated. */
export function commandOf<R extends object>(
  call: Call<{ readonly idempotencyKey?: string }, unknown>,
  request: R,
): R & { readonly clientId: string; readonly keys: readonly KeyClaim[] } {
  return { ...request, clientId: call.principal.id, keys: claimsOf(call, request) }
}

/** The claims of a request by its header and its body; the fingerprint is of what was parsed, not of how it was written. */
export function claimsOf(call: Call<{ readonly idempotencyKey?: string }, unknown>, request: object): KeyClaim[] {
  const keys = new Set([call.idempotencyKey, call.body.idempotencyKey].filter((key) => key !== undefined))
  if (keys.size === 0) return []
  const scope = `${call.principal.id} ${call.route}`
  const fingerprint = fingerprintOf(request)
  return [...keys].map((key) => ({ scope, key, fingerprint }))
}
