// The cards of the sandbox gateway and what it decides about them: one table, from which docs/sandbox-gateway.md is made.
import { SECOND_MS } from '../clock.ts'
import { brandOf } from '../gateways/brand.ts'
import type { CardBrand, DeclineCode } from '../gateways/connector.ts'
import { isLuhnValid } from '../log.ts'

/** What happens with a card, or with what follows a charge of it. */
export type CardBehavior =
  | 'approve'
  | 'challenge'
  | 'frictionless'
  | 'not-enrolled'
  | 'authentication-fails'
  | 'later-approved'
  | 'later-declined'
  | 'capture-declined'
  | 'void-declined'
  | 'refund-declined'
  | 'refund-queued'
  | 'refund-queued-declined'
  | { readonly decline: DeclineCode }

export interface TestCard {
  readonly number: string
  /** What the card says; another one is declined. Any is right where there is none. */
  readonly cvv?: string
  readonly behavior: CardBehavior
}

/** The documented cards. Every other number of a known brand with a right check digit is approved. */
export const TEST_CARDS: readonly TestCard[] = [
  { number: '4000000000000051', cvv: '745', behavior: 'approve' },
  { number: '5101082187256503', cvv: '123', behavior: 'approve' },
  { number: '5101080000000009', cvv: '123', behavior: 'approve' },
  { number: '375510513169537', cvv: '123', behavior: 'approve' },
  { number: '378282246310005', cvv: '123', behavior: 'approve' },
  { number: '4111111111111111', behavior: 'approve' },
  { number: '4176661000001056', behavior: 'approve' },
  { number: '5549110920049586', behavior: 'approve' },
  { number: '5423110020223322', behavior: 'approve' },
  { number: '370000000000002', behavior: 'approve' },
  { number: '376000000000006', behavior: 'approve' },
  { number: '4111110000000021', behavior: 'approve' },
  { number: '4000000000000002', cvv: '237', behavior: 'challenge' },
  { number: '5101080000010008', behavior: 'challenge' },
  { number: '4000000001000019', behavior: 'frictionless' },
  { number: '4000000001000027', behavior: 'not-enrolled' },
  { number: '4000000001000035', behavior: 'authentication-fails' },
  { number: '4000000001000043', behavior: { decline: 'refused' } },
  { number: '4000000001000050', behavior: { decline: 'insufficient_funds' } },
  { number: '4000000001000068', behavior: { decline: 'limit_exceeded' } },
  { number: '4000000001000076', behavior: { decline: 'card_expired' } },
  { number: '4000000001000084', behavior: { decline: 'card_invalid' } },
  { number: '4000000001000092', behavior: { decline: 'card_not_active' } },
  { number: '4000000001000100', behavior: { decline: 'cvv_wrong' } },
  { number: '4000000001000118', behavior: { decline: 'suspected_fraud' } },
  { number: '4000000001000126', behavior: { decline: 'not_permitted' } },
  { number: '4000000001000134', behavior: 'later-approved' },
  { number: '4000000001000142', behavior: 'later-declined' },
  { number: '4000000001000159', behavior: 'capture-declined' },
  { number: '4000000001000167', behavior: 'void-declined' },
  { number: '4000000001000175', behavior: 'refund-declined' },
  { number: '4000000001000183', behavior: 'refund-queued' },
  { number: '4000000001000191', behavior: 'refund-queued-declined' },
]

/** How long what is decided later takes. */
export const LATER_MS = 3 * SECOND_MS

/** What the gateway says when it refuses. */
export const DECLINE_MESSAGES: Readonly<Record<DeclineCode, string>> = {
  refused: 'The issuer refused the payment.',
  insufficient_funds: 'The available balance is too low.',
  limit_exceeded: 'The amount exceeds a limit of the card.',
  card_expired: 'The card has expired.',
  card_invalid: 'There is no such card.',
  card_not_active: 'The card is not active.',
  cvv_wrong: 'The card verification code is wrong.',
  suspected_fraud: 'The issuer suspects fraud.',
  authentication_failed: 'The payer did not authenticate.',
  canceled_by_payer: 'The payer cancelled.',
  not_permitted: 'The card does not permit this.',
  state_invalid: 'The charge is not in a state that allows this.',
  amount_too_large: 'The amount is larger than what is left.',
  gateway_unreachable: 'The gateway cannot be reached.',
}

