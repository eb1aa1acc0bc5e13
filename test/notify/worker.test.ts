import { expect, onTestFinished, test, vi } from 'vitest'
import type { Pool } from '../../src/db/pool.ts'
import { newId } from '../../src/ids.ts'
import { createLog } from '../../src/log.ts'
import { createMailer } from '../../src/notify/smtp.ts'
import { type MailWorkerDeps, sendEmails, startMailWorker } from '../../src/notify/worker.ts'
import { openDatabase } from '../helpers/database.ts'
import { serveSmtp } from './smtp-server.ts'

async function setUp(changes: Partial<MailWorkerDeps> = {}) {
  const { pool } = await openDatabase()
  const smtp = await serveSmtp()
  const mailer = createMailer({ url: smtp.url, from: 'Florin <no-reply@florin.test>', timeoutMs: 500 })
  onTestFinished(() => mailer.close())
  const logged: string[] = []
  const deps: MailWorkerDeps = {
    pool,
    mailer,
    log: createLog('info', { write: (line) => logged.push(line) }),
    renderMessage: ({ kind }) => ({ subject: `Your ${kind}`, text: 'The code is 123456.', code: '123456' }),
    delaysMs: [0],
    ...changes,
  }
  return { deps, pool, smtp, logged }
}

interface MessageOptions {
  readonly kind?: 'binding-code' | 'invoice-cancelled'
  readonly channel?: string
  readonly recipient?: string
  readonly ageMinutes?: number
}

async function insertMessage(
  pool: Pool,
  { kind = 'binding-code', channel = 'email', recipient = 'payer@example.com', ageMinutes = 0 }: MessageOptions = {},
): Promise<string> {
  const id = newId()
  const [challengeId, subjectId] = kind === 'binding-code' ? [newId(), null] : [null, newId()]
  await pool.query(
    `insert into messages (shard, id, kind, channel, recipient, challenge_id, subject_id, created_at)
     values (0, $1, $2, $3, $4, $5, $6, now() - $7 * interval '1 minute')`,
    [id, kind, channel, recipient, challengeId, subjectId, ageMinutes],
  )
  return id
}

async function stateOf(pool: Pool, messageId: string) {
  const { rows } = await pool.query(
    `select attempts, sent_at is not null as is_sent, failed_at is not null as is_given_up, last_error
       from message_deliveries
      where message_id = $1`,
    [messageId],
  )
  return rows[0]
}

test('an e-mail is sent once, with its text made at that moment and not kept', async () => {
  const { deps, pool, smtp } = await setUp()
  const id = await insertMessage(pool)
  await insertMessage(pool, { channel: 'sms', recipient: '+15550100' })
  await sendEmails(deps)
  await sendEmails(deps)
  expect(smtp.mails).toHaveLength(1)
  expect(smtp.mails[0]?.to).toBe('payer@example.com')
  expect(smtp.mails[0]?.text).toMatch(/From: Florin <no-reply@florin.test>\n/)
  expect(smtp.mails[0]?.text).toMatch(/Subject: Your binding-code\n/)
  expect(smtp.mails[0]?.text).toContain(`Message-ID: <${id}@florin.test>`)
  expect(smtp.mails[0]?.text).toContain('The code is 123456.')
  expect(await stateOf(pool, id)).toEqual({ attempts: 1, is_sent: true, is_given_up: false, last_error: null })
})

test('two workers send an e-mail once', async () => {
  const { deps, pool, smtp } = await setUp()
  for (let i = 0; i < 8; i++) await insertMessage(pool)
  await Promise.all([sendEmails(deps), sendEmails(deps), sendEmails(deps)])
  expect(smtp.mails).toHaveLength(8)
})

test('a recipient is one address, whatever is in it', async () => {
  const { deps, pool, smtp } = await setUp()
  await insertMessage(pool, { recipient: 'a@example.com, b@example.com' })
  await sendEmails(deps)
  expect(smtp.mails.map(({ to }) => to)).not.toContain('b@example.com')
  expect(smtp.mails.map(({ to }) => to)).not.toContain('a@example.com')
})

