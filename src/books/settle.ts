// What became of a transaction whose COMMIT got no answer: the database knows, so it is asked until it says.
import type { Client } from 'pg'
import { type BatchMark, selectLastBatch, selectTransactionStatus } from './queries.ts'
import type { Statement } from './shelf.ts'

const SETTLE_MS_MAX = 30_000 // Longer than a crash recovery takes; callers who waited this long are told `unknown`.
const ASK_AGAIN_MS = 100

/**
 * Asks on new connections until the transaction is decided or half a minute has passed. Never throws. The lane must not have
 * begun another batch.
 */
export async function settleCommit(
  connect: () => Promise<Client>,
  transactionId: string,
  mark: BatchMark,
): Promise<'committed' | 'aborted' | 'unknown'> {
  const deadline = performance.now() + SETTLE_MS_MAX
  while (performance.now() < deadline) {
    const status = await ask(connect, transactionId, mark)
    if (status !== 'undecided') return status
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
  }
  return 'unknown'
}

// The id only tells when the transaction is over. How it ended is told by the mark that it carried: after a crash its id may
// stand for somebody else's transaction.
async function ask(
  connect: () => Promise<Client>,
  transactionId: string,
  { laneId, batch }: BatchMark,
): Promise<'committed' | 'aborted' | 'undecided'> {
  let client: Client | undefined
  try {
    client = await connect()
    client.on('error', () => undefined)
    if (await isRunning(client, transactionId)) return 'undecided'
    const { rows } = await query<{ batch: bigint }>(client, selectLastBatch(laneId))
    return rows[0]?.batch === batch ? 'committed' : 'aborted'
  } catch {
    return 'undecided'
  } finally {
    await client?.end().catch(() => undefined)
  }
}

const ID_IS_IN_THE_FUTURE = '22023' // The crash came before anything of the transaction was on disk.

async function isRunning(client: Client, transactionId: string): Promise<boolean> {
  try {
    const { rows } = await query<{ is_running: boolean }>(client, selectTransactionStatus(transactionId))
    return rows[0]?.is_running ?? true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === ID_IS_IN_THE_FUTURE) return false
    throw error
  }
}

const query = <Row extends object>(client: Client, { name, text, values }: Statement) =>
  client.query<Row>({ name, text, values: [...values] })