export type Decision =
  | { readonly state: 'approved'; readonly eci?: string }
  | { readonly state: 'declined'; readonly code: DeclineCode; readonly message?: string }
  | { readonly state: 'pending'; readonly afterMs: number; readonly to: Decision }
  | { readonly state: 'challenged' }

interface Dated {
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly now: Date
}

/** A card as its holder enters it. */
export interface EnteredCard extends Dated {
  readonly number: string
  readonly cvv: string | undefined
}

interface Wish {
  readonly authentication: 'auto' | 'required' | 'skip'
}

export type CardUse = EnteredCard & Wish

/** A card that the gateway keeps, without its number. Its code was looked at when it was kept. */
export interface KeptCardUse extends Dated, Wish {
  readonly behavior: CardBehavior
}

type Declined = Extract<Decision, { state: 'declined' }>

/** What is to be expected of a number: nothing special unless it is in the table. */
export const behaviorOf = (number: string): CardBehavior =>
  TEST_CARDS.find((card) => card.number === number)?.behavior ?? 'approve'

const decline = (code: DeclineCode): Declined => ({ state: 'declined', code })

/** Looks at a card without asking its issuer: its brand and what is to be expected of it, or why it is none. */
export function inspectCard(
  card: EnteredCard,
): { readonly brand: CardBrand; readonly behavior: CardBehavior } | Declined {
  const { number, cvv } = card
  const brand = brandOf(number)
  if (brand === undefined || !isLuhnValid(number)) return decline('card_invalid')
  if (hasExpired(card)) return decline('card_expired')
  const required = TEST_CARDS.find((candidate) => candidate.number === number)?.cvv
  if (cvv !== undefined && required !== undefined && cvv !== required) return decline('cvv_wrong')
  return { brand, behavior: behaviorOf(number) }
}

const hasExpired = ({ expiryMonth, expiryYear, now }: Dated): boolean =>
  now.getTime() >= Date.UTC(expiryYear, expiryMonth)

/** Decides about a charge of a card. */
export function decideCard(use: CardUse): Decision {
  const inspected = inspectCard(use)
  return 'state' in inspected ? inspected : decideCharge(inspected.behavior, use.authentication)
}

/** Decides about a charge of a card that is kept. */
export const decideKeptCard = (use: KeptCardUse): Decision =>
  hasExpired(use) ? decline('card_expired') : decideCharge(use.behavior, use.authentication)

const decideCharge = (behavior: CardBehavior, wish: Wish['authentication']): Decision =>
  typeof behavior === 'object' ? decline(behavior.decline) : authenticate(behavior, wish)

// Electronic commerce indicators: authenticated, and not asked.
const AUTHENTICATED = '05'
const NOT_AUTHENTICATED = '07'

function authenticate(behavior: Exclude<CardBehavior, object>, wish: CardUse['authentication']): Decision {
  const approved: Decision = { state: 'approved', eci: NOT_AUTHENTICATED }
  if (behavior === 'later-approved') return { state: 'pending', afterMs: LATER_MS, to: approved }
  if (behavior === 'later-declined') return { state: 'pending', afterMs: LATER_MS, to: decline('refused') }
  if (wish === 'skip') return approved
  if (behavior === 'challenge') return { state: 'challenged' }
  if (behavior === 'frictionless') return { state: 'approved', eci: AUTHENTICATED }
  if (behavior === 'authentication-fails') return decline('authentication_failed')
  if (wish === 'auto') return approved
  return behavior === 'not-enrolled' ? decline('authentication_failed') : { state: 'challenged' }
}

/** Decides about what follows a charge of a card, when the charge's state and amounts allow it. */
export function decideFollowUp(operation: string, behavior: string | null): Decision {
  if (behavior === `${operation}-declined`) return decline('refused')
  if (operation === 'refund' && behavior === 'refund-queued') {
    return { state: 'pending', afterMs: LATER_MS, to: { state: 'approved' } }
  }
  if (operation === 'refund' && behavior === 'refund-queued-declined') {
    return { state: 'pending', afterMs: LATER_MS, to: decline('refused') }
  }
  return { state: 'approved' }
}
