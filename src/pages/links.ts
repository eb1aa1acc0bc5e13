// The addresses of pages that know their visitor by the address alone.
import { bearerOf } from '../bindings/bearer.ts'
import type { Codes } from '../deps.ts'
import { sessionIdOf } from '../payments/session-id.ts'
import { START } from './payer-view.ts'

/** Where the holder of a card that we issued approves a payment: the URL of our own 3-D Secure. */
export const challengePath = (codes: Pick<Codes, 'mac'>, paymentId: string): string =>
  `/transaction/Challenge/${bearerOf(codes, 'challenge-page', paymentId)}`

/** Where the payer comes back to, from gateways and from our own pages: the `returnUrl` of an operation. */
export const returnPath = (codes: Pick<Codes, 'mac'>, operationId: string): string =>
  `/transaction/Return/${bearerOf(codes, 'return-page', operationId)}`

/** Where a checkout is paid. */
export const checkoutPath = (codes: Pick<Codes, 'mac'>, checkoutId: string): string =>
  `${START}?session_id=${sessionIdOf(codes, checkoutId)}`
