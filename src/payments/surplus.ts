// A payment of something that had been paid before goes back to its payer by itself: released where the money is only held,
// refunded where it was taken. The case says so and is closed when it is done.
import { need } from '../books/books.ts'
import { caseIdOf, caseShelf } from './case.ts'
import type { Step } from './finish.ts'
import type { FollowUpRef } from './follow-up.ts'
import type { Payment } from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { findPayment, findPaymentRef } from './queries.ts'
import { runRefund } from './refund.ts'
import { runVoid } from './void.ts'

/**
 * Sends the payment back, once: a copy finds the first one's operation. A gateway may decide later; then the next call closes the
 * case. Throws what refunds and voids throw.
 */
export async function returnSurplus(
  deps: GatewayDeps,
  { id, merchantId }: { readonly id: string; readonly merchantId: string },
): Promise<void> {
  const [ref, payment] = [await findPaymentRef(deps.pool, merchantId, id), await findPayment(deps.pool, merchantId, id)]
  if (!ref || !payment) throw new Error(`there is no payment ${id}`)
  const returned = isReturned(payment) ? payment : (await sendBack(deps, ref, payment)).payment
  const authorizationId = ref.authorization?.operationId
  if (!isReturned(returned) || authorizationId === undefined) return
  await deps.lane.run({
    name: 'close surplus',
    needs: [need(caseShelf, caseIdOf(authorizationId, 'surplus'))],
    decide: (books) => {
      const found = books.find(caseShelf, caseIdOf(authorizationId, 'surplus'))
      if (found && found.closedAt === null) {
        const resolution = `went back to its payer: the payment is ${returned.state}`
        books.put(caseShelf, { ...found, closedAt: books.now, resolution })
      }
      return null
    },
  })
}

const isReturned = ({ state }: Payment): boolean => state === 'voided' || state === 'refunded'

function sendBack(deps: GatewayDeps, ref: FollowUpRef, payment: Payment): Promise<Step> {
  const asked = { description: 'Paid twice', reason: 'it had been paid before', keys: [] }
  if (payment.state === 'authorized') return runVoid(deps, ref, asked)
  const amount = { amount: payment.captured, currency: payment.currency }
  return runRefund(deps, ref, { amount, withFee: true, ...asked })
}
