import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { challengePath, returnPath } from '../../src/pages/links.ts'
import { advanceClock, fundsOf, issueFundedCard, otherThan } from '../helpers/seed.ts'
import { cardFields, checkoutFields, formIn, servePages, visit } from './serve.ts'

const served = await servePages()
const { deps, url, shop } = served

/** Pays with a card that has to be approved: the page that asks for the code, and what the holder can do there. */
async function open() {
  const holder = await issueFundedCard(served, { balance: '100.00' })
  served.approveWith(holder)
  const redirectUrl = `${shop.url}/return?reference=1`
  const order = formIn(await visit(`${url}/transaction/Checkout`, checkoutFields({ redirectUrl })))
  const onward = formIn(await visit(url + order.action, { ...order.fields, ...cardFields(served, holder, '3D') }))
  const page = await visit(onward.action, onward.fields)
  const code = /the code is <strong>(\d{6})</.exec(page.html)?.[1] ?? ''
  return {
    holder,
    page,
    code,
    address: onward.action,
    act: (fields: Record<string, string>) => visit(onward.action, fields),
  }
}

const spent = async (holder: Awaited<ReturnType<typeof open>>['holder']) =>
  10_000n - (await fundsOf(served, holder)).balance

/** Follows the answer to the page that brings the payer back to the shop. */
async function comeBack({ status, headers }: Awaited<ReturnType<typeof visit>>) {
  expect(status).toBe(303)
  return formIn(await visit(url + headers.get('location')))
}

test('the page shows who wants how much from which card, and in a sandbox the code', async () => {
  const { page, holder, code } = await open()
  expect(page.status).toBe(200)
  const words = page.html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
  expect(words).toContain('Approve this payment 50.00 USD To Tea House')
  expect(words).toContain(`Card •••• ${holder.card.last4}`)
  expect(words).not.toContain(holder.pan.slice(0, 12))
  expect(code).toMatch(/^\d{6}$/)
})

test('outside of a sandbox the code is not on the page', async () => {
  const strict = await servePages({ settings: { sandbox: false } })
  const holder = await issueFundedCard(strict, { balance: '100.00' })
  const order = formIn(
    await visit(`${strict.url}/transaction/Checkout`, checkoutFields({ redirectUrl: strict.shop.url })),
  )
  const onward = formIn(
    await visit(strict.url + order.action, { ...order.fields, ...cardFields(strict, holder, '3D') }),
  )
  const { html } = await visit(onward.action)
  expect(html).toContain('Approve this payment')
  expect(html).not.toContain('the code is')
})

test('the right code lets the payment go on, and the payer goes back to the shop', async () => {
  const { act, code, holder } = await open()
  expect(await spent(holder)).toBe(0n)
  const back = await comeBack(await act({ action: 'approve', code: ` ${code.slice(0, 3)} ${code.slice(3)} ` }))
  expect(back).toMatchObject({ action: `${shop.url}/return?reference=1`, fields: { status: 'Y' } })
  expect(await spent(holder)).toBe(5_000n)
})

test('an answer that comes twice pays once and leads to the same place', async () => {
  const { act, code, holder } = await open()
  const first = await act({ action: 'approve', code })
  const second = await act({ action: 'approve', code })
  expect(second.status).toBe(303)
  expect(await comeBack(second)).toEqual(await comeBack(first))
  expect(await spent(holder)).toBe(5_000n)
})

test('wrong codes count down, and the fifth ends it', async () => {
  const { act, code, holder } = await open()
  for (const left of ['4 tries', '3 tries', '2 tries', 'one try']) {
    const wrong = await act({ action: 'approve', code: otherThan(code) })
    expect([wrong.status, wrong.html]).toEqual([422, expect.stringContaining(`You have ${left} left`)])
  }
  for (const last of [otherThan(code), code]) {
    const over = await act({ action: 'approve', code: last })
    expect([over.status, over.html]).toEqual([410, expect.stringContaining('Too many wrong codes')])
  }
  expect(await spent(holder)).toBe(0n)
})

test('what cannot be a code is no guess', async () => {
  const { act, code, holder } = await open()
  for (const text of ['', '12345', '1234567', 'abcdef', '１２３４５６']) {
    for (let i = 0; i < 2; i++) expect((await act({ action: 'approve', code: text })).status).toBe(422)
  }
  await comeBack(await act({ action: 'approve', code }))
  expect(await spent(holder)).toBe(5_000n)
})

test.each(['cancel', 'decline'])('%s goes back to the shop without paying', async (action) => {
  const { act, holder } = await open()
  expect(await comeBack(await act({ action }))).toMatchObject({ fields: { status: 'C' } })
  expect(await spent(holder)).toBe(0n)
})

test('when the time is over the page says so and goes on to the shop', async () => {
  const { act, code, address, holder } = await open()
  await advanceClock(served, 300)
  for (const late of [await act({ action: 'approve', code }), await visit(address)]) {
    expect([late.status, late.html]).toEqual([410, expect.stringContaining('The time is over')])
    expect(late.html).toMatch(/<a class="button" href="\/transaction\/Return\/[\w-]{43}">Continue</)
  }
  expect(await spent(holder)).toBe(0n)
})

test('the page can be opened by a link, a reload and a form of somebody else', async () => {
  const { address } = await open()
  expect((await visit(address)).html).toContain('Approve this payment')
  expect((await visit(address, { PaReq: 'x', MD: 'y', TermUrl: 'https://evil.example' })).html).not.toContain('evil')
})

test('an address that is not quite right shows nothing', async () => {
  const { address } = await open()
  for (const wrong of [
    `${address}A`,
    address.slice(0, -1),
    url + challengePath(deps.codes, newId()),
    url + returnPath(deps.codes, newId()).replace('Return', 'Challenge'),
    `${url}/transaction/Challenge/${newId()}`,
  ]) {
    expect((await visit(wrong)).status).toBe(404)
    expect((await visit(wrong, { action: 'approve', code: '123456' })).status).toBe(404)
  }
})
