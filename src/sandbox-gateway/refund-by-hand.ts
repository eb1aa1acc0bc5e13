// A refund that nobody asked for over the API: as somebody makes it in an acquirer's own dashboard. It is told like all others.
import type { Pool } from '../db/pool.ts'
import { newId } from '../ids.ts'
import { parseAmount } from '../money.ts'
import { execute } from './execute.ts'
import { listBook, type Operation } from './queries.ts'

export interface RefundByHand {
  /** Of the charge. */
  readonly reference: string
  /** Decimal text; what is left of the charge unless told. */
  readonly amount: string | undefined
}

/** The refund as it was decided, under a reference of the gateway's own; undefined when there is no such charge. */
export async function refundByHand(
  pool: Pool,
  { reference, amount }: RefundByHand,
  now: Date,
): Promise<Operation | undefined> {
  const [charge] = await listBook(pool, { reference })
  if (!charge || charge.parentReference !== null) return undefined
  const { accountId, currency, captured, refunded, notificationUrl, merchantReference } = charge
  const money = amount === undefined ? { amount: captured - refunded, currency } : parseAmount(amount, currency)
  const { callerAccount, callerCode } = charge
  const executed = await execute(
    pool,
    {
      ...{ accountId, operation: 'refund', reference: newId().replaceAll('-', ''), amount: money },
      ...{ chargeReference: reference, terminalId: '', isFinal: true, authentication: 'skip' },
      ...(notificationUrl !== null && { notificationUrl }),
      ...(merchantReference !== null && { merchantReference }),
      ...(callerAccount !== null && { callerAccount }),
      ...(callerCode !== null && { callerCode }),
    },
    { now, fault: undefined },
  )
  return executed.kind === 'executed' ? executed.operation : undefined
}
