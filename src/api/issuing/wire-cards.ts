// Cards on the wire: issuing, listing, limiting and checking them.
import Type, { type Static } from 'typebox'
import { invalidField } from '../../errors.ts'
import { amountSchema, JsonNumber, toJsonNumber } from '../../http/json.ts'
import { CARD_STATUSES, type Card, type SpendingLimits, spentOn } from '../../issuing/card.ts'
import type { IssueCardRequest } from '../../issuing/issue-card.ts'
import type { CardFilter, CardProduct, CardWithProduct } from '../../issuing/queries.ts'
import type { CardInfo } from '../../issuing/validate-card.ts'
import { formatAmount } from '../../money.ts'
import { pageQuery, pageTokens } from './paging.ts'
import {
  defined,
  EXAMPLE_ID,
  idSchema,
  keyMember,
  labelledBody,
  labelMembers,
  nullable,
  oneOf,
  parseLabels,
  parseMoney,
} from './wire.ts'
import { parsePhone, personSchema } from './wire-card-accounts.ts'

export const issueCardBody = Type.Object({
  type: oneOf(['virtual', 'physical'], 'A virtual card is active at once; a physical one waits for activation.'),
  cardAccountId: idSchema('The card account that it spends.'),
  productId: idSchema('The card product.'),
  embossedName: Type.String({
    minLength: 1,
    maxLength: 22,
    pattern: '^[\\p{L}\\p{M} -]*\\p{L}[\\p{L}\\p{M} -]*$',
    description: 'The name on the card: letters, spaces and hyphens.',
    examples: ['JANE DOE'],
  }),
  cardSuffix: Type.Optional(
    Type.String({ pattern: '^[0-9]{4}$', description: 'Wished last four digits.', examples: ['8888'] }),
  ),
  cardholderInfo: Type.Optional(personSchema),
  ...labelledBody,
})

export const parseIssueCard = (body: Static<typeof issueCardBody>): Omit<IssueCardRequest, 'clientId' | 'keys'> =>
  defined({
    type: body.type,
    cardAccountId: body.cardAccountId,
    productId: body.productId,
    embossedName: body.embossedName,
    suffix: body.cardSuffix,
    mobile: parsePhone(body.cardholderInfo?.mobile),
    email: body.cardholderInfo?.email,
    ...parseLabels(body),
  })

const limitMember = (description: string) =>
  nullable(Type.Number({ description: `${description} In the card account's currency; null is no limit.` }))

export const cardSchema = Type.Object({
  id: idSchema('Identifies the card.'),
  cardAccountId: idSchema('The card account that it spends.'),
  ...labelMembers,
  type: oneOf(['virtual', 'physical']),
  status: oneOf(CARD_STATUSES),
  embossedName: Type.String(),
  network: Type.String({ examples: ['mastercard'] }),
  product: Type.Object({
    id: idSchema('Identifies the card product.'),
    name: Type.String(),
    imageUrl: Type.String({ description: "The brand's picture of the card." }),
    cardType: Type.String({ examples: ['Platinum'] }),
  }),
  expiryMonth: Type.Integer(),
  expiryYear: Type.Integer(),
  last4: Type.String(),
  replacedBy: nullable(Type.String({ description: 'The card that replaces this one.' })),
  currency: Type.String({ description: "The card account's currency, in which limits are." }),
  cardLimit: limitMember('Of all charges together.'),
  dailyAtmLimit: limitMember('Of cash withdrawals a day, which these cards do not do.'),
  dailyPurchaseLimit: limitMember('Of purchases a day (UTC).'),
  dailyLimit: limitMember('Of charges a day (UTC).'),
  singleTransactionLimit: limitMember('Of one charge.'),
  availableLimit: limitMember('What the limits leave for one charge now, whatever the balance.'),
  cardPresentLimit: limitMember('Of one charge with the card in the reader.'),
  cardNotPresentLimit: limitMember('Of one charge without it.'),
  mobile: nullable(Type.String({ description: 'The number to which codes are sent, digits only.' })),
  cardEmail: nullable(Type.String({ description: 'The address to which codes are sent.' })),
  cardSpendingToday: Type.String({ description: 'Spent today (UTC), as a decimal text.', examples: ['128.29'] }),
})

export type WireCard = Static<typeof cardSchema>

