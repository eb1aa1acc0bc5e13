// The SQL of armed faults and of the census of what has happened.
import type { Queryable } from '../db/pool.ts'

/** A fault that was asked for: so many times, or with a probability until it is disarmed. */
export interface ArmedFault {
  readonly id: string
  readonly mode: number
  readonly remaining: number | null
  readonly rate: number | null
  readonly operation: string | null
  readonly merchantReference: string | null
  readonly gatewayAccount: string | null
  readonly createdAt: Date
}

export async function insertFault(db: Queryable, fault: ArmedFault): Promise<void> {
  await db.query(
    `insert into sandbox_gateway.faults
       (id, mode, remaining, rate, operation, merchant_reference, gateway_account, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      ...[fault.id, fault.mode, fault.remaining, fault.rate, fault.operation],
      ...[fault.merchantReference, fault.gatewayAccount, fault.createdAt],
    ],
  )
}

/** What a fault is matched with. */
export interface FaultTarget {
  readonly modes: readonly number[]
  readonly operation: string
  readonly merchantReference: string | null
  readonly callerAccount: string | null
  readonly callerCode: string | null
}

/** Uses up the oldest fault that fits, and counts it. Of two callers at once only one gets the last. */
export async function takeFault(db: Queryable, target: FaultTarget): Promise<number | undefined> {
  const { rows } = await db.query<{ mode: number }>(
    `with hit as (
       select id, mode
         from sandbox_gateway.faults
        where mode = any($1)
          and (remaining > 0 or random() < rate)
          and (operation is null or operation = $2)
          and (merchant_reference is null or merchant_reference = $3)
          and (gateway_account is null or gateway_account in ($4, $5))
        order by created_at, id
        limit 1
          for no key update
     ), used as (
       update sandbox_gateway.faults f
          set remaining = f.remaining - 1
         from hit
        where f.id = hit.id and f.remaining is not null
     ), counted as (
       insert into sandbox_gateway.census as c (mode, fired)
       select mode, 1 from hit
           on conflict (mode) do update set fired = c.fired + 1
     )
     select mode from hit`,
    [target.modes, target.operation, target.merchantReference, target.callerAccount, target.callerCode],
  )
  return rows[0]?.mode
}

/** Counts a fault that an amount asked for. */
export async function countFault(db: Queryable, mode: number): Promise<void> {
  await db.query(
    `insert into sandbox_gateway.census as c (mode, fired)
     values ($1, 1)
         on conflict (mode) do update set fired = c.fired + 1`,
    [mode],
  )
}

/** What is still armed, oldest first. */
export async function listFaults(db: Queryable): Promise<ArmedFault[]> {
  const { rows } = await db.query<ArmedFault>(
    `select id, mode, remaining, rate, operation, merchant_reference as "merchantReference",
            gateway_account as "gatewayAccount", created_at as "createdAt"
       from sandbox_gateway.faults
      where remaining > 0 or rate is not null
      order by created_at, id`,
  )
  return rows
}

/** Disarms all faults, or one. Returns how many. */
export async function deleteFaults(db: Queryable, id?: string): Promise<number> {
  const { rowCount } = await db.query('delete from sandbox_gateway.faults where ($1::uuid is null or id = $1)', [
    id ?? null,
  ])
  return rowCount ?? 0
}

/** How often each mode has happened; one that never has is missing. */
export async function listCensus(db: Queryable): Promise<{ readonly mode: number; readonly fired: bigint }[]> {
  const { rows } = await db.query<{ mode: number; fired: bigint }>(
    'select mode, fired from sandbox_gateway.census order by mode',
  )
  return rows
}
