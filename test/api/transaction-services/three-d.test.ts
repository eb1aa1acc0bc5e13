import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { createPayer, type Payer } from '../../helpers/payer.ts'
import { card, KEY, newName, type ServicesMember, TRANSACTIONS } from '../../helpers/services-member.ts'
import { openShop, type Shop } from '../../helpers/shop.ts'

let florin: Florin
let member: ServicesMember
let shop: Shop
let payer: Payer

beforeAll(async () => {
  florin = await startFlorin()
  member = await florin.addMember('Tea House')
  shop = await openShop(member)
})

beforeEach(() => {
  payer = createPayer()
})

const CHALLENGED = card('4000000000000002', { cvv: '237' })
const BACK = 'Back to the shop'
const CONTINUE = 'Continue to Tea House'

const pay = (fields: Record<string, string> = {}) =>
  member.pay({
    ...CHALLENGED,
    merchantRedirectUrl: shop.redirectUrl,
    notificationUrl: shop.notificationUrl,
    'customer.email': 'ada@florin.example',
    'customer.givenName': 'Ada',
    'customer.surname': 'Bauer',
    ...fields,
  })

const codeOn = ({ page }: Payer): string => /Your code is <code>(\d{6})</.exec(page().html)?.[1] ?? ''

const short = async (paymentId: string) => (await member.inquire(paymentId)).transactionStatus

/** From the gateway's last page to the shop. */
async function goHome(): Promise<void> {
  await payer.submit(BACK)
  await payer.submit(CONTINUE)
}

