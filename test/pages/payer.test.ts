// The pages behind a checkout's address, over HTTP as a browser without scripts sees them.
import { expect, test } from 'vitest'
import { cancelCheckout } from '../../src/checkouts/close.ts'
import { readSessionId } from '../../src/payments/session-id.ts'
import { openOperations } from '../api/operations/setup.ts'

const world = await openOperations()
const { shop, florin } = world
const CARD = { cardNumber: '4111 1111 1111 1111', expiry: '12/32', cvv: '123', holder: 'Ada Lovelace' }

interface Seen {
  readonly status: number
  readonly html: string
  readonly headers: Headers
  readonly location: string
}

async function look(url: string, form?: Record<string, string>): Promise<Seen> {
  const response = await fetch(new URL(url, florin.url), {
    redirect: 'manual',
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  })
  return {
    status: response.status,
    html: await response.text(),
    headers: response.headers,
    location: response.headers.get('location') ?? '',
  }
}

const unescaped = (text: string): string =>
  text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<')

/** The hidden fields of the form that has this action. */
function fieldsOf(html: string, action: string): Record<string, string> {
  const form = html.split('<form').find((part) => part.includes(`name="action" value="${action}"`)) ?? ''
  return Object.fromEntries(
    [...form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      unescaped(value),
    ]),
  )
}

/** Opens a checkout's page. */
const open = (session: { checkout_url: string }, more = '') => look(session.checkout_url + more)

async function payWith(
  session: { checkout_url: string },
  card: Record<string, string> = CARD,
  more = '',
): Promise<Seen> {
  const { html } = await open(session, more)
  return look('/b/checkout/pay/', { ...fieldsOf(html, 'card'), ...card })
}

const stateOf = async (session: { session_id: string }) => (await shop.retrieve(session)).state

test('with one way the payer sees the form of a card at once, and the checkout is pending', async () => {
  const session = await shop.checkout({ order_no: '<b>7</b>' })
  const { status, html, headers } = await open(session)
  expect(status).toBe(200)
  expect(html).toContain('<html lang="en" dir="ltr">')
  expect(html).toContain('100.00 <small>USD</small>')
  expect(html).toContain('&lt;b&gt;7&lt;/b&gt;')
  expect(html).toContain('Pay 100.00 USD')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('cache-control')).toBe('no-store')
  expect(await stateOf(session)).toBe('pending')
})

test('of several ways the payer chooses one by its price', async () => {
  const session = await shop.checkout({ pg_codes: ['cards-usd', 'fee-usd', 'fx-kwd', 'cash'] })
  const { html } = await open(session)
  expect(html).toContain('102.00 USD')
  expect(html).toContain('Fee: <bdi dir="ltr">2.00 USD')
  expect(html).toContain('30.800 KWD')
  expect(html).toContain('Cash on delivery')
  const chosen = await open(session, '&pg_code=fx-kwd')
  expect(chosen.html).toContain('Pay 30.800 KWD')
  expect(chosen.html).toContain('<dd>100.00 USD</dd>')
})

test('a card pays, and the payer is told so', async () => {
  const session = await shop.checkout()
  const paid = await payWith(session)
  expect([paid.status, paid.location]).toEqual([303, `/b/checkout/done/?session_id=${session.session_id}`])
  const { status, html } = await look(paid.location)
  expect(status).toBe(200)
  expect(html).toContain('Payment complete')
  expect(html).toMatch(/FL[0-9A-Z]{10}/)
  expect(await stateOf(session)).toBe('paid')
})

test('then the payer goes on to the shop, whose address keeps its own query', async () => {
  const session = await shop.checkout({ redirect_url: 'https://shop.example/back?cart=1&x=%22', order_no: 'A 1' })
  const { location } = await look((await payWith(session)).location)
  const url = new URL(location)
  expect(url.origin + url.pathname).toBe('https://shop.example/back')
  const { reference_number, ...query } = Object.fromEntries(url.searchParams)
  expect(query).toEqual({ cart: '1', x: '"', order_no: 'A 1', session_id: session.session_id })
  expect(reference_number).toMatch(/^FL[0-9A-Z]{10}$/)
})

