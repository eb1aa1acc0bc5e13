import { expect, test } from 'vitest'
import { attachmentPath } from '../../src/attachments/link.ts'
import { deleteUnused, findAttachment, findAttachmentFile, insertAttachment } from '../../src/attachments/queries.ts'
import { findStored, shortenAttachment, storeAttachment } from '../../src/attachments/store.ts'
import { newId } from '../../src/ids.ts'
import { findShortCode } from '../../src/short-codes/queries.ts'
import { advanceClock, openIssuing } from '../helpers/seed.ts'
import { fileOf } from './files.ts'

const issuing = await openIssuing()
const { deps, pool, merchantId, otherMerchantId } = issuing

const store = (more = {}) => storeAttachment(deps, { merchantId, file: fileOf('pdf'), isShort: false, ...more })

test('a file is stored as it came', async () => {
  const { id, filename, shortCode } = await store()
  expect([filename, shortCode]).toEqual(['file.pdf', undefined])
  const { bytes } = fileOf('pdf')
  expect(await findAttachmentFile(pool, id)).toEqual({ filename: 'file.pdf', mediaType: 'application/pdf', bytes })
})

test('a file that is refused leaves nothing', async () => {
  const count = async () => (await pool.query('select count(*) from attachments')).rows[0]
  const before = await count()
  const refused = store({ file: { filename: 'a.zip', bytes: Buffer.from('PK') } })
  await expect(refused).rejects.toMatchObject({
    ...{ code: 'invalid_request' },
    details: { field: 'file', message: expect.stringMatching(/^File extension 'zip' is not allowed\./) },
  })
  expect(await count()).toEqual(before)
})

test('a file gets short addresses when they are asked for, and all of them stay good', async () => {
  const attachment = await store({ isShort: true })
  const again = await shortenAttachment(deps, attachment)
  expect(again).toEqual({ ...attachment, shortCode: expect.stringMatching(/^\w{6}$/) })
  for (const { shortCode = '' } of [attachment, again])
    expect(await findShortCode(pool, shortCode)).toMatchObject({ kind: 'attachment', targetId: attachment.id })
})

test('a file is found by its address, for its merchant alone', async () => {
  const { id, filename } = await store({ file: fileOf('png', 'Überweisung 7?.PNG') })
  const url = `https://pay.example${attachmentPath(deps.codes, { id, filename })}`
  expect(url).toMatch(/\.png$/)
  expect(await findStored(deps, { merchantId, url })).toEqual({ id, filename: 'Überweisung 7?.PNG' })
  expect(await findStored(deps, { merchantId: otherMerchantId, url })).toBeUndefined()
  const others = [url.replace('/b/attachments/', '/x/'), `${url.slice(0, 50)}x${url.slice(51)}`, 'bill.pdf', '']
  for (const other of others) expect(await findStored(deps, { merchantId, url: other })).toBeUndefined()
})

test('a file that no checkout names is gone after a month, whether or not anybody has tidied', async () => {
  const { id, filename } = await store()
  await advanceClock(issuing, 30 * 24 * 3600 - 60)
  expect(await findAttachment(pool, id)).toMatchObject({ id, filename, merchantId })
  await advanceClock(issuing, 60)
  expect(await findAttachment(pool, id)).toBeUndefined()
  expect(await findAttachmentFile(pool, id)).toBeUndefined()
  const url = `https://pay.example${attachmentPath(deps.codes, { id, filename })}`
  expect(await findStored(deps, { merchantId, url })).toBeUndefined()
  await advanceClock(issuing, 3600)
  expect(await deleteUnused(pool, 1000)).toBeGreaterThan(0)
  expect(await deleteUnused(pool, 1000)).toBe(0)
  const { rows } = await pool.query('select 1 from attachment_files where attachment_id = $1', [id])
  expect(rows).toEqual([])
})

test.each([
  ['attachment_name_is_no_path', { filename: '../a.pdf' }],
  ['attachment_name_is_no_path', { filename: 'a\\b.pdf' }],
  ['attachment_name_is_no_path', { filename: 'a\r\nb.pdf' }],
  ['attachment_name_fits', { filename: '' }],
  ['attachment_name_fits', { filename: 'a'.repeat(101) }],
  ['attachment_type_is_known', { mediaType: 'text/html' }],
  ['attachment_file_fits', { bytes: Buffer.alloc(0) }],
  ['attachment_file_fits', { bytes: Buffer.alloc(2_621_441) }],
  ['attachment_belongs_to_a_merchant', { merchantId: newId() }],
])('PostgreSQL holds %s', async (constraint, wrong) => {
  const right = { ...fileOf('pdf'), id: newId(), merchantId, mediaType: 'application/pdf' }
  await expect(insertAttachment(pool, { ...right, ...wrong })).rejects.toMatchObject({ constraint })
})
