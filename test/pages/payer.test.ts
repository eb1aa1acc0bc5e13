// The pages behind a checkout's address, over HTTP as a browser without scripts sees them.
import { expect, test } from 'vitest'
import { cancelCheckout } from '../../src/checkouts/close.ts'
import { createEgress } from '../../src/http/egress.ts'
import { updateMerchantSettings } from '../../src/merchants/settings.ts'
import { readSessionId } from '../../src/payments/session-id.ts'
import { CARD, CHALLENGED, DECLINED, fieldsOf, firstForm, leadsTo, openPayerPages } from './payer-setup.ts'

const world = await openPayerPages()
const { shop, other, florin, look, open, payWith, stateOf } = world
const SHOP = 'https://shop.example/back'

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
  for (const text of ['<bdi dir="ltr">100.00 USD', '1 USD = 0.308 KWD']) expect(chosen.html).toContain(text)
})

test('a card pays, and the payer is told so', async () => {
  const session = await shop.checkout()
  const paid = await payWith(session)
  expect([paid.status, paid.location]).toEqual([303, `/b/checkout/done/?session_id=${session.session_id}`])
  const { status, html } = await look(paid.location)
  expect(status).toBe(200)
  expect(html).toContain('Payment complete')
  expect(html).toMatch(/FL[0-9A-Z]{10}/)
  expect(html).toContain('Visa ending in 1111')
  expect(await stateOf(session)).toBe('paid')
})

test.each([
  ['fee-usd', ['100.00 USD', '2.00 USD', '102.00 USD']],
  ['fx-kwd', ['100.00 USD', '30.800 KWD']],
])('the receipt of %s says what the card is charged', async (code, amounts) => {
  const { location } = await payWith(await shop.checkout({ pg_codes: [code] }))
  const { html } = await look(location)
  for (const amount of amounts) expect(html).toContain(`<bdi dir="ltr">${amount}</bdi>`)
})