test('what is wrong with the form is said beside its fields, and neither number nor code comes back', async () => {
  const session = await shop.checkout()
  const { status, html } = await payWith(session, {
    cardNumber: '4111111111111112',
    expiry: '13/32',
    cvv: '1',
    holder: '',
  })
  expect(status).toBe(422)
  for (const text of ['check its digits', 'such as 08/29', '3 or 4 digits', 'Enter the name on the card'])
    expect(html).toContain(text)
  expect(html).not.toContain('4111111111111112')
  expect((await shop.inquire(session)).status).toBe(429) // Nothing was tried, and it is too early to ask.
})

test('a declined card may be followed by another one', async () => {
  const session = await shop.checkout()
  const declined = await payWith(session, { ...CARD, cardNumber: '4000000001000050' })
  expect(declined.status).toBe(402)
  expect(declined.html).toContain('Your card was declined')
  expect(await stateOf(session)).toBe('attempted')
  const again = await look('/b/checkout/pay/', { ...fieldsOf(declined.html, 'card'), ...CARD })
  expect(again.status).toBe(303)
  expect(await stateOf(session)).toBe('paid')
})

test('where there is one try, a declined card is the end', async () => {
  const session = await shop.checkout({ pg_codes: ['once-usd'] })
  const { location } = await payWith(session, { ...CARD, cardNumber: '4000000001000050' })
  expect((await look(location)).html).toContain('Payment failed')
  expect((await open(session)).status).toBe(410)
})

test('the same form twice is one payment', async () => {
  const session = await shop.checkout()
  const { html } = await open(session)
  const form = { ...fieldsOf(html, 'card'), ...CARD }
  const answers = await Promise.all([look('/b/checkout/pay/', form), look('/b/checkout/pay/', form)])
  expect(answers.map(({ status }) => status)).toEqual([303, 303])
  expect((await shop.inquire(session)).body.amount).toBe('100.00')
  expect((await look(answers[1]?.location ?? '')).html).toContain('Payment complete')
})

test('who has to prove who he is goes to his bank and comes back', async () => {
  const session = await shop.checkout({ redirect_url: 'https://shop.example/back' })
  const step = await payWith(session, { ...CARD, cardNumber: '4000000000000002', cvv: '237' })
  expect(step.status).toBe(200)
  const action = unescaped(/<form method="post" action="([^"]+)"/.exec(step.html)?.[1] ?? '')
  const fields = Object.fromEntries(
    [...step.html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      unescaped(value),
    ]),
  )
  const challenge = await look(action, fields)
  const code = /<code>(\d{6})<\/code>/.exec(challenge.html)?.[1] ?? ''
  const answered = await look(action, { ...fields, action: 'approve', code })
  const back = unescaped(/<form method="post" action="([^"]+)"/.exec(answered.html)?.[1] ?? '')
  const moment = await look(back, { reference: 'x' })
  expect(moment.status).toBe(200)
  const next = unescaped(/http-equiv="refresh" content="0; url=([^"]+)"/.exec(moment.html)?.[1] ?? '')
  const done = await look(next)
  expect(done.location).toContain('https://shop.example/back?')
  expect(await stateOf(session)).toBe('paid')
})

test('a payment that is not decided is waited for', async () => {
  const session = await shop.checkout()
  const { location } = await payWith(session, { ...CARD, cardNumber: '4000000001000134' })
  const { html } = await look(location)
  expect(html).toContain('We are waiting for your bank')
  expect(html).toContain('http-equiv="refresh"')
  expect((await open(session)).location).toContain('/b/checkout/done/')
})

