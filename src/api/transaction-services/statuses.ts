// The long and short statuses, in one table, and which of them a payment has.

/** Y succeeded, N failed, P pending, 3D waiting for 3-D Secure, C cancelled. */
export type ShortStatus = 'Y' | 'N' | 'P' | '3D' | 'C'

interface StatusFacts {
  readonly short: ShortStatus
  /** Whether nothing follows by itself. */
  readonly isFinal: boolean
  readonly meaning: string
}

/** Every status. "reversed" means refunded; what the operation RV leads to is "cancelled". */
export const STATUSES = {
  begun: { short: 'P', isFinal: false, meaning: 'Received, nothing was sent to a gateway yet.' },
  authstarted: { short: 'P', isFinal: false, meaning: 'Being authorized, or the outcome is not known yet.' },
  '3D Authstarted': { short: '3D', isFinal: false, meaning: 'Waiting for the cardholder at 3-D Secure.' },
  authsuccessful: { short: 'Y', isFinal: true, meaning: 'Authorized: a PA that can be captured or reversed.' },
  authfailed: { short: 'N', isFinal: true, meaning: 'Declined.' },
  authcancelled: { short: 'C', isFinal: true, meaning: 'Cancelled by the cardholder, or the authorization expired.' },
  cancelstarted: { short: 'P', isFinal: false, meaning: 'A reversal is under way.' },
  cancelled: { short: 'C', isFinal: true, meaning: 'A PA that was reversed.' },
  capturestarted: { short: 'P', isFinal: false, meaning: 'A capture is under way.' },
  capturesuccess: { short: 'Y', isFinal: true, meaning: 'Captured: a DB, or a PA after its capture.' },
  capturefailed: { short: 'N', isFinal: true, meaning: 'A capture that was refused; the PA may still be captured.' },
  settled: { short: 'Y', isFinal: true, meaning: 'Captured, and paid out to the merchant.' },
  markedforreversal: { short: 'P', isFinal: false, meaning: 'A refund is under way.' },
  reversed: { short: 'Y', isFinal: true, meaning: 'Refunded, all of it or a part.' },
  chargeback: { short: 'N', isFinal: true, meaning: 'Charged back by the cardholder.' },
  failed: { short: 'N', isFinal: true, meaning: 'Not valid: nothing was sent to a gateway.' },
  payoutstarted: { short: 'P', isFinal: false, meaning: 'A payout is under way.' },
  payoutsuccessful: { short: 'Y', isFinal: true, meaning: 'Paid out.' },
  payoutfailed: { short: 'N', isFinal: true, meaning: 'The payout was refused.' },
} as const satisfies Readonly<Record<string, StatusFacts>>

export type LongStatus = keyof typeof STATUSES

export type ChargeState =
  | 'authorizing'
  | 'authorized'
  | 'capturing'
  | 'voiding'
  | 'captured'
  | 'voided'
  | 'refunded'
  | 'declined'
  | 'canceled'

export type PayoutState = 'paying' | 'paid' | 'declined'

/** What the status follows from. Sums are minor units. */
export interface ChargeProgress {
  readonly kind: 'charge'
  readonly state: ChargeState
  /** Whether the cardholder was sent to 3-D Secure and is not back. */
  readonly isRedirected: boolean
  /** What a refund that is under way will give back. */
  readonly refundReserved: bigint
  readonly refunded: bigint
  readonly chargedBack: bigint
  readonly isSettled: boolean
  /** Whether a voided one was not reversed but ran out. */
  readonly hasExpired: boolean
  /** Whether a capture was refused just now: what follows is as if it had not been asked for. */
  readonly captureFailed: boolean
}

export interface PayoutProgress {
  readonly kind: 'payout'
  readonly state: PayoutState
}

export type Progress = ChargeProgress | PayoutProgress

/** The long status. */
export function statusOf(progress: Progress): LongStatus {
  return progress.kind === 'payout' ? PAYOUT_STATUSES[progress.state] : chargeStatus(progress)
}

/** The short status. */
export const shortStatusOf = (progress: Progress): ShortStatus => STATUSES[statusOf(progress)].short

const PAYOUT_STATUSES: Readonly<Record<PayoutState, LongStatus>> = {
  paying: 'payoutstarted',
  paid: 'payoutsuccessful',
  declined: 'payoutfailed',
}

function chargeStatus(progress: ChargeProgress): LongStatus {
  switch (progress.state) {
    case 'authorizing':
      return progress.isRedirected ? '3D Authstarted' : 'authstarted'
    case 'authorized':
      return progress.captureFailed ? 'capturefailed' : 'authsuccessful'
    case 'capturing':
      return 'capturestarted'
    case 'voiding':
      return 'cancelstarted'
    case 'captured':
      return capturedStatus(progress)
    case 'voided':
      return progress.hasExpired ? 'authcancelled' : 'cancelled'
    case 'refunded':
      return progress.refundReserved > 0n ? 'markedforreversal' : 'reversed'
    case 'declined':
      return 'authfailed'
    case 'canceled':
      return 'authcancelled'
  }
}

function capturedStatus({ chargedBack, refundReserved, refunded, isSettled }: ChargeProgress): LongStatus {
  if (chargedBack > 0n) return 'chargeback'
  if (refundReserved > 0n) return 'markedforreversal'
  if (refunded > 0n) return 'reversed'
  return isSettled ? 'settled' : 'capturesuccess'
}

/** Whether the text is a long status. */
export const isLongStatus = (text: string): text is LongStatus => Object.hasOwn(STATUSES, text)
