import { expect, test } from 'vitest'
import { findInvoice, findInvoiceByLink, getInvoice, listInvoices } from '../../src/invoices/find.ts'
import { generateInvoice } from '../../src/invoices/generate.ts'
import { invoiceUrl, lettersOf } from '../../src/invoices/link.ts'
import { parseAmount } from '../../src/money.ts'
import { openIssuing } from '../helpers/seed.ts'

const issuing = await openIssuing()
const { deps, merchantId, otherMerchantId } = issuing

const generate = async (merchantInvoiceId: string, by = merchantId) =>
  (
    await generateInvoice(deps, {
      merchantId: by,
      merchantInvoiceId,
      amount: parseAmount('1.00', 'EUR'),
      redirectUrl: 'https://shop.example/return',
      keys: [],
    })
  ).invoice

const [one, two] = [await generate('one'), await generate('two')]
const theirs = await generate('one', otherMerchantId)

test('an invoice is found by its name, by its number and by both when they agree', async () => {
  for (const ref of [{ merchantInvoiceId: 'one' }, { number: 1n }, { merchantInvoiceId: 'one', number: 1n }])
    expect(await findInvoice(deps, merchantId, ref)).toEqual(one)
  for (const ref of [{}, { merchantInvoiceId: 'one', number: 2n }])
    await expect(findInvoice(deps, merchantId, ref)).rejects.toMatchObject({ code: 'invalid_request' })
  for (const ref of [{ merchantInvoiceId: 'three' }, { number: 3n }])
    await expect(getInvoice(deps, merchantId, ref)).rejects.toMatchObject({ code: 'invoice_not_found' })
})

test("a merchant's invoices are listed newest first, page by page", async () => {
  const first = await listInvoices(deps, merchantId, { size: 1 })
  expect(first.rows).toEqual([two])
  const second = await listInvoices(deps, merchantId, { size: 1, cursor: first.next })
  expect(second.rows).toEqual([one])
  expect(second.next).toBeUndefined()
})

test('a link has sixteen letters that nobody can guess from another one', () => {
  const url = invoiceUrl(deps.codes, 'https://pay.example', one)
  expect(url).toMatch(/^https:\/\/pay\.example\/transaction\/PayInvoice\?inv=1&ct=[A-Za-z]{16}$/)
  expect(invoiceUrl(deps.codes, 'https://pay.example', two).slice(-16)).not.toBe(url.slice(-16))
})

test('a link opens its own invoice, with its own number and nothing less', async () => {
  const letters = lettersOf(deps.codes, one.linkId)
  expect(await findInvoiceByLink(deps, { number: '1', letters })).toEqual(one)
  expect(await findInvoiceByLink(deps, { number: '1', letters: lettersOf(deps.codes, theirs.linkId) })).toEqual(theirs)
  const nearly = (letters.startsWith('A') ? 'B' : 'A') + letters.slice(1)
  for (const wrong of ['', nearly, letters.slice(1), `${letters}a`, letters.toLowerCase(), letters.toUpperCase(), '%'])
    expect(await findInvoiceByLink(deps, { number: '1', letters: wrong })).toBeUndefined()
  for (const number of ['', '2', '01', '1 ', '1.0', '-1', '1e0'])
    expect(await findInvoiceByLink(deps, { number, letters })).toBeUndefined()
})