describe('a payment with 3-D Secure', () => {
  test('is approved with the code on the gateway’s page, and brings the payer back by a form', async () => {
    const answer = await pay({ orderDescriptor: 'Two teas', attemptThreeD: '3D' })
    const { paymentId, merchantTransactionId } = answer
    expect(answer).toMatchObject({
      status: '3D Authstarted',
      transactionStatus: '3D',
      captureamount: '0.00',
      result: { code: '00003' },
      redirect: { method: 'POST', target: '', parameters: [{ name: 'challenge', value: expect.any(String) }] },
    })
    expect(answer.redirect.url).toBe(`${florin.url}/sandbox/gateway/acs`)
    expect(await short(paymentId)).toBe('3D')
    expect((await member.inquire(paymentId)).redirect).toEqual(answer.redirect)

    await payer.follow(answer.redirect)
    expect(payer.page().html).toContain('Approve your payment')
    await payer.submit('approve', { code: codeOn(payer) })
    await goHome()

    const visit = shop.newestVisit()
    expect([visit.method, visit.url]).toEqual(['POST', '/return?reference=7&lang=d%C3%A9'])
    expect(visit.fields).toEqual({
      trackingid: paymentId,
      paymentId,
      desc: merchantTransactionId,
      merchantTransactionId,
      status: 'Y',
      transactionStatus: 'Y',
      amount: '50.00',
      currency: 'USD',
      tmpl_amount: '50.00',
      tmpl_currency: 'USD',
      firstName: 'Ada',
      lastName: 'Bauer',
      checksum: expect.any(String),
      descriptor: 'Two teas',
      token: '',
      registrationId: '',
      resultCode: '00001',
      resultDescription: 'Transaction succeeded',
      cardBin: '400000',
      cardLast4Digits: '0002',
      custEmail: 'ada@florin.example',
      paymentMode: 'CC',
      paymentBrand: 'VISA',
      eci: '05',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      resourcePath: `${TRANSACTIONS}/payments/${paymentId}`,
    })
    const { body } = await member.ask(visit.fields.resourcePath ?? '', member.proof(member.memberId, KEY, paymentId))
    expect(body).toMatchObject({ status: 'capturesuccess', transactionStatus: 'Y', eci: '05' })
    await shop.expectTold(paymentId, ['authstarted', '3D Authstarted', 'capturesuccess'])
  })

  test.each([
    ['decline', 'authfailed', 'N', 'declined'],
    ['cancel', 'authcancelled', 'C', 'cancelled'],
  ])('is over when the payer chooses to %s', async (action, status, shortStatus, words) => {
    const { paymentId, redirect } = await pay()
    await payer.follow(redirect)
    await payer.submit(action)
    await payer.submit(BACK)
    expect(payer.page().html).toContain(`Payment ${words}`)
    await payer.submit(CONTINUE)
    const { fields } = shop.newestVisit()
    expect(fields).toMatchObject({ paymentId, status: shortStatus, resultCode: '10001' })
    const asked = await member.inquire(paymentId)
    expect([asked.status, asked.transactionStatus, asked.captureamount]).toEqual([status, shortStatus, '0.00'])
    await shop.expectTold(paymentId, ['authstarted', '3D Authstarted', status])
  })

  test('counts wrong codes, and the third ends it', async () => {
    const { paymentId, redirect } = await pay()
    await payer.follow(redirect)
    const wrong = codeOn(payer) === '000000' ? '000001' : '000000'
    await payer.submit('approve', { code: wrong })
    expect([payer.page().status, payer.page().html]).toEqual([422, expect.stringContaining('2 more tries')])
    await payer.submit('approve', { code: wrong })
    await payer.submit('approve', { code: wrong })
    await goHome()
    expect(shop.newestVisit().fields).toMatchObject({ paymentId, status: 'N' })
  })

  test('is over by the clock when the payer never comes back', async () => {
    const { paymentId, redirect } = await pay()
    await payer.follow(redirect)
    await florin.advance(6 * 60)
    await shop.expectTold(paymentId, ['authstarted', '3D Authstarted', 'authfailed'])
    expect(await short(paymentId)).toBe('N')
    await payer.submit('approve', { code: codeOn(payer) })
    expect(payer.page().html).toContain('The payment was not approved')
    expect(await short(paymentId)).toBe('N')
  })

  test('is told to the shop before its payer is back there, and is the same when he comes', async () => {
    const { paymentId, redirect } = await pay()
    await payer.follow(redirect)
    await payer.submit('approve', { code: codeOn(payer) })
    await shop.expectTold(paymentId, ['authstarted', '3D Authstarted', 'capturesuccess'])
    expect(shop.visits.some(({ fields }) => fields.paymentId === paymentId)).toBe(false)
    await goHome()
    expect(shop.newestVisit().fields).toMatchObject({ paymentId, status: 'Y' })
    await shop.expectTold(paymentId, ['authstarted', '3D Authstarted', 'capturesuccess'])
  })

  test('is taken once when the payer comes back twice and posts the gateway’s form again', async () => {
    const { paymentId, merchantTransactionId, redirect } = await pay()
    await payer.follow(redirect)
    const acs = payer.form('approve')
    acs.body.set('code', codeOn(payer))
    await payer.submit('approve', { code: codeOn(payer) })
    const back = payer.form(BACK)
    await goHome()
    const again = createPayer()
    for (let i = 0; i < 2; i++) {
      await again.open(`${acs.action}?challenge=${acs.body.get('challenge')}`)
      expect(again.page().html).toContain('You have approved the payment')
      const replayed = await fetch(acs.action, { method: 'POST', body: acs.body })
      expect(await replayed.text()).toContain('You have approved the payment')
      await fetch(back.action, { method: 'POST', body: back.body })
      await again.submit(BACK)
      await again.submit(CONTINUE)
      expect(shop.newestVisit().fields).toMatchObject({ paymentId, status: 'Y' })
    }
    const book = await florin.sandbox('GET', `/sandbox/gateway/book?merchantTransactionId=${merchantTransactionId}`)
    expect(book.body).toMatchObject([{ operation: 'purchase', state: 'approved', attempts: 1 }])
    await shop.expectTold(paymentId, ['authstarted', '3D Authstarted', 'capturesuccess'])
  })

  test('holds the money for a PA, which is then captured', async () => {
    const { paymentId, redirect } = await pay({ paymentType: 'PA' })
    await payer.follow(redirect)
    await payer.submit('approve', { code: codeOn(payer) })
    await goHome()
    expect(shop.newestVisit().fields).toMatchObject({ paymentId, status: 'Y', resultCode: '00001' })
    expect((await member.inquire(paymentId)).status).toBe('authsuccessful')
    expect((await member.capture(paymentId, '50.00')).result.code).toBe('00004')
  })

  test('tells of the registration that it was to make only when it succeeded', async () => {
    const approved = await pay({ createRegistration: 'TRUE' })
    expect(approved).not.toHaveProperty('registrationId')
    await payer.follow(approved.redirect)
    await payer.submit('approve', { code: codeOn(payer) })
    await goHome()
    const { registrationId, token } = shop.newestVisit().fields
    expect(registrationId).toMatch(/^[A-Za-z0-9]{32}$/)
    expect(token).toBe(registrationId)
    expect((await member.inquire(approved.paymentId)).registrationId).toBe(registrationId)
    await shop.expectTold(approved.paymentId, ['authstarted', '3D Authstarted', 'capturesuccess'])
    const told = shop.callbacks.filter(({ body }) => body.paymentId === approved.paymentId)
    expect(told.map(({ body }) => body.registrationId)).toEqual([undefined, undefined, registrationId])

    const declined = await pay({ createRegistration: 'true' })
    await payer.follow(declined.redirect)
    await payer.submit('decline')
    await goHome()
    expect(shop.newestVisit().fields).toMatchObject({ paymentId: declined.paymentId, registrationId: '', token: '' })
    expect(await member.inquire(declined.paymentId)).not.toHaveProperty('registrationId')
  })

  test('is decided at once where the gateway needs no payer', async () => {
    const answer = await pay(card('4000000001000019'))
    expect(answer).toMatchObject({ status: 'capturesuccess', transactionStatus: 'Y', eci: '05' })
    expect(answer).not.toHaveProperty('redirect')
    await shop.expectTold(answer.paymentId, ['authstarted', 'capturesuccess'])
    const failed = await pay(card('4000000001000035'))
    expect(failed).toMatchObject({ status: 'authfailed', transactionStatus: 'N', result: { code: '10001' } })
  })

  test('is required by only3D, and then a card that cannot do it is declined', async () => {
    const challenged = await pay({ ...card('4111111111111111'), attemptThreeD: 'only3D' })
    expect(challenged.transactionStatus).toBe('3D')
    const unable = await pay({ ...card('4000000001000027'), attemptThreeD: 'only3D' })
    expect(unable).toMatchObject({ status: 'authfailed', result: { code: '10001' } })
    expect((await pay({ attemptThreeD: 'direct' })).transactionStatus).toBe('Y')
    const nowhere = await member.pay({ ...CHALLENGED, attemptThreeD: 'only3D' })
    expect(nowhere.result).toMatchObject({ code: '20001', description: 'merchantRedirectUrl is required' })
  })

  test('needs no redirect without a merchantRedirectUrl: nobody could come back', async () => {
    const answer = await member.pay(CHALLENGED)
    expect(answer.transactionStatus).toBe('Y')
    expect(answer).not.toHaveProperty('redirect')
  })

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '//shop.example/x',
    'https://user@shop.example/',
    'https://a|b/',
    'shop',
  ])('does not send a payer to %s', async (merchantRedirectUrl) => {
    expect((await pay({ merchantRedirectUrl })).result.code).toBe('20002')
  })

  test('says 3D by redirect in XML, too', async () => {
    const merchantTransactionId = newName()
    const fields = { ...CHALLENGED, merchantTransactionId, amount: '50.00', currency: 'USD', paymentType: 'DB' }
    const { body } = await member.send(
      'payments',
      {
        ...fields,
        merchantRedirectUrl: shop.redirectUrl,
        ...member.proof(member.memberId, KEY, merchantTransactionId, '50.00'),
      },
      { headers: { accept: 'application/xml' } },
    )
    expect(body).toMatch(
      /<redirect><url>[^<]+<\/url><method>POST<\/method><target><\/target><parameters><parameter><name>challenge<\/name><value>\w+<\/value><\/parameter><\/parameters><\/redirect>/,
    )
  })
})

