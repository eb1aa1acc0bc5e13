// The SQL of gateway accounts and of what was said on the wire.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { GatewayAccount } from './account.ts'

const ACCOUNT = `id, merchant_id as "merchantId", code, connector, currency, mode, terminal_id as "terminalId", brands, priority,
            is_sandbox as "isSandbox", can_have_multiple_attempts as "canHaveMultipleAttempts", base_url as "baseUrl",
            sealed_credentials as "sealedCredentials", is_active as "isActive", name, operations, is_routed as "isRouted", fee, rates`

/** Adds an account; its merchant must exist. */
export async function insertGatewayAccount(db: Queryable, account: GatewayAccount): Promise<void> {
  const { id, merchantId, code, connector, currency, mode, terminalId, brands, priority } = account
  await db.query(
    `insert into gateway_accounts (shard, id, merchant_id, code, connector, currency, mode, terminal_id, brands, priority,
                                   is_sandbox, can_have_multiple_attempts, base_url, sealed_credentials, is_active,
                                   name, operations, is_routed, fee, rates)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
    [
      SHARD,
      id,
      merchantId,
      code,
      connector,
      currency,
      mode,
      terminalId,
      brands === null ? null : JSON.stringify(brands),
      priority,
      account.isSandbox,
      account.canHaveMultipleAttempts,
      account.baseUrl,
      account.sealedCredentials,
      account.isActive,
      account.name,
      account.operations === null ? null : JSON.stringify(account.operations),
      account.isRouted,
      account.fee === null ? null : JSON.stringify(account.fee),
      JSON.stringify(account.rates),
    ],
  )
}

/** Moves every account of a connector to where its gateway listens now: for a gateway that comes and goes with the process. */
export async function updateBaseUrls(db: Queryable, connector: string, baseUrl: string): Promise<void> {
  await db.query('update gateway_accounts set base_url = $3 where shard = $1 and connector = $2', [
    SHARD,
    connector,
    baseUrl,
  ])
}

/** The merchant's accounts, whether they are active or not. */
export async function listGatewayAccounts(db: Queryable, merchantId: string): Promise<GatewayAccount[]> {
  const { rows } = await db.query<GatewayAccount>(
    `select ${ACCOUNT}
       from gateway_accounts
      where shard = $1 and merchant_id = $2
      order by priority, code`,
    [SHARD, merchantId],
  )
  return rows
}

/** The account with this id. */
export async function findGatewayAccount(db: Queryable, id: string): Promise<GatewayAccount | undefined> {
  const { rows } = await db.query<GatewayAccount>(
    `select ${ACCOUNT}
       from gateway_accounts
      where shard = $1 and id = $2`,
    [SHARD, id],
  )
  return rows[0]
}

/** One request to a gateway and its answer, scrubbed. */
export interface Exchange {
  readonly id: string
  readonly operationId: string
  readonly request: string
  readonly status: number | null
  readonly response: string | null
  readonly error: string | null
  readonly durationMs: number
}

/** Keeps an exchange. */
export async function insertExchange(db: Queryable, exchange: Exchange): Promise<void> {
  const { id, operationId, request, status, response, error, durationMs } = exchange
  await db.query(
    `insert into gateway_exchanges (shard, id, operation_id, request, status, response, error, duration_ms)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [SHARD, id, operationId, request, status, response, error, durationMs],
  )
}

/** What was said about an operation, oldest first. */
export async function listExchanges(db: Queryable, operationId: string): Promise<(Exchange & { readonly at: Date })[]> {
  const { rows } = await db.query<Exchange & { readonly at: Date }>(
    `select id, operation_id as "operationId", at, request, status, response, error, duration_ms as "durationMs"
       from gateway_exchanges
      where shard = $1 and operation_id = $2
      order by at, id`,
    [SHARD, operationId],
  )
  return rows
}