const NO_LIMITS = {
  cardLimit: null,
  dailyAtmLimit: null,
  dailyPurchaseLimit: null,
  dailyLimit: null,
  singleTransactionLimit: null,
  availableLimit: null,
  cardPresentLimit: null,
  cardNotPresentLimit: null,
}

export const EXAMPLE_CARD: WireCard = {
  id: '0195ad8a-4d31-7000-8c21-7f3e5d6c7b8a',
  cardAccountId: EXAMPLE_ID,
  xid: 'employee-0017-card',
  xmetadata: null,
  type: 'virtual',
  status: 'active',
  embossedName: 'JANE DOE',
  network: 'mastercard',
  product: {
    id: '0195ad8a-4d31-7000-a111-2233445566aa',
    name: 'Florin Platinum',
    imageUrl: 'https://cards.example/platinum.png',
    cardType: 'Platinum',
  },
  expiryMonth: 9,
  expiryYear: 2030,
  last4: '8888',
  replacedBy: null,
  currency: 'USD',
  ...NO_LIMITS,
  mobile: '85255551234',
  cardEmail: 'jane@example.com',
  cardSpendingToday: '0.00',
}

/** `today` is the day of business time, to which spending is counted. */
export function renderCard(card: Card, product: CardProduct, today: string): WireCard {
  const { currency } = card
  const limit = (amount: bigint | null): number | null => (amount === null ? null : toJsonNumber({ amount, currency }))
  return {
    id: card.id,
    cardAccountId: card.cardAccountId,
    xid: card.xid,
    xmetadata: card.xmetadata,
    type: card.type,
    status: card.status,
    embossedName: card.embossedName,
    network: product.network,
    product: { id: product.id, name: product.name, imageUrl: product.imageUrl, cardType: product.cardType },
    expiryMonth: card.expiryMonth,
    expiryYear: card.expiryYear,
    last4: card.last4,
    replacedBy: null,
    currency,
    cardLimit: limit(card.cardLimit),
    dailyAtmLimit: null,
    dailyPurchaseLimit: limit(card.dailyPurchaseLimit),
    dailyLimit: limit(card.dailyLimit),
    singleTransactionLimit: limit(card.singleTransactionLimit),
    availableLimit: limit(leftOf(card, today)),
    cardPresentLimit: limit(card.cardPresentLimit),
    cardNotPresentLimit: limit(card.cardNotPresentLimit),
    mobile: card.mobile,
    cardEmail: card.email,
    cardSpendingToday: formatAmount({ amount: spentOn(card, today), currency }),
  }
}

export const renderListedCard = (card: CardWithProduct): WireCard => renderCard(card, card.product, card.today)

function leftOf(card: Card, today: string): bigint | null {
  const left = (limit: bigint | null, spent: bigint): bigint[] =>
    limit === null ? [] : [limit > spent ? limit - spent : 0n]
  const all = [
    ...left(card.singleTransactionLimit, 0n),
    ...left(card.dailyLimit, spentOn(card, today)),
    ...left(card.dailyPurchaseLimit, spentOn(card, today)),
    ...left(card.cardLimit, card.spentInTotal),
  ]
  return all.reduce<bigint | null>((least, each) => (least === null || each < least ? each : least), null)
}

export const cardListSchema = Type.Object({ ...pageTokens, cards: Type.Array(cardSchema) })

export const cardQuery = Type.Object({
  cardAccountId: Type.Optional(idSchema('Only cards of this card account.')),
  cardId: Type.Optional(idSchema('Only this card.')),
  cardEmbossedName: Type.Optional(Type.String({ maxLength: 22, description: 'A part of the name on the card.' })),
  status: Type.Optional(oneOf(CARD_STATUSES)),
  xid: Type.Optional(Type.String({ maxLength: 256 })),
  ...pageQuery,
})

export const parseCardFilter = (
  clientId: string,
  { pageSize, pageToken, cardEmbossedName: embossedName, ...filter }: Static<typeof cardQuery>,
): CardFilter => defined({ clientId, embossedName, ...filter })

const cardMembers = {
  cardAccountId: idSchema('The card account of the card.'),
  cardId: idSchema('The card.'),
}

export const EXAMPLE_CARD_BODY = { cardAccountId: EXAMPLE_ID, cardId: EXAMPLE_CARD.id }

/** The body of lock, unlock, suspend, unsuspend, activate and cancel. */
export const changeCardBody = Type.Object({ ...cardMembers, ...keyMember })

