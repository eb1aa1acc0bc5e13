import { expect, test } from 'vitest'
import { advanceClock, fundsOf, issueFundedCard } from '../helpers/seed.ts'
import { cardFields, checkoutFields, formIn, servePages, visit } from './serve.ts'

const served = await servePages({ settings: { checkoutLifeMs: 60_000 } })
const { url, shop, asked } = served
const checkout = `${url}/transaction/Checkout`

async function open(order: Partial<Parameters<typeof checkoutFields>[0]> = {}) {
  const fields = checkoutFields({ redirectUrl: `${shop.url}/return?reference=1`, ...order })
  const page = await visit(checkout, fields)
  const form = formIn(page)
  return {
    fields,
    page,
    form,
    pay: (card: Readonly<Record<string, string>>) => visit(url + form.action, { ...form.fields, ...card }),
  }
}

test("a merchant's form opens the order, and paying it leads back to the shop", async () => {
  const holder = await issueFundedCard(served, { balance: '100.00' })
  const { page, pay, fields } = await open()
  expect(page.status).toBe(200)
  expect(page.html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')).toContain(
    `Pay Tea House 50.00 USD Order ${fields.merchantTransactionId} For Two cups of tea`,
  )
  const paid = await pay(cardFields(served, holder))
  expect(paid.status).toBe(303)
  const back = await visit(url + paid.headers.get('location'))
  expect(formIn(back)).toMatchObject({ action: `${shop.url}/return?reference=1`, fields: { status: 'Y' } })
  expect((await fundsOf(served, holder)).balance).toBe(5_000n)
  expect(asked.at(-1)?.order).toMatchObject({
    merchantId: served.merchantId,
    merchantTransactionId: fields.merchantTransactionId,
    amount: { amount: 5_000n, currency: 'USD' },
    details: { redirectUrl: `${shop.url}/return?reference=1`, descriptor: 'Two cups of tea' },
  })
  expect(asked.at(-1)?.claimId).toBeUndefined()
})

test('an order that was changed on its way, by the shop’s customer or on our page, is not paid', async () => {
  const { fields, form } = await open()
  for (const change of [
    { amount: '0.01' },
    { checksum: '0'.repeat(32) },
    { merchantRedirectUrl: 'https://evil.example' },
  ]) {
    const refused = await visit(checkout, { ...fields, ...change })
    expect([refused.status, refused.html]).toEqual([400, expect.stringContaining('This order cannot be paid here')])
  }
  const { sealedOrder = '' } = form.fields
  const at = sealedOrder.indexOf('.') >> 1
  const letter = sealedOrder[at] === 'A' ? 'B' : 'A'
  const changed = sealedOrder.slice(0, at) + letter + sealedOrder.slice(at + 1)
  const before = asked.length
  const holder = await issueFundedCard(served, { balance: '100.00' })
  const { status } = await visit(checkout, { ...form.fields, sealedOrder: changed, ...cardFields(served, holder) })
  expect([status, asked.length]).toEqual([400, before])
})

test.each(['javascript:alert(1)', 'data:text/html,x', 'https://user:pass@shop.example/'])(
  'a shop cannot have the payer sent to %s',
  async (redirectUrl) => {
    const { page } = await open({ redirectUrl })
    expect(page.status).toBe(400)
    expect(page.html).not.toContain('<form')
  },
)

test('a page that was open for too long does not pay', async () => {
  const holder = await issueFundedCard(served, { balance: '100.00' })
  const { pay } = await open()
  await advanceClock(served, 60)
  const late = await pay(cardFields(served, holder))
  expect([late.status, late.html]).toEqual([410, expect.stringContaining('The time is over')])
  expect((await fundsOf(served, holder)).balance).toBe(10_000n)
})

test('a double click pays once', async () => {
  const holder = await issueFundedCard(served, { balance: '100.00' })
  const { pay } = await open()
  const card = cardFields(served, holder)
  const answers = await Promise.all([pay(card), pay(card)])
  expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1)
  expect((await fundsOf(served, holder)).balance).toBe(5_000n)
})

test('each form has a name of its own', async () => {
  const { form, pay } = await open()
  const again = await pay({ cardNumber: '', expiry: '', cvv: '', holder: '' })
  expect(again.status).toBe(422)
  expect(formIn(again).fields.try).not.toBe(form.fields.try)
  const { try: _, ...without } = form.fields
  const card = cardFields(served, await issueFundedCard(served))
  expect((await visit(checkout, { ...without, ...card })).status).toBe(400)
})

test('a payment that waits for the bank goes to the page that waits', async () => {
  const { pay } = await open()
  served.answerWith({ kind: 'pending', operationId: '0190a3c4-0000-7000-8000-000000000001' })
  const answer = await pay({ cardNumber: '4000000000000051', expiry: '12/30', cvv: '745', holder: 'CHAN' })
  served.answerWith(undefined)
  expect([answer.status, answer.headers.get('location')]).toEqual([
    303,
    expect.stringMatching(/^\/transaction\/Return\/[\w-]{43}$/),
  ])
})

test('a decline that is final goes back to the shop', async () => {
  const { pay } = await open()
  const operationId = '0190a3c4-0000-7000-8000-000000000001'
  served.answerWith({ kind: 'declined', operationId, message: 'No.', mayTryAgain: false })
  const answer = await pay({ cardNumber: '4000000000000051', expiry: '12/30', cvv: '745', holder: 'CHAN' })
  served.answerWith(undefined)
  expect(answer.status).toBe(303)
})

test.each(['POST', 'GET'] as const)(
  'a gateway that wants to see the payer by %s gets him with its parameters',
  async (method) => {
    const { pay } = await open()
    const parameters = [
      { name: 'PaReq', value: 'a&"b<' },
      { name: 'MD', value: '1' },
    ]
    served.answerWith({ kind: 'redirect', redirect: { url: 'https://acs.example/challenge?x=1', method, parameters } })
    const { status, html, headers } = await pay({
      cardNumber: '4000000000000051',
      expiry: '12/30',
      cvv: '745',
      holder: 'CHAN',
    })
    served.answerWith(undefined)
    expect(status).toBe(200)
    if (method === 'POST') {
      expect(formIn({ html })).toEqual({
        action: 'https://acs.example/challenge?x=1',
        fields: { PaReq: 'a&"b<', MD: '1' },
      })
      expect(headers.get('content-security-policy')).toContain('form-action https://acs.example https:;')
    } else {
      const target = 'https://acs.example/challenge?x=1&amp;PaReq=a%26%22b%3C&amp;MD=1'
      expect(html).toContain(`<meta http-equiv="refresh" content="0; url=${target}">`)
      expect(html).toContain(`href="${target}"`)
    }
  },
)

test('who opens the address without an order is sent back to the shop in words', async () => {
  expect((await visit(checkout)).html).toContain('Start in the shop')
  expect((await visit(checkout, {})).status).toBe(400)
})
