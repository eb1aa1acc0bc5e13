// The life of a payment: every allowed step and what brings it about. docs/states.md is made from this table.

export type PaymentState = 'authorized' | 'captured' | 'voided' | 'refunded'

export const PAYMENT_STEPS = {
  'authorized -> authorized': 'the network reversed a part of the authorization',
  'authorized -> captured': 'the merchant took the money, all of it or part; the rest of the hold went back',
  'authorized -> voided': 'the merchant released the hold, or the authorization expired',
  'captured -> captured': 'a part of what was captured went back to the payer',
  'captured -> refunded': 'everything that was captured went back to the payer',
} as const satisfies Partial<Record<`${PaymentState} -> ${PaymentState}`, string>>

/** Whether a payment may go from one state to the other. */
export const isStep = (from: PaymentState, to: PaymentState): boolean => `${from} -> ${to}` in PAYMENT_STEPS
