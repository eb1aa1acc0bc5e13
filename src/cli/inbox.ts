// `florin inbox` and `florin settle`: what gateways have not told us, and a person's word for it.
import { createLane } from '../books/lane.ts'
import type { Config } from '../config.ts'
import { connect, createPool, type Pool } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import type { Log } from '../log.ts'
import { formatAmount } from '../money.ts'
import { settleByHand } from '../payments/inbox.ts'
import { type InboxItem, listInbox } from '../payments/inbox-queries.ts'
import { SHELVES } from '../shelves.ts'
import { openExisting } from './database.ts'

const ITEMS_MAX = 500

/** Prints the inbox: a line an operation, with `--json` as JSON lines. */
export async function runInbox(config: Config, log: Log): Promise<void> {
  await withDatabase(config, log, async (pool) => {
    const items = await listInbox(pool, ITEMS_MAX)
    const print = config.flags.has('json') ? toJson : toLine
    process.stdout.write(items.length === 0 ? 'Nothing is unknown.\n' : `${items.map(print).join('\n')}\n`)
  })
}

const toJson = (item: InboxItem): string =>
  JSON.stringify({ ...item, amount: formatAmount({ amount: item.amount, currency: item.currency }) })

function toLine(item: InboxItem): string {
  const { merchantTransactionId, orderNumber } = item
  const { operationId, kind, amount, currency, state, gatewayAccount, merchantName, createdAt, nextLookAt, summary } =
    item
  const next = nextLookAt ? `asked again at ${nextLookAt.toISOString()}` : 'a person’s turn'
  const order = orderNumber === null ? '-' : `${orderNumber} (${merchantTransactionId})`
  const money = `${formatAmount({ amount, currency })} ${currency}`
  return `${operationId}  ${kind} ${money}  ${state}  ${gatewayAccount ?? 'house'}  ${merchantName}  ${order}  ${createdAt.toISOString()}  ${summary ?? next}`
}

/** Settles an operation: `florin settle <operation> approved|declined --evidence TEXT [--reference ID]`. */
export async function runSettle(config: Config, log: Log): Promise<void> {
  const [operationId = '', verdict = ''] = config.operands
  const { evidence, reference } = config.values
  if (verdict !== 'approved' && verdict !== 'declined')
    throw new Error('usage: florin settle <operation> approved|declined --evidence TEXT [--reference ID]')
  if (!evidence) throw new Error('say with --evidence what shows it: it is kept with the case')
  await withDatabase(config, log, async (pool, url) => {
    const lane = createLane({ connect: () => connect(url), shelves: SHELVES, log })
    try {
      const { operation, payment } = await settleByHand(
        { lane, pool },
        { operationId, verdict, evidence, gatewayReference: reference, by: 'command line' },
      )
      process.stdout.write(`The ${operation.kind} is ${operation.state}, the payment ${payment.state}.\n`)
    } catch (error) {
      throw error instanceof AppError && error.code === 'payment_not_found'
        ? new Error(`there is no operation ${operationId}: \`florin inbox\` lists them`)
        : error
    } finally {
      await lane.close()
    }
  })
}

async function withDatabase(config: Config, log: Log, work: (pool: Pool, url: string) => Promise<void>): Promise<void> {
  const database = await openExisting(config, log)
  const pool = createPool(database.appUrl, { max: 2 })
  try {
    await work(pool, database.appUrl)
  } finally {
    await pool.end()
    await database.stop()
  }
}
