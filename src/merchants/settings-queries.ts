// The SQL of merchants' settings.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { PluginSettings } from './settings.ts'

export interface SettingsRow {
  readonly sealedHmacKey: Buffer
  /** What reference numbers begin with. */
  readonly referencePrefix: string
  /** Where operations are told beside the webhook of the checkout's kind. */
  readonly operationsWebhookUrl: string | null
  /** Whether operations that were asked for over the API are told, too. */
  readonly notifiesApiOperations: boolean
  readonly plugins: { readonly e_commerce?: PluginSettings; readonly payment_request?: PluginSettings }
  /** Whether an order number may be used once only. */
  readonly uniqueOrderNo: boolean
  /** Whether nothing new can be asked for or paid. */
  readonly isPaused: boolean
}

/** The merchant's row. */
export async function selectSettings(db: Queryable, merchantId: string): Promise<SettingsRow | undefined> {
  const { rows } = await db.query<SettingsRow>(
    `select sealed_hmac_key as "sealedHmacKey", reference_prefix as "referencePrefix",
            operations_webhook_url as "operationsWebhookUrl", notifies_api_operations as "notifiesApiOperations", plugins,
            unique_order_no as "uniqueOrderNo", is_paused as "isPaused"
       from merchant_settings
      where shard = $1 and merchant_id = $2`,
    [SHARD, merchantId],
  )
  return rows[0]
}

/** Adds the merchant's row, unless somebody else has. */
export async function insertSettings(db: Queryable, merchantId: string, sealedHmacKey: Buffer): Promise<void> {
  await db.query(
    `insert into merchant_settings (shard, merchant_id, sealed_hmac_key)
     values ($1, $2, $3)
         on conflict do nothing`,
    [SHARD, merchantId, sealedHmacKey],
  )
}

/** Replaces all but the key. */
export async function updateSettings(
  db: Queryable,
  merchantId: string,
  row: Omit<SettingsRow, 'sealedHmacKey'>,
): Promise<void> {
  await db.query(
    `update merchant_settings
        set reference_prefix = $3, operations_webhook_url = $4, notifies_api_operations = $5, plugins = $6,
            unique_order_no = $7, is_paused = $8
      where shard = $1 and merchant_id = $2`,
    [
      ...[SHARD, merchantId, row.referencePrefix, row.operationsWebhookUrl, row.notifiesApiOperations],
      ...[JSON.stringify(row.plugins), row.uniqueOrderNo, row.isPaused],
    ],
  )
}