export const changePinBody = Type.Object({
  ...cardMembers,
  pin: Type.String({ pattern: '^[0-9]{6}$', description: 'Exactly 6 digits.', examples: ['848484'] }),
  ...keyMember,
})

export const sensitiveInfoQuery = Type.Object({
  ...cardMembers,
  ipAddress: Type.String({ format: 'ipv4', description: "The cardholder's address." }),
})

export const sensitiveInfoSchema = Type.Object({
  expiry: Type.String({ format: 'date-time', description: 'Until when the address can be opened.' }),
  url: Type.String({ description: 'Shows number, CVV and expiry once. Give it to the cardholder only.' }),
})

const LIMITS = {
  singleTransactionLimit: 'Of one charge.',
  dailyLimit: 'Of all charges of one day (UTC).',
  dailyPurchaseLimit: 'Of all purchases of one day (UTC).',
  cardPresentLimit: 'Of one charge with the card in the reader.',
  cardNotPresentLimit: 'Of one charge without it.',
  cardLimit: "Of all charges in the card's life.",
} as const satisfies Record<keyof SpendingLimits, string>

const LIMIT_NAMES = Object.keys(LIMITS) as readonly (keyof SpendingLimits)[]

const limitInput = (name: keyof SpendingLimits) =>
  Type.Optional(
    Type.Union([amountSchema(), Type.Null()], {
      description: `${LIMITS[name]} In the card account's currency; null removes the limit.`,
    }),
  )

export const spendingLimitsBody = Type.Object({
  ...cardMembers,
  singleTransactionLimit: limitInput('singleTransactionLimit'),
  dailyLimit: limitInput('dailyLimit'),
  dailyPurchaseLimit: limitInput('dailyPurchaseLimit'),
  cardPresentLimit: limitInput('cardPresentLimit'),
  cardNotPresentLimit: limitInput('cardNotPresentLimit'),
  cardLimit: limitInput('cardLimit'),
  ...keyMember,
})

/** The limits that the body names; the others stay as they are. Throws `invalid_request` when it names none. */
export function parseSpendingLimits(
  body: Static<typeof spendingLimitsBody>,
  currency: string,
): Partial<SpendingLimits> {
  const given = LIMIT_NAMES.flatMap((name): [string, bigint | null][] => {
    const limit = body[name]
    if (limit === undefined) return []
    return [[name, limit === null ? null : parseMoney(limit, currency, name).amount]]
  })
  if (given.length === 0) throw invalidField('singleTransactionLimit', 'or another limit is required')
  return Object.fromEntries(given)
}

const digitsSchema = (description: string, example: string) =>
  Type.Union([Type.String({ maxLength: 10 }), amountSchema()], { description, examples: [example] })

export const validateCardBody = Type.Object({
  productId: idSchema('The card product.'),
  last6: digitsSchema('The last six digits of the number.', '123456'),
  expiryMonth: digitsSchema('The month, as printed on the card.', '09'),
  expiryYear: digitsSchema('The year, with four digits or two.', '2030'),
  ...keyMember,
})

export const validateCardSchema = Type.Object({
  valid: Type.Boolean({ description: 'Whether there is such a card; its status says whether it can be used.' }),
  status: Type.Optional(oneOf(CARD_STATUSES)),
})

/** Throws `invalid_request` naming the field. */
export function parseCardInfo(body: Static<typeof validateCardBody>): Omit<CardInfo, 'clientId'> {
  const month = digitsOf(body.expiryMonth, 'expiryMonth', /^(0?[1-9]|1[0-2])$/)
  const year = digitsOf(body.expiryYear, 'expiryYear', /^(20)?[0-9]{2}$/)
  // A number has lost the zeros that it began with.
  const last6 = body.last6 instanceof JsonNumber ? body.last6.text.padStart(6, '0') : body.last6
  return {
    productId: body.productId,
    last6: digitsOf(last6, 'last6', /^[0-9]{6}$/),
    expiryMonth: Number(month),
    expiryYear: 2000 + Number(year.slice(-2)),
  }
}

function digitsOf(value: string | JsonNumber, field: string, pattern: RegExp): string {
  const text = value instanceof JsonNumber ? value.text : value
  if (!pattern.test(text)) throw invalidField(field, 'has the wrong format')
  return text
}
