// The life of a payment: every allowed step and what brings it about. docs/states.md is made from this table.

export type PaymentState =
  | 'authorizing'
  | 'authorized'
  | 'capturing'
  | 'voiding'
  | 'captured'
  | 'voided'
  | 'refunded'
  | 'declined'
  | 'canceled'
  | 'paying'
  | 'paid'

export const PAYMENT_STEPS = {
  'authorizing -> authorizing':
    'another gateway is tried, after an attempt that certainly did nothing, or the payer is awaited',
  'authorizing -> authorized': 'the issuer or the gateway holds the money',
  'authorizing -> captured': 'the money was held and taken in one go',
  'authorizing -> declined': 'the issuer or the gateway refused, or certainly knows nothing of it',
  'authorizing -> canceled': 'the payer gave up, or did not come back in time',
  'authorized -> authorized':
    'the network reversed a part of it, a part was captured and the rest stays held, or a refund of that part went on',
  'authorized -> capturing': 'the gateway is asked to take the money',
  'authorized -> captured':
    'the merchant took the money; what was left of the hold went back, or does as its time is over',
  'authorized -> voiding': 'the gateway is asked to give the hold up',
  'authorized -> voided': 'the merchant released the hold, or the authorization expired',
  'authorized -> refunded': 'the authorization expired after all that had been captured went back',
  'capturing -> captured': 'the gateway took the money, all of it or part; the rest of the hold went back',
  'capturing -> authorized': 'the gateway took a part and holds the rest, or refused, or certainly did not',
  'capturing -> refunded': 'the gateway took the fee, after all else went back',
  'capturing -> capturing': 'a refund of what was captured before went on',
  'voiding -> voided': 'the gateway gave the hold up, or it had expired',
  'voiding -> captured': 'the gateway gave up the rest of what was captured in parts',
  'voiding -> refunded': 'the same, after all that had been captured went back',
  'voiding -> voiding': 'a refund of what was captured before went on',
  'voiding -> authorized': 'the gateway refused to give the hold up, or certainly did not',
  'captured -> captured': 'a refund was begun, refused, or brought a part of what was captured back',
  'captured -> refunded': 'everything that was captured went back to the payer, but for the fee',
  'declined -> authorized': 'the gateway reported late that it had held the money after all',
  'declined -> captured': 'the gateway reported late that it had taken the money after all',
  'canceled -> authorized': 'the gateway reported late that it had held the money after all',
  'canceled -> captured': 'the gateway reported late that it had taken the money after all',
  'paying -> paid': 'the payout arrived',
  'paying -> declined': 'the payout was refused, or certainly did not happen',
  'declined -> paid': 'the gateway reported late that the payout had arrived after all',
} as const satisfies Partial<Record<`${PaymentState} -> ${PaymentState}`, string>>

/** Whether a payment may go from one state to the other. */
export const isStep = (from: PaymentState, to: PaymentState): boolean => `${from} -> ${to}` in PAYMENT_STEPS
