// The life of what is paid once: every allowed step of a claim and what brings it about. docs/states.md is made from this table. The
// Operations face shows the state of a checkout's claim as the state of the payment.

export type ClaimState =
  | 'created'
  | 'pending'
  | 'attempted'
  | 'authorized'
  | 'paid'
  | 'cod'
  | 'failed'
  | 'canceled'
  | 'expired'
  | 'invalided'
  | 'deleted'

const LATE = 'a payment that was thought to have failed, or was decided too late, succeeded after all'

export const CLAIM_STEPS = {
  'created -> pending': 'the payer opened the page, or a payment was begun',
  'created -> canceled': 'the merchant called it off',
  'created -> expired': 'its time is over, or the merchant said so',
  'created -> cod': 'the payer will pay in cash',
  'created -> invalided': 'the accounts that it named do not take it any more',
  'created -> deleted': 'the merchant removed it for good',
  'pending -> attempted': 'a payment failed and another one may be tried',
  'pending -> authorized': 'a payment holds the money',
  'pending -> paid': 'a payment took the money, or a card was kept where nothing is charged',
  'pending -> cod': 'the payer will pay in cash',
  'pending -> failed': 'the only payment that could be tried failed',
  'pending -> canceled': 'the merchant called it off',
  'pending -> expired': 'its time is over, the merchant said so, or the payer gave up the only try',
  'pending -> invalided': 'the accounts that it named do not take it any more',
  'pending -> deleted': 'the merchant removed it for good',
  'attempted -> authorized': 'a payment holds the money',
  'attempted -> paid': 'a payment took the money',
  'attempted -> cod': 'the payer will pay in cash',
  'attempted -> failed': 'no further payment can be tried',
  'attempted -> canceled': 'the merchant called it off',
  'attempted -> expired': 'its time is over, the merchant said so, or the payer gave up the last try',
  'attempted -> invalided': 'the accounts that it named do not take it any more',
  'attempted -> deleted': 'the merchant removed it for good',
  'cod -> canceled': 'the merchant called it off',
  'failed -> authorized': LATE,
  'failed -> paid': LATE,
  'failed -> cod': 'the merchant acknowledged that it was paid in cash',
  'failed -> deleted': 'the merchant removed it for good',
  'expired -> authorized': LATE,
  'expired -> paid': LATE,
  'expired -> cod': 'the merchant acknowledged that it was paid in cash',
  'expired -> deleted': 'the merchant removed it for good',
  'canceled -> deleted': 'the merchant removed it for good',
  'invalided -> deleted': 'the merchant removed it for good',
} as const satisfies Partial<Record<`${ClaimState} -> ${ClaimState}`, string>>

/** Whether a claim may go from one state to the other. */
export const isClaimStep = (from: ClaimState, to: ClaimState): boolean => `${from} -> ${to}` in CLAIM_STEPS

/** Whether it can be tried to pay it. */
export const isPayable = (state: ClaimState): boolean =>
  state === 'created' || state === 'pending' || state === 'attempted'
