// The flows of payers from their first page to the shop, in whatever they use to look at pages.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { generateInvoice } from '../../src/invoices/generate.ts'
import { invoiceUrl } from '../../src/invoices/link.ts'
import { escapeHtml } from '../../src/markup.ts'
import { parseAmount } from '../../src/money.ts'
import { openChromium } from '../helpers/chromium.ts'
import { type FundedCard, fundsOf, issueFundedCard, otherThan } from '../helpers/seed.ts'
import { cardFields, checkoutFields, servePages } from './serve.ts'
import { enterBrowser, enterWithoutBrowser, type Visitor } from './visitors.ts'

const served = await servePages()
const { deps, url, shop, merchantId } = served
const browser = await openChromium()

const ways: [name: string, enter: () => Promise<Visitor>][] = [
  ['over HTTP alone', async () => enterWithoutBrowser()],
  ...(browser
    ? ([
        [
          'in a wide browser with scripts',
          () => enterBrowser(browser, { width: 1280, colorScheme: 'light', hasScripts: true }),
        ],
        [
          'in a phone, dark, without scripts',
          () => enterBrowser(browser, { width: 360, colorScheme: 'dark', hasScripts: false }),
        ],
        [
          'in a narrow browser with scripts',
          () => enterBrowser(browser, { width: 320, colorScheme: 'light', hasScripts: true }),
        ],
      ] satisfies [string, () => Promise<Visitor>][])
    : []),
]

describe.each(ways)('%s', (_name, enter) => {
  let visitor: Visitor

  const begin = async (): Promise<Visitor> => {
    visitor = await enter()
    return visitor
  }

  afterEach(() => {
    expect(visitor.complaints).toEqual([])
  })

  const enterCard = async (holder: FundedCard, name = 'CHAN TAI MAN'): Promise<void> => {
    const { cardNumber, expiry, cvv } = cardFields(served, holder)
    await visitor.fill('Card number', cardNumber)
    await visitor.fill('Expiry date', expiry)
    await visitor.fill('Security code', cvv)
    await visitor.fill('Name on card', name)
  }

  const newestPost = () => {
    const post = shop.posts.at(-1)
    if (!post) throw new Error('nothing was posted to the shop')
    return { path: post.path, status: post.fields.get('status'), desc: post.fields.get('desc') }
  }

  test('an invoice is paid with a card that has to be approved', async () => {
    const { open, fill, press, goOn, see } = await begin()
    const holder = await issueFundedCard(served, { balance: '1000.00' })
    served.approveWith(holder)
    const { invoice } = await generateInvoice(deps, {
      merchantId,
      merchantInvoiceId: `INV-${newId()}`,
      amount: parseAmount('125.00', 'USD'),
      description: 'Two cups of Darjeeling first flush & a slice of <b>lemon</b> cake'.repeat(3),
      redirectUrl: `${shop.url}/invoice?reference=a%20b`,
      keys: [],
    })
    const link = invoiceUrl(deps.codes, url, invoice)
    await open(link)
    await see('slice of <b>lemon</b> cake')
    await enterCard(holder, '3D')
    await press('Pay 125.00 USD')
    await goOn('Continue to your bank')
    const page = await see('Approve this payment')
    const code = /the code is (\d{6})/.exec(page)?.[1] ?? ''
    await fill('Your code', otherThan(code))
    await press('Approve the payment')
    await see('You have 4 tries left')
    await fill('Your code', code)
    await press('Approve the payment')
    await goOn('Continue to Tea House')
    await see('Back in the shop')
    expect(newestPost()).toMatchObject({ path: '/invoice?reference=a%20b', status: 'Y' })
    expect(newestPost().desc).toContain(`"><script>alert('`)
    expect((await fundsOf(served, holder)).balance).toBe(87_500n)
    await open(link)
    await see('This is paid')
  })

  test('an order is paid after a form with problems and a declined card', async () => {
    const { open, fill, press, goOn, see } = await begin()
    const [poor, rich] = [
      await issueFundedCard(served, { balance: '1.00' }),
      await issueFundedCard(served, { balance: '100.00' }),
    ]
    await open(cart({ redirectUrl: `${shop.url}/order?x=1` }))
    await press('To the checkout')
    await see('Two cups of tea')
    await fill('Card number', '4000 0000 0000 0052')
    await press('Pay 50.00 USD')
    const problems = await see('There are problems')
    for (const problem of ['check its digits', 'Enter the expiry date', 'Enter the security code', 'Enter the name'])
      expect(problems).toContain(problem)
    await enterCard(poor)
    await press('Pay 50.00 USD')
    await see('The available balance is too low')
    await enterCard(rich)
    await press('Pay 50.00 USD')
    await goOn('Continue to Tea House')
    await see('Back in the shop')
    expect(newestPost()).toMatchObject({ path: '/order?x=1', status: 'Y' })
    expect((await fundsOf(served, rich)).balance).toBe(5_000n)
  })

  test('a payer who gives up at the bank is back in the shop, which sends him on to another host', async () => {
    const { open, press, goOn, see } = await begin()
    const holder = await issueFundedCard(served, { balance: '100.00' })
    served.approveWith(holder)
    await open(cart({ redirectUrl: await redirectingShop() }))
    await press('To the checkout')
    await enterCard(holder, '3D')
    await press('Pay 50.00 USD')
    await goOn('Continue to your bank')
    await see('Approve this payment')
    await press('Cancel')
    await goOn('Continue to Tea House')
    await see('Back in the shop')
    expect((await fundsOf(served, holder)).balance).toBe(10_000n)
  })
})

/** A page of the shop with the form that leads to the checkout. */
function cart(order: Parameters<typeof checkoutFields>[0]): string {
  const path = `/cart-${newId()}`
  const inputs = Object.entries(checkoutFields(order)).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  )
  shop.pages.set(
    path,
    `<!doctype html><title>Cart</title><form method="post" action="${url}/transaction/Checkout">${inputs.join('')}<button>To the checkout</button></form>`,
  )
  return shop.url + path
}

/** A handler of the shop that answers a POST as many do: by a redirection to a page elsewhere. */
async function redirectingShop(): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(303, { location: `${shop.url}/cancelled` })
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/return`
}