describe('a card that Florin issued', () => {
  test('is asked for on our own page, with the code that its holder was sent', async () => {
    const issued = await florin.addFundedCard('100.00')
    const printed = card(issued.pan, {
      cvv: issued.cvv,
      expiryMonth: String(issued.expiryMonth).padStart(2, '0'),
      expiryYear: String(issued.expiryYear),
    })
    const answer = await pay({ ...printed, attemptThreeD: 'only3D' })
    expect(answer).toMatchObject({ status: '3D Authstarted', transactionStatus: '3D' })
    expect(answer.redirect).toMatchObject({ method: 'GET', parameters: [] })
    await payer.follow(answer.redirect)
    expect(payer.page().html).toContain('Approve this payment')
    const { body: messages } = await florin.sandbox('GET', `/sandbox/messages?to=${issued.mobile}`)
    expect(messages[0]).toMatchObject({ kind: '3ds-code', code: expect.stringMatching(/^\d{6}$/) })
    await payer.submit('approve', { code: messages[0].code })
    await payer.submit(CONTINUE)
    expect(shop.newestVisit().fields).toMatchObject({ paymentId: answer.paymentId, status: 'Y', eci: '05' })
    await shop.expectTold(answer.paymentId, ['3D Authstarted', 'capturesuccess'])
  })

  test('is not charged when its holder says that it was not him', async () => {
    const issued = await florin.addFundedCard('100.00')
    const printed = card(issued.pan, {
      cvv: issued.cvv,
      expiryMonth: String(issued.expiryMonth).padStart(2, '0'),
      expiryYear: String(issued.expiryYear),
    })
    const answer = await pay({ ...printed, attemptThreeD: 'only3D' })
    await payer.follow(answer.redirect)
    await payer.submit('decline')
    await payer.submit(CONTINUE)
    expect(shop.newestVisit().fields).toMatchObject({ paymentId: answer.paymentId, status: 'N' })
  })
})