test('the merchant shows whose order it is and a file', async () => {
  const { html } = await open(
    await shop.checkout({
      vendor_name: 'Tea <House>',
      attachment_upload_url: 'https://files.example/a/Invoice%207.pdf',
    }),
  )
  expect(html).toContain('Tea &lt;House&gt;')
  expect(html).toMatch(/<a href="https:\/\/files.example\/a\/Invoice%207.pdf" rel="noreferrer"><bdi>Invoice 7.pdf/)
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

test.each([
  ['card', 'cards-usd', CARD],
  ['cash', 'cash', {}],
])('nobody pays what he was not shown: by %s', async (action, code, card) => {
  const session = await shop.checkout({ pg_codes: [code] })
  const { html } = await open(session)
  const patch = (amount: string) =>
    shop.send(`/checkout/v1/pymt-txn/${session.session_id}/`, { amount }, { method: 'PATCH' })
  const submit = (page: string) => look('/b/checkout/pay/', { ...fieldsOf(page, action), ...card })
  expect((await patch('900.00')).status).toBe(200)
  const refused = await submit(html)
  expect(refused.status).toBe(409)
  expect(refused.html).toContain('was changed in the meantime. Nothing was charged.')
  expect(await stateOf(session)).toBe('pending')
  expect((await submit((await open(session)).html)).status).toBe(303)
  expect(await stateOf(session)).toBe(action === 'cash' ? 'cod' : 'paid')
})

test('a declined card may be followed by another one', async () => {
  const session = await shop.checkout()
  const declined = await payWith(session, DECLINED)
  expect(declined.status).toBe(402)
  expect(declined.html).toContain('Your card was declined')
  expect(await stateOf(session)).toBe('attempted')
  const again = await look('/b/checkout/pay/', { ...fieldsOf(declined.html, 'card'), ...CARD })
  expect(again.status).toBe(303)
  expect(await stateOf(session)).toBe('paid')
})

test('where there is one try, a declined card is the end', async () => {
  const session = await shop.checkout({ pg_codes: ['once-usd'] })
  const { location } = await payWith(session, DECLINED)
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

/** Proves at the bank that it is he who pays, and comes back. Answers where he is led. */
async function prove(html: string, action = 'approve'): Promise<string> {
  const bank = firstForm(html)
  const challenge = await look(bank.action, bank.fields)
  const code = /<code>(\d{6})<\/code>/.exec(challenge.html)?.[1] ?? ''
  const answered = await look(bank.action, { ...bank.fields, action, code })
  const back = await look(firstForm(answered.html).action, { reference: 'x' })
  expect(back.status).toBe(200)
  return leadsTo(back.html)
}

test('who has to prove who he is goes to his bank and comes back', async () => {
  const session = await shop.checkout({ redirect_url: SHOP })
  const step = await payWith(session, CHALLENGED)
  expect(step.status).toBe(200)
  const done = await look(await prove(step.html))
  expect(done.location).toContain(`${SHOP}?`)
  expect(await stateOf(session)).toBe('paid')
})

test('who gives up at his bank has not paid, and may try again', async () => {
  const session = await shop.checkout()
  const { html } = await look(await prove((await payWith(session, CHALLENGED)).html, 'cancel'))
  expect(html).toContain('You have not paid')
  expect(html).toContain('Try again')
  expect(await stateOf(session)).toBe('attempted')
})

test('he comes back to the language in which he was reading', async () => {
  const session = await shop.checkout({ language: 'ar' })
  const step = await payWith(session, CHALLENGED, '&lang=en')
  expect(step.html).toContain('Continue to your bank')
  expect((await look(await prove(step.html))).html).toContain('Payment complete')
})

test('who leaves his bank is led there again', async () => {
  const session = await shop.checkout()
  await payWith(session, CHALLENGED)
  const reopened = await open(session)
  const { status, html } = await look(reopened.location)
  expect(status).toBe(202)
  expect(html).toContain('Your bank is waiting for you')
  const onward = /href="([^"]*redirect\/continue[^"]*)"/.exec(html)?.[1] ?? ''
  const step = await look(onward)
  expect((await look(await prove(step.html))).html).toContain('Payment complete')
})

test('a payment that is not decided is waited for', async () => {
  const session = await shop.checkout()
  const { location } = await payWith(session, { ...CARD, cardNumber: '4000000001000134' })
  const { status, html, headers } = await look(location)
  expect(status).toBe(202)
  expect(html).toContain('We are waiting for your bank')
  expect(html).toMatch(/<noscript><meta http-equiv="refresh" content="20; url=[^"]+"><\/noscript>/)
  expect(headers.get('content-security-policy')).toMatch(/script-src 'sha256-[^']+'; connect-src 'self'/)
  const quiet = /<noscript><p><a href="([^"]+)">/.exec(html)?.[1] ?? ''
  const still = await look(quiet.replaceAll('&amp;', '&'))
  expect(still.html).not.toMatch(/refresh|<script/)
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

test.each([
  ['another account', 'cards-usd'],
  ['an account of other checkouts', 'cash'],
  ['no account', ''],
])('a forged promise of cash by %s promises nothing, and the payer is shown the ways to pay', async (_, code) => {
  const session = await shop.checkout()
  const form = { session_id: session.session_id, action: 'cash', pg_code: code }
  const { status, location } = await look('/b/checkout/pay/', form)
  expect([status, location]).toEqual([303, `/b/checkout/redirect/start/?session_id=${session.session_id}`])
  expect(await stateOf(session)).toBe('created')
})

test('cash is promised with one button', async () => {
  const session = await shop.checkout({ pg_codes: ['cash'] })
  const { html } = await open(session)
  const { location } = await look('/b/checkout/pay/', fieldsOf(html, 'cash'))
  expect((await look(location)).html).toContain('You pay in cash')
  expect(await stateOf(session)).toBe('cod')
})

test('whoever pays in cash after a card was declined goes on with the number of the cash', async () => {
  const session = await shop.checkout({ pg_codes: ['cards-usd', 'cash'], redirect_url: 'https://shop.example/back' })
  await payWith(session, { cardNumber: '4000000001000050' })
  const { html } = await look(`/b/checkout/redirect/start/?session_id=${session.session_id}&pg_code=cash`)
  const { location } = await look('/b/checkout/pay/', fieldsOf(html, 'cash'))
  const { searchParams } = new URL((await look(location)).location)
  const { body } = await shop.inquire(session)
  expect(body).toMatchObject({ result: 'cod', reference_number: expect.stringMatching(/^FL[0-9A-Z]{10}$/) })
  expect(searchParams.get('reference_number')).toBe(body.reference_number)
})

async function ourCard(): Promise<Record<string, string>> {
  const { pan, cvv, expiryMonth, expiryYear } = await florin.addFundedCard('150.00')
  const expiry = `${String(expiryMonth).padStart(2, '0')}/${expiryYear}`
  return { cardNumber: pan, expiry, cvv, holder: 'CHAN TAI MAN' }
}

test('a card of ours pays a checkout by the account for such cards', async () => {
  const session = await shop.checkout({ pg_codes: ['house-usd'] })
  const { status } = await payWith(session, await ourCard())
  expect([status, await stateOf(session)]).toEqual([303, 'paid'])
  const other = await shop.checkout({ pg_codes: ['house-usd'] })
  expect((await payWith(other)).html).toContain('This card cannot be used here')
})

/** The token of the saved card that the page offers first. */
const tokenOn = (html: string): string => /name="token" value="([^"]+)"/.exec(html)?.[1] ?? ''

/** Pays a checkout of this customer with a card that he has saved with it. */
async function keepCard(customer_id: string, card = CARD): Promise<void> {
  const session = await shop.checkout({ customer_id })
  const { html } = await open(session)
  await look('/b/checkout/pay/', { ...fieldsOf(html, 'card'), ...card, keep: 'yes' })
  expect(await stateOf(session)).toBe('paid')
}

test('a saved card pays with its code alone, and only its customer sees it', async () => {
  await keepCard('page-customer')
  const session = await shop.checkout({ customer_id: 'page-customer' })
  const { html } = await open(session)
  expect(html).toContain('Visa ending in 1111')
  const form = { ...fieldsOf(html, 'saved'), token: tokenOn(html) }
  const wrong = await look('/b/checkout/pay/', { ...form, savedCvv: '' })
  expect([wrong.status, tokenOn(wrong.html)]).toEqual([422, form.token])
  expect((await look('/b/checkout/pay/', { ...form, token: 'x', savedCvv: '123' })).html).toContain('cannot be used')
  expect((await look('/b/checkout/pay/', { ...fieldsOf(html, 'saved'), savedCvv: '123' })).html).toContain(
    'href="#token">Choose a card',
  )
  expect((await look('/b/checkout/pay/', { ...form, savedCvv: '١٢٣' })).status).toBe(303)
  expect(await stateOf(session)).toBe('paid')
  expect((await open(await shop.checkout({ customer_id: 'somebody-else' }))).html).not.toContain('Visa ending in')
})

test('whoever has saved cards may use another one, and what is wrong with it is said there', async () => {
  await keepCard('second-card')
  const session = await shop.checkout({ customer_id: 'second-card' })
  expect((await open(session)).html).toContain('<details><summary>Use another card')
  const wrong = await payWith(session, { ...CARD, cvv: '' })
  expect(wrong.html).toContain('<details open><summary>')
  expect((await look('/b/checkout/pay/', { ...fieldsOf(wrong.html, 'card'), ...CARD })).status).toBe(303)
})

test('a card of ours that was saved is offered where such cards are taken, and only there', async () => {
  const customer_id = 'house-customer'
  const first = await shop.checkout({ customer_id, pg_codes: ['house-usd'] })
  await payWith(first, { ...(await ourCard()), keep: 'yes' })
  expect(await stateOf(first)).toBe('paid')
  const ways = await shop.checkout({ customer_id, pg_codes: ['house-usd', 'cards-usd'] })
  expect(tokenOn((await open(ways, '&pg_code=house-usd')).html)).not.toBe('')
  expect(tokenOn((await open(ways, '&pg_code=cards-usd')).html)).toBe('')
})

const AGREEMENT = { id: 'plan-7', type: 'recurring', amount_variability: 'fixed', frequency: 'monthly' }

test('whoever pays under an agreement is told so, and the card has to last', async () => {
  await keepCard('subscriber')
  const session = await shop.checkout({
    ...{ customer_id: 'subscriber', payment_type: 'auto_debit', card_acceptance_criteria: { min_expiry_time: 365 } },
    agreement: { ...AGREEMENT, start_date: '01/01/2027', expiry_date: '01/01/2030', cycle_interval_days: 30 },
  })
  const { html } = await open(session)
  for (const text of ['charge it again under your agreement', 'Every month']) expect(html).toContain(text)
  expect(html).not.toMatch(/name="(keep|token)"/)
  const soon = new Date(Date.now() + 60 * 86_400_000)
  const expiry = `${soon.getUTCMonth() + 1}/${soon.getUTCFullYear()}`
  const short = await payWith(session, { ...CARD, expiry })
  expect([short.status, short.html.includes('expires too soon')]).toEqual([422, true])
  expect((await payWith(session)).status).toBe(303)
  expect(await stateOf(session)).toBe('paid')
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
  expect((await look(`/b/checkout/redirect/start/?session_id=${'f'.repeat(40)}`)).status).toBe(404)
  expect((await look('/b/checkout/redirect/start/')).status).toBe(404)
  expect((await look('/b/checkout/pay/', { session_id: session.session_id })).status).toBe(400)
})

test('a form that is sent after the time says so, and does not offer to try again', async () => {
  const session = await shop.checkout({ expiration_time: '00:01:00' })
  const { html } = await open(session)
  await florin.advance(120)
  const { location } = await look('/b/checkout/pay/', { ...fieldsOf(html, 'card'), ...CARD })
  const after = await look(location)
  expect(after.html).toContain('The time is over')
  expect(after.html).not.toContain('Try again')
  expect(await stateOf(session)).toBe('expired')
})

test('what was begun in time is waited for after it', async () => {
  const session = await shop.checkout({ expiration_time: '00:01:00' })
  const { html } = await payWith(session, CHALLENGED)
  await florin.advance(61)
  const { location } = await open(session)
  expect((await look(location)).status).toBe(202)
  expect((await look(await prove(html))).html).toContain('Payment complete')
  expect(await stateOf(session)).toBe('paid')
})

test('whoever has not tried to pay yet is led to where he can', async () => {
  const session = await shop.checkout()
  const { status, location } = await look(`/b/checkout/done/?session_id=${session.session_id}`)
  expect([status, location]).toEqual([303, `/b/checkout/redirect/start/?session_id=${session.session_id}`])
})

test('a merchant that is paused takes nothing, also by a form that was opened before', async () => {
  const made = { type: 'e_commerce', amount: '1.00', currency_code: 'USD', pg_codes: ['cards-usd'], language: 'ar' }
  const { body } = await other.send('/checkout/v1/pymt-txn/', made)
  const { html } = await open(body)
  await updateMerchantSettings({ ...florin.app.deps, egress: createEgress() }, other.id, { isPaused: true })
  const refused = await look('/b/checkout/pay/', { ...fieldsOf(html, 'card'), ...CARD })
  expect([refused.status, (await open(body)).status]).toEqual([503, 503])
  expect(refused.html).toContain('المدفوعات متوقفة')
})

test('what is wrong with a request is said in the language of its payer', async () => {
  const session = await shop.checkout({ language: 'ar' })
  const { html } = await open(session)
  const { try: _try, ...incomplete } = fieldsOf(html, 'card')
  const refused = await look('/b/checkout/pay/', { ...incomplete, ...CARD })
  expect([refused.status, refused.html.includes('<html lang="ar" dir="rtl">')]).toEqual([400, true])
  const lost = await look('/b/checkout/redirect/start/', undefined, { 'accept-language': 'fr, ar-KW;q=0.9, en;q=0.5' })
  expect([lost.status, lost.html.includes('لا يوجد شيء هنا')]).toEqual([404, true])
})
