// What became of a transaction whose COMMIT got no answer: the database knows, so it is asked until it says.
import type { Client } from 'pg'
import { selectTransactionStatus } from './queries.ts'

const SETTLE_MS_MAX = 30_000 // Longer than a crash recovery takes; callers who waited this long are told `unknown`.
const ASK_AGAIN_MS = 100

/** Asks on new connections until the transaction is decided or half a minute has passed. Never throws. */
export async function settleCommit(
  connect: () => Promise<Client>,
  transactionId: string,
): Promise<'committed' | 'aborted' | 'unknown'> {
  const deadline = performance.now() + SETTLE_MS_MAX
  while (performance.now() < deadline) {
    const status = await ask(connect, transactionId)
    if (status === 'committed' || status === 'aborted') return status
    if (status === 'forgotten') return 'unknown'
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
  }
  return 'unknown'
}

async function ask(connect: () => Promise<Client>, transactionId: string): Promise<string> {
  let client: Client | undefined
  try {
    client = await connect()
    client.on('error', () => undefined)
    const { name, text, values } = selectTransactionStatus(transactionId)
    const { rows } = await client.query<{ status: string | null }>({ name, text, values: [...values] })
    return rows[0]?.status ?? 'forgotten'
  } catch {
    return 'unreachable'
  } finally {
    await client?.end().catch(() => undefined)
  }
}
