// Which fault a request meets: one that was armed for it, or else the one that its amount asks for.
import type { Pool } from '../db/pool.ts'
import type { Money } from '../money.ts'
import { countFault, takeFault } from './fault-queries.ts'
import { FAULT_MODES, type FaultMode, type FaultName, type FaultyOperation, findMode, modeOfAmount } from './modes.ts'

export interface FaultSubject {
  readonly operation: FaultyOperation
  /** Of what moves money. */
  readonly amount?: Money
  readonly merchantReference?: string
  readonly callerAccount?: string
  readonly callerCode?: string
}

/** Takes the fault of a request at one place and counts it. What the directory carries out is over there. */
export async function pickFault(
  pool: Pool,
  place: FaultMode['place'],
  subject: FaultSubject,
): Promise<FaultName | undefined> {
  const canHappen = (mode: FaultMode): boolean =>
    mode.place === place && (subject.operation !== 'tokenize' || mode.happensToCards)
  const armed = await takeFault(pool, {
    modes: FAULT_MODES.filter(canHappen).map(({ number }) => number),
    operation: subject.operation,
    merchantReference: subject.merchantReference ?? null,
    callerAccount: subject.callerAccount ?? null,
    callerCode: subject.callerCode ?? null,
  })
  if (armed !== undefined) return findMode(armed)?.name
  const magic = subject.amount && modeOfAmount(subject.amount)
  if (magic?.place !== place) return undefined
  await countFault(pool, magic.number)
  return magic.name
}