test('after a refusal and after silence it is tried again', async () => {
  const { deps, pool, smtp, logged } = await setUp()
  const id = await insertMessage(pool)
  smtp.reply = '451 later'
  await sendEmails(deps)
  expect(await stateOf(pool, id)).toMatchObject({
    attempts: 1,
    is_sent: false,
    last_error: expect.stringContaining('451 later'),
  })
  smtp.reply = 'never'
  await sendEmails(deps)
  smtp.reply = '250 taken'
  await sendEmails(deps)
  expect(await stateOf(pool, id)).toEqual({ attempts: 3, is_sent: true, is_given_up: false, last_error: null })
  expect(smtp.mails).toHaveLength(3)
  expect(logged).toHaveLength(2)
  expect(logged.join()).not.toContain('123456')
})

test('the pause after a failure is kept', async () => {
  const { deps, pool, smtp } = await setUp({ delaysMs: [60_000] })
  await insertMessage(pool)
  smtp.reply = '451 later'
  await sendEmails(deps)
  await sendEmails(deps)
  expect(smtp.mails).toHaveLength(1)
})

test('an e-mail whose code would be over at the next try is given up, and an old one is never begun', async () => {
  const { deps, pool, smtp } = await setUp({ delaysMs: [120_000] })
  const id = await insertMessage(pool, { ageMinutes: 14 })
  const old = await insertMessage(pool, { ageMinutes: 16 })
  smtp.reply = '550 no'
  await sendEmails(deps)
  expect(await stateOf(pool, id)).toMatchObject({ attempts: 1, is_sent: false, is_given_up: true })
  expect(await stateOf(pool, old)).toBeUndefined()
  expect(smtp.mails).toHaveLength(1)
})

test('an e-mail without a code is of use for three days', async () => {
  const { deps, pool, smtp } = await setUp()
  const [young, old] = [71 * 60, 73 * 60]
  const id = await insertMessage(pool, { kind: 'invoice-cancelled', ageMinutes: young })
  await insertMessage(pool, { kind: 'invoice-cancelled', ageMinutes: old })
  smtp.reply = '451 later'
  await sendEmails(deps)
  smtp.reply = '250 taken'
  await sendEmails(deps)
  expect(smtp.mails).toHaveLength(2)
  expect(await stateOf(pool, id)).toMatchObject({ attempts: 2, is_sent: true })
})

test('a subject or an address of two lines is not sent, whoever made it', async () => {
  const { deps, pool, smtp } = await setUp({
    renderMessage: () => ({ subject: 'Invoice\r\nBcc: everybody@example.com', text: '' }),
  })
  const id = await insertMessage(pool)
  await sendEmails(deps)
  expect(smtp.mails).toEqual([])
  expect(await stateOf(pool, id)).toMatchObject({ is_sent: false, last_error: expect.stringContaining('one line') })
  await expect(insertMessage(pool, { recipient: 'a@example.com\r\nBcc: b@example.com' })).rejects.toMatchObject({
    constraint: 'message_recipient_is_one_line',
  })
})

test('age is counted in business time', async () => {
  const { deps, pool, smtp } = await setUp()
  await insertMessage(pool)
  await insertMessage(pool, { ageMinutes: -60 })
  await pool.query('insert into business_clock (shard, offset_seconds) values (0, 3600)')
  await sendEmails(deps)
  expect(smtp.mails).toHaveLength(1)
})

test('a message of no use any more is not sent', async () => {
  const { deps, pool, smtp } = await setUp({ renderMessage: () => undefined })
  const id = await insertMessage(pool)
  await sendEmails(deps)
  expect(await stateOf(pool, id)).toMatchObject({ is_given_up: true, last_error: 'of no use any more' })
  expect(smtp.mails).toEqual([])
})

test('the worker sends what is nudged at once, and stops', async () => {
  const { deps, pool, smtp } = await setUp({ intervalMs: 3_600_000 })
  const worker = startMailWorker(deps)
  await insertMessage(pool)
  await vi.waitFor(
    () => {
      worker.nudge()
      expect(smtp.mails).toHaveLength(1)
    },
    { timeout: 10_000, interval: 20 },
  )
  await worker.stop()
  await insertMessage(pool)
  worker.nudge()
  expect(smtp.mails).toHaveLength(1)
})