test('who gives up goes back to the shop, or may try again', async () => {
  const session = await shop.checkout()
  const { html } = await open(session)
  const { location } = await look('/b/checkout/pay/', fieldsOf(html, 'give-up'))
  const after = await look(location)
  expect(after.html).toContain('You have not paid')
  expect(after.html).toContain('Try again')
  expect(await stateOf(session)).toBe('attempted')
  const single = await shop.checkout({ pg_codes: ['once-usd'], redirect_url: 'https://shop.example/back' })
  const gone = await look('/b/checkout/pay/', fieldsOf((await open(single)).html, 'give-up'))
  expect((await look(gone.location)).location).toContain('https://shop.example/back?')
  expect(await stateOf(single)).toBe('expired')
})

test('cash is promised with one button', async () => {
  const session = await shop.checkout({ pg_codes: ['cash'] })
  const { html } = await open(session)
  const { location } = await look('/b/checkout/pay/', fieldsOf(html, 'cash'))
  expect((await look(location)).html).toContain('You pay in cash')
  expect(await stateOf(session)).toBe('cod')
})

test('a card of ours pays a checkout by the account for such cards', async () => {
  const card = await florin.addFundedCard('150.00')
  const session = await shop.checkout({ pg_codes: ['house-usd'] })
  const expiry = `${String(card.expiryMonth).padStart(2, '0')}/${card.expiryYear}`
  const { status } = await payWith(session, { cardNumber: card.pan, expiry, cvv: card.cvv, holder: 'CHAN TAI MAN' })
  expect([status, await stateOf(session)]).toEqual([303, 'paid'])
  const other = await shop.checkout({ pg_codes: ['house-usd'] })
  expect((await payWith(other)).html).toContain('This card cannot be used here')
})

test('a saved card pays with its code alone, and only its customer sees it', async () => {
  const customer_id = 'page-customer'
  const first = await shop.checkout({ customer_id })
  await look('/b/checkout/pay/', { ...fieldsOf((await open(first)).html, 'card'), ...CARD, keep: 'yes' })
  const second = await shop.checkout({ customer_id })
  const { html } = await open(second)
  expect(html).toContain('Card ending in 1111')
  const form = fieldsOf(html, 'saved')
  expect((await look('/b/checkout/pay/', { ...form, savedCvv: '' })).status).toBe(422)
  expect((await look('/b/checkout/pay/', { ...form, savedCvv: '123' })).status).toBe(303)
  expect(await stateOf(second)).toBe('paid')
  expect((await open(await shop.checkout({ customer_id: 'somebody-else' }))).html).not.toContain('Card ending in')
})

test('a card can be saved without a charge', async () => {
  const session = await shop.checkout({ payment_type: 'save_card', amount: '0', customer_id: 'saver' })
  const { location } = await payWith(session)
  expect((await look(location)).html).toContain('Card saved')
  const cards = await shop.send('/pbl/v2/card/', { type: 'sandbox', customer_id: 'saver' })
  expect(cards.body).toMatchObject([{ number: '**** 1111', brand: 'VISA', pg_code: 'cards-usd' }])
})

test('in Arabic the page is written from the right, and amounts stay readable', async () => {
  const session = await shop.checkout({ language: 'ar' })
  const { html } = await open(session)
  expect(html).toContain('<html lang="ar" dir="rtl">')
  expect(html).toContain('رقم البطاقة')
  expect((await open(session, '&lang=en')).html).toContain('<html lang="en" dir="ltr">')
})

test('what is over says so, and what is not there is not there', async () => {
  const session = await shop.checkout()
  await cancelCheckout(florin.app.deps, {
    merchantId: shop.id,
    id: readSessionId(florin.app.deps.codes, session.session_id) ?? '',
  })
  expect(await open(session)).toMatchObject({ status: 410, html: expect.stringContaining('was cancelled') })
  const late = await shop.checkout({ expiration_time: '00:00:01' })
  await florin.advance(5)
  expect(await open(late)).toMatchObject({ status: 410, html: expect.stringContaining('The time is over') })
  expect((await look('/b/checkout/redirect/start/?session_id=' + 'f'.repeat(40))).status).toBe(404)
  expect((await look('/b/checkout/redirect/start/')).status).toBe(404)
  expect((await look('/b/checkout/pay/', { session_id: session.session_id })).status).toBe(400)
})
