import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { checkSettings } from '../../src/db/check-settings.ts'
import { type Embedded, startEmbedded } from '../../src/db/embedded.ts'
import { connect } from '../../src/db/pool.ts'
import { findPostmaster } from '../../src/db/postmaster.ts'
import { waitForExit } from '../../src/db/processes.ts'
import { createLog } from '../../src/log.ts'
import { removeData } from '../helpers/global-setup.ts'

const log = createLog('silent')

test('what was written is there after a stop and another start', async () => {
  const dataDir = await makeDataDir()
  const first = await start(dataDir)
  await writeNote(first.ownerUrl, 'kept')
  await first.stop()
  expect(await findPostmaster(first.cluster)).toBeUndefined()
  const second = await start(dataDir)
  expect(await readNotes(second.ownerUrl)).toEqual(['kept'])
})

test('a new server is safe, local and closed to whoever has no password', async () => {
  const dataDir = await makeDataDir()
  const { adminUrl, appUrl, cluster } = await start(dataDir)
  const app = await connect(appUrl)
  expect(await checkSettings(app)).toEqual([])
  const { rows: roles } = await app.query('select rolsuper from pg_roles where rolname = current_user')
  expect(roles).toEqual([{ rolsuper: false }])
  await app.end()
  const admin = await connect(adminUrl)
  const { rows } = await admin.query(
    `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets`,
  )
  expect(rows).toEqual([{ addresses: '127.0.0.1', sockets: '' }])
  await admin.end()
  const wrong = new URL(adminUrl)
  wrong.password = 'wrong'
  await expect(connect(wrong.href)).rejects.toMatchObject({ code: '28P01' })
  for (const path of [join(dataDir, 'postgres.json'), join(dataDir, 'postgres.log'), cluster]) {
    expect((await stat(path)).mode & 0o077, path).toBe(0)
  }
})

test('a server that is killed comes back by itself where it was, with what was committed', async () => {
  const { ownerUrl, cluster } = await start(await makeDataDir())
  await writeNote(ownerUrl, 'committed')
  await killHard((await findPostmaster(cluster))?.pid)
  await expect.poll(() => readNotes(ownerUrl).catch(() => 'down'), { timeout: 25_000 }).toEqual(['committed'])
})

test('a server that outlived its Florin is adopted', async () => {
  const dataDir = await makeDataDir()
  const { child, adminUrl } = await startChild(dataDir)
  await killHard(child.pid)
  const adopted = await start(dataDir)
  expect(adopted.adminUrl).toBe(adminUrl)
  await adopted.stop()
  expect(await findPostmaster(adopted.cluster)).toBeUndefined()
})

test('a server that was killed together with its Florin starts again', async () => {
  const dataDir = await makeDataDir()
  const { child, cluster } = await startChild(dataDir)
  await killHard(child.pid)
  await killHard((await findPostmaster(cluster))?.pid)
  expect(await readNotes((await start(dataDir)).ownerUrl)).toBeUndefined()
})

test('a second Florin on a data directory is refused and does not disturb the first', async () => {
  const dataDir = await makeDataDir()
  const { appUrl } = await start(dataDir)
  await expect(startEmbedded({ dataDir, log })).rejects.toThrow(`another Florin (process ${process.pid})`)
  await (await connect(appUrl)).end()
})

test('the lock of a process whose id belongs to another one by now is ignored', async () => {
  const dataDir = await makeDataDir()
  await writeFile(join(dataDir, 'florin.pid'), `${process.pid}\nanother start\n`)
  const { stop } = await start(dataDir)
  await stop()
  await expect(readFile(join(dataDir, 'florin.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a pid file that names some other program does not stop the start', async () => {
  const dataDir = await makeDataDir()
  const { cluster, stop } = await start(dataDir)
  await stop()
  await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n1\n1\n\n127.0.0.1\n0 0\nready\n`)
  await start(dataDir)
})

test('a server that does not start says why', async () => {
  const dataDir = await makeDataDir()
  const { cluster, stop } = await start(dataDir)
  await stop()
  await writeFile(join(cluster, 'postgresql.auto.conf'), 'no_such_setting = 1\n')
  await expect(start(dataDir)).rejects.toThrow('unrecognized configuration parameter "no_such_setting"')
  await expect(readFile(join(dataDir, 'florin.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a cluster that is gone is not replaced by an empty one', async () => {
  const dataDir = await makeDataDir()
  const { cluster, stop } = await start(dataDir)
  await stop()
  await rm(cluster, { recursive: true })
  await expect(start(dataDir)).rejects.toThrow('is not where it was')
})

async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'florin-test-'))
  onTestFinished(() => removeData(dataDir))
  return dataDir
}

async function start(dataDir: string): Promise<Embedded> {
  const embedded = await startEmbedded({ dataDir, log })
  onTestFinished(() => embedded.stop())
  return embedded
}

async function startChild(dataDir: string): Promise<{ child: ChildProcess; adminUrl: string; cluster: string }> {
  // Node 20 cannot run TypeScript; vite, which vitest brings, can.
  const script = "import('vite').then((vite) => vite.runnerImport('./test/helpers/embedded-child.ts'))"
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, FLORIN_TEST_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, ...JSON.parse(line) }
}

async function killHard(pid: number | undefined): Promise<void> {
  if (pid === undefined) throw new Error('there is no such process')
  process.kill(pid, 'SIGKILL')
  expect(await waitForExit(pid, 5000)).toBe(true)
}

async function writeNote(url: string, note: string): Promise<void> {
  const client = await connect(url)
  await client.query('create table if not exists notes (note text)')
  await client.query('insert into notes values ($1)', [note])
  await client.end()
}

async function readNotes(url: string): Promise<string[] | undefined> {
  const client = await connect(url, { connectTimeoutMs: 1000 })
  try {
    const { rows } = await client.query("select to_regclass('notes') is not null as found")
    return rows[0].found ? (await client.query('select note from notes')).rows.map(({ note }) => note) : undefined
  } finally {
    await client.end()
  }
}
