// PostgreSQL dies while a COMMIT is on its way. It then hands out the transaction's id again, so an id proves nothing.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startEmbedded } from '../../src/db/embedded.ts'
import { APP_ROLE } from '../../src/db/embedded-roles.ts'
import { migrate } from '../../src/db/migrate.ts'
import { connect, createPool } from '../../src/db/pool.ts'
import { newId } from '../../src/ids.ts'
import { removeData } from '../helpers/global-setup.ts'
import { openProxy } from './proxy.ts'
import { addTo, counterValue, createCounters, LANE_NAME, openLane, quiet, runsOf } from './setup.ts'

test.each([
  { title: 'although another transaction got its id', isTaken: true },
  { title: 'when nobody got its id', isTaken: false },
])('a batch that a crash undid is run again, $title', { timeout: 60_000 }, async ({ isTaken }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'florin-test-'))
  const { ownerUrl, appUrl, adminUrl, stop } = await startEmbedded({ dataDir, log: quiet })
  const pool = createPool(appUrl)
  onTestFinished(async () => {
    await pool.end()
    await stop()
    await removeData(dataDir)
  })
  await migrate(ownerUrl, { appRole: APP_ROLE, log: quiet })
  await createCounters(ownerUrl)
  const proxy = await openProxy(appUrl)
  let open = Promise.resolve()
  const lane = openLane(proxy.url, {
    connect: () => open.then(() => connect(proxy.url, { applicationName: LANE_NAME })),
  })
  const counter = newId()
  await lane.run(addTo(counter))

  let letLaneAsk: () => void = () => undefined
  open = new Promise((resolve) => {
    letLaneAsk = resolve
  })
  const cut = proxy.cutNext('late')
  const answer = lane.run(addTo(counter))
  await cut
  const { id, pid } = await expectRunning(adminUrl)
  process.kill(pid, 'SIGKILL')
  const isReady = () => (isTaken ? reaches(adminUrl, id) : isUp(adminUrl))
  await expect.poll(isReady, { timeout: 20_000, interval: 50 }).toBe(true)
  letLaneAsk()

  expect(await answer).toBe(2n)
  expect(await counterValue(pool, counter)).toBe(2n)
  expect([...(await runsOf(pool)).values()]).toEqual([1, 1])
})

/** The lane's transaction, which has written and waits for COMMIT. */
async function expectRunning(adminUrl: string): Promise<{ id: bigint; pid: number }> {
  const admin = await connect(adminUrl)
  try {
    const { rows } = await admin.query<{ id: string; pid: number }>(
      'select backend_xid::text as id, pid from pg_stat_activity where application_name = $1 and backend_xid is not null',
      [LANE_NAME],
    )
    expect(rows).toHaveLength(1)
    return { id: BigInt(rows[0]?.id ?? 0), pid: rows[0]?.pid ?? 0 }
  } finally {
    await admin.end()
  }
}

/** Whether somebody else has committed under the id, of which this is one more try. */
async function reaches(adminUrl: string, id: bigint): Promise<boolean> {
  const other = await connect(adminUrl).catch(() => undefined)
  if (!other) return false
  try {
    const { rows } = await other.query<{ id: string }>('select pg_current_xact_id()::text as id')
    return BigInt(rows[0]?.id ?? 0) >= id
  } catch {
    return false
  } finally {
    await other.end()
  }
}

async function isUp(adminUrl: string): Promise<boolean> {
  const other = await connect(adminUrl).catch(() => undefined)
  await other?.end()
  return other !== undefined
}
