// A payment of something that had been paid before goes back to its payer by itself: released where the money is only held,
// refunded where it was taken. The case says so and is closed when it is done.

import { need } from '../books/books.ts'
import { caseIdOf, caseShelf } from './case.ts'
import type { GatewayDeps } from './perform.ts'
import { findPayment, findPaymentRef } from './queries.ts'
import { runRefund } from './refund.ts'
import { runVoid } from './void.ts'

/** Sends the payment back, once: a copy finds the first one's operation. Throws what refunds and voids throw. */
export async function returnSurplus(
  deps: GatewayDeps,
  { id, merchantId }: { readonly id: string; readonly merchantId: string },
): Promise<void> {
  const [ref, payment] = [await findPaymentRef(deps.pool, merchantId, id), await findPayment(deps.pool, merchantId, id)]
  if (!ref || !payment) throw new Error(`there is no payment ${id}`)
  const asked = { description: 'Paid twice', reason: 'it had been paid before', keys: [] }
  const step =
    payment.state === 'authorized'
      ? await runVoid(deps, ref, asked)
      : await runRefund(deps, ref, {
          amount: { amount: payment.captured - payment.refunded, currency: payment.currency },
          ...asked,
        })
  if (step.operation.state !== 'approved') return
  const authorizationId = ref.authorization?.operationId
  if (authorizationId === undefined) return
  await deps.lane.run({
    name: 'close surplus',
    needs: [need(caseShelf, caseIdOf(authorizationId, 'surplus'))],
    decide: (books) => {
      const found = books.find(caseShelf, caseIdOf(authorizationId, 'surplus'))
      if (found && found.closedAt === null) {
        const resolution = `went back to its payer as ${step.operation.kind} ${step.operation.id}`
        books.put(caseShelf, { ...found, closedAt: books.now, resolution })
      }
      return null
    },
  })
}
