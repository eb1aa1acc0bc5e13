// Looking up what a merchant was paid. What is another merchant's does not exist for this one.
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { Payment } from './payment.ts'
import { findPayment } from './queries.ts'

/** The merchant's payment as it stands by the clock. Throws `payment_not_found`. */
export async function getPayment(deps: Pick<Deps, 'pool'>, merchantId: string, id: string): Promise<Payment> {
  const payment = await findPayment(deps.pool, merchantId, id)
  if (!payment) throw new AppError('payment_not_found', { field: 'transactionId' })
  return payment
}
