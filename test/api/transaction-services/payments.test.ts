import { beforeAll, describe, expect, test } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import {
  card,
  fetchAnswer,
  KEY,
  md5,
  newName,
  type ServicesMember,
  TRANSACTIONS,
} from '../../helpers/services-member.ts'

const DAY_SECONDS = 86_400

let florin: Florin
let member: ServicesMember
let other: ServicesMember

beforeAll(async () => {
  florin = await startFlorin()
  member = await florin.addMember('Tea House')
  other = await florin.addMember('Noodle Bar')
})

const book = async (merchantTransactionId: string): Promise<{ operation: string; amount: string; state: string }[]> =>
  (
    await florin.sandbox(
      'GET',
      `/sandbox/gateway/book?merchantTransactionId=${encodeURIComponent(merchantTransactionId)}`,
    )
  ).body

const authorize = async (fields: Record<string, string> = {}): Promise<string> => {
  const { paymentId, result } = await member.pay({ paymentType: 'PA', ...fields })
  expect(result.code).toBe('00001')
  return paymentId
}

const outcome = ({ status, transactionStatus, result }: { [name: string]: unknown; result: { code: string } }) => [
  result.code,
  status,
  transactionStatus,
]

describe('a DB', () => {
  test('takes the money and answers with everything that is known of it', async () => {
    const merchantTransactionId = newName()
    const answer = await member.pay({
      merchantTransactionId,
      amount: '50.00',
      currency: 'EUR',
      orderDescriptor: 'Two teas',
      'card.holder': 'Ada Bauer',
      'customer.email': 'ada@florin.example',
      'customer.givenName': 'Ada',
      'customer.surname': 'Bauer',
      'customer.customerId': 'C-1',
      tmpl_amount: '54.00',
      tmpl_currency: 'USD',
      ...card('4000000000000051', { cvv: '745' }),
    })
    const checksum = md5([answer.paymentId, merchantTransactionId, '50.00', 'Y', member.secureKey].join('|'))
    expect(answer).toEqual({
      paymentId: expect.stringMatching(/^[1-9]\d{9}$/),
      paymentType: 'DB',
      paymentBrand: 'VISA',
      paymentMode: 'CC',
      firstName: 'Ada',
      lastName: 'Bauer',
      amount: '50.00',
      currency: 'EUR',
      tmpl_amount: '54.00',
      tmpl_currency: 'USD',
      merchantTransactionId,
      descriptor: 'Two teas',
      orderDescription: 'Two teas',
      remark: 'Transaction succeeded',
      status: 'capturesuccess',
      transactionStatus: 'Y',
      captureamount: '50.00',
      refundamount: '0.00',
      eci: '07',
      bankReferenceId: expect.stringMatching(/^\d{6}$/),
      terminalId: '',
      checksum,
      card: {
        bin: '400000',
        last4Digits: '0051',
        lastFourDigits: '0051',
        holder: 'Ada Bauer',
        expiryMonth: '12',
        expiryYear: '2032',
      },
      customer: { email: 'ada@florin.example', id: 'C-1' },
      result: { code: '00001', description: 'Transaction succeeded' },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    })
    expect(await book(merchantTransactionId)).toMatchObject([
      { operation: 'purchase', amount: '50.00', state: 'approved' },
    ])
  })

  test('is the same from a form, from dotted and from nested JSON, and as XML', async () => {
    for (const as of ['form', 'dotted', 'nested'] as const) {
      const merchantTransactionId = newName('Bestellung-Ü+&')
      const fields = {
        ...card('4111111111111111'),
        merchantTransactionId,
        amount: '7.10',
        currency: 'USD',
        paymentType: 'DB',
        'customer.telnocc': '+44',
        ...member.proof(member.memberId, KEY, merchantTransactionId, '7.10'),
      }
      const { body, headers } = await member.send('payments', fields, { as, headers: { accept: 'text/xml' } })
      expect(headers.get('content-type')).toBe('application/xml; charset=UTF-8')
      expect(body).toContain('<result><code>00001</code>')
      expect(body).toContain(
        `<merchantTransactionId>${merchantTransactionId.replace('&', '&amp;')}</merchantTransactionId>`,
      )
      expect(body).not.toContain('undefined')
    }
  })

  test('that is declined says why, and leaves a payment that stays declined', async () => {
    const answer = await member.pay(card('4000000001000050'))
    expect(outcome(answer)).toEqual(['10001', 'authfailed', 'N'])
    expect(answer.result.reason).toBe('11051')
    expect(outcome(await member.inquire(answer.paymentId))).toEqual(['00026', 'authfailed', 'N'])
    expect((await member.refund(answer.paymentId, '50.00')).result.code).toBe('10006')
  })

  test('with a wrong code on a card that has one is declined', async () => {
    const answer = await member.pay(card('4000000000000051', { cvv: '111' }))
    expect(outcome(answer)).toEqual(['10001', 'authfailed', 'N'])
  })

  test('cannot be captured or reversed', async () => {
    const { paymentId } = await member.pay()
    const [captured, reversed] = [await member.capture(paymentId, '50.00'), await member.reverse(paymentId)]
    expect([captured.result.code, captured.result.reason, captured.paymentId]).toEqual(['10005', '20011', paymentId])
    expect([reversed.result.code, reversed.result.reason, reversed.paymentId]).toEqual(['10007', '20011', paymentId])
    expect((await member.inquire(paymentId)).status).toBe('capturesuccess')
  })

  test('in yen has two decimals that are nothing, in dinar two of three', async () => {
    const yen = await member.pay({ amount: '100.00', currency: 'JPY' })
    expect([yen.result.code, yen.amount, yen.captureamount]).toEqual(['00001', '100.00', '100.00'])
    expect((await member.pay({ amount: '100.50', currency: 'JPY' })).result.code).toBe('20003')
    const dinar = await member.pay({ amount: '1.25', currency: 'KWD' })
    expect([dinar.result.code, dinar.amount]).toEqual(['00001', '1.25'])
    const name = dinar.merchantTransactionId
    expect(await book(name)).toMatchObject([{ amount: '1.250' }])
  })
})

test.each([
  '50',
  '50.0',
  '50.000',
  '050.00',
  '.50',
  '50,00',
  '-1.00',
  '+1.00',
  '1e2',
  ' 50.00',
  '0.00',
  '٥٠.٠٠',
  '12345678901.00',
])('an amount of %j is refused although its checksum is right, and nothing is charged', async (amount) => {
  const merchantTransactionId = newName()
  const answer = await member.pay({ merchantTransactionId, amount })
  expect(answer).toMatchObject({ paymentId: '-', result: { code: '20003' } })
  expect(await book(merchantTransactionId)).toEqual([])
})

test('a JSON number is no amount', async () => {
  const merchantTransactionId = newName()
  const fields = { merchantTransactionId, currency: 'USD', paymentType: 'DB', ...card('4111111111111111') }
  const proof = member.proof(member.memberId, KEY, merchantTransactionId, '50')
  const body = JSON.stringify({ ...fields, ...proof, amount: 50 })
  const headers = { 'content-type': 'application/json', authtoken: await member.token() }
  const answer = await fetchAnswer(`${florin.url}${TRANSACTIONS}/payments`, { method: 'POST', headers, body })
  expect(answer.body.result.code).toBe('20003')
})

describe('a PA', () => {
  test('is captured in part, refunded in part, and neither again', async () => {
    const merchantTransactionId = newName()
    const paymentId = await authorize({ merchantTransactionId })
    expect(outcome(await member.inquire(paymentId))).toEqual(['00026', 'authsuccessful', 'Y'])

    const captured = await member.capture(paymentId, '30.00')
    expect(outcome(captured)).toEqual(['00004', 'capturesuccess', 'Y'])
    expect(captured).toMatchObject({ paymentId, referencedPaymentId: paymentId, paymentType: 'CP', amount: '30.00' })
    expect(captured.checksum).toBe(md5([paymentId, merchantTransactionId, '30.00', 'Y', member.secureKey].join('|')))
    expect((await member.capture(paymentId, '20.00')).result).toMatchObject({ code: '10005', reason: '20011' })
    expect((await member.reverse(paymentId)).result.code).toBe('10007')

    expect((await member.refund(paymentId, '30.01')).result.code).toBe('20012')
    const refunded = await member.refund(paymentId, '10.00')
    expect(outcome(refunded)).toEqual(['00005', 'reversed', 'Y'])
    expect(refunded).toMatchObject({ paymentId, referencedPaymentId: paymentId, paymentType: 'RF', amount: '10.00' })
    expect((await member.refund(paymentId, '10.00')).result).toMatchObject({ code: '10006', reason: '20013' })

    expect(await member.inquire(paymentId)).toMatchObject({
      status: 'reversed',
      transactionStatus: 'Y',
      amount: '50.00',
      captureamount: '30.00',
      refundamount: '10.00',
    })
    expect(await book(merchantTransactionId)).toMatchObject([
      { operation: 'authorize', amount: '50.00', state: 'approved' },
      { operation: 'capture', amount: '30.00', state: 'approved' },
      { operation: 'refund', amount: '10.00', state: 'approved' },
    ])
  })

  test('is refunded by what was captured, whole, and then it is over', async () => {
    const paymentId = await authorize()
    expect((await member.refund(paymentId, '50.00')).result).toMatchObject({ code: '10006', reason: '20011' })
    await member.capture(paymentId, '50.00')
    expect((await member.refund(paymentId, '50.00', { currency: 'EUR' })).result.code).toBe('20006')
    expect(outcome(await member.refund(paymentId, '50.00'))).toEqual(['00005', 'reversed', 'Y'])
    expect((await member.refund(paymentId, '0.01')).result).toMatchObject({ code: '10006', reason: '20013' })
  })

  test('is not captured beyond its amount, and by nothing at all', async () => {
    const paymentId = await authorize()
    expect((await member.capture(paymentId, '50.01')).result.code).toBe('20012')
    expect((await member.capture(paymentId, '0.00')).result.code).toBe('20003')
    expect((await member.capture(paymentId, '50.00', { currency: 'EUR' })).result.code).toBe('20006')
    expect((await member.capture(paymentId, '50.00', { currency: 'USD' })).result.code).toBe('00004')
  })

  test('is reversed whole, once, and then neither captured nor refunded', async () => {
    const merchantTransactionId = newName()
    const paymentId = await authorize({ merchantTransactionId })
    const part = await member.reverse(paymentId, { amount: '49.99' })
    expect(part.result.code).toBe('20003')
    const reversed = await member.reverse(paymentId, { amount: '50.00' })
    expect(outcome(reversed)).toEqual(['00006', 'cancelled', 'C'])
    expect(reversed).toMatchObject({ paymentId, referencedPaymentId: paymentId, paymentType: 'RV' })
    expect((await member.reverse(paymentId)).result).toMatchObject({ code: '10007', reason: '20011' })
    expect((await member.capture(paymentId, '50.00')).result).toMatchObject({ code: '10005', reason: '20011' })
    expect((await member.refund(paymentId, '50.00')).result).toMatchObject({ code: '10006', reason: '20011' })
    expect(outcome(await member.inquire(paymentId))).toEqual(['00026', 'cancelled', 'C'])
    expect(await book(merchantTransactionId)).toMatchObject([{ operation: 'authorize' }, { operation: 'void' }])
  })

  test('expires after seven days by the clock, and is then authcancelled', async () => {
    const [late, punctual] = [await authorize(), await authorize()]
    await florin.advance(7 * DAY_SECONDS - 60)
    expect(outcome(await member.inquire(late))).toEqual(['00026', 'authsuccessful', 'Y'])
    expect((await member.capture(punctual, '50.00')).result.code).toBe('00004')
    await florin.advance(61)
    expect((await member.list({ status: 'authcancelled' })).transaction).toHaveLength(1)
    expect(outcome(await member.inquire(late))).toEqual(['00026', 'authcancelled', 'C'])
    expect((await member.capture(late, '50.00')).result).toMatchObject({ code: '10005', reason: '20011' })
    expect((await member.reverse(late)).result.code).toBe('10007')
    const listed = async (status: string) =>
      ((await member.list({ status })).transaction ?? []).map((one: { systemPaymentId: string }) => one.systemPaymentId)
    expect(await listed('authcancelled')).toContain(late)
    for (const status of ['authsuccessful', 'cancelstarted']) expect(await listed(status)).not.toContain(late)
  })

  test('whose capture the gateway refuses stays authorized, and its refusal says so', async () => {
    const paymentId = await authorize(card('4000000001000159'))
    const refused = await member.capture(paymentId, '50.00')
    expect(refused.result).toMatchObject({ code: '10005', reason: '11005' })
    expect(refused.status).toBe('authsuccessful')
    expect((await member.reverse(paymentId)).result.code).toBe('00006')
  })

  test('of two captures at once exactly one is done', async () => {
    const merchantTransactionId = newName()
    const paymentId = await authorize({ merchantTransactionId })
    const answers = await Promise.all([member.capture(paymentId, '30.00'), member.capture(paymentId, '20.00')])
    expect(answers.filter(({ result }) => result.code === '00004')).toHaveLength(1)
    expect((await book(merchantTransactionId)).filter(({ operation }) => operation === 'capture')).toHaveLength(1)
    expect(['30.00', '20.00']).toContain((await member.inquire(paymentId)).captureamount)
  })

  test('of two refunds at once exactly one is done', async () => {
    const { paymentId, merchantTransactionId } = await member.pay()
    const answers = await Promise.all([member.refund(paymentId, '30.00'), member.refund(paymentId, '20.00')])
    expect(answers.map(({ result }) => result.code).sort()).toEqual(['00005', '10006'])
    expect((await book(merchantTransactionId)).filter(({ operation }) => operation === 'refund')).toHaveLength(1)
  })
})

describe('a refund', () => {
  test('that the gateway queues is pending until it is decided', async () => {
    const { paymentId } = await member.pay(card('4000000001000183'))
    expect(outcome(await member.refund(paymentId, '20.00'))).toEqual(['00003', 'markedforreversal', 'P'])
    expect((await member.refund(paymentId, '20.00')).result.code).toBe('10006')
    await florin.advance(10)
    await expect.poll(async () => (await member.inquire(paymentId)).status).toBe('reversed')
  })

  test('that the gateway refuses may be tried again', async () => {
    const { paymentId } = await member.pay(card('4000000001000175'))
    const refused = await member.refund(paymentId, '20.00')
    expect(outcome(refused)).toEqual(['10006', 'capturesuccess', 'Y'])
    expect(refused.result.reason).toBe('11005')
    expect(outcome(await member.refund(paymentId, '20.00'))).toEqual(['10006', 'capturesuccess', 'Y'])
  })
})

describe('an inquiry', () => {
  test('finds a payment by its id in the body or the path, by the merchant’s, and by its resourcePath', async () => {
    const { paymentId, merchantTransactionId } = await member.pay()
    const byId = member.proof(member.memberId, KEY, paymentId)
    const byName = member.proof(member.memberId, KEY, merchantTransactionId)
    const answers = [
      await member.send('inquiry', { paymentId, ...byId }),
      await member.send('inquiry', { idType: 'PID', paymentId, ...byId }),
      await member.send('inquiry', { idType: 'MID', merchantTransactionId, ...byName }),
      await member.send('inquiry', {
        idType: 'MID',
        merchantTransactionId,
        amount: '50.00',
        ...member.proof(member.memberId, KEY, merchantTransactionId, '50.00'),
      }),
      await member.send(`payments/${paymentId}`, { paymentType: 'IN', ...byId }),
      await member.send(`payments/${paymentId}`, { paymentType: 'IN', idType: 'PID', paymentId, ...byId }),
      await member.send(`payments/${merchantTransactionId}`, { paymentType: 'IN', idType: 'MID', ...byName }),
      await member.ask(`${TRANSACTIONS}/payments/${paymentId}`, byId),
      await member.ask(`${TRANSACTIONS}/payments/${merchantTransactionId}`, { idType: 'MID', ...byName }),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(body).toMatchObject({ paymentId, merchantTransactionId, status: 'capturesuccess', transactionStatus: 'Y' })
      expect(body.result).toEqual({ code: '00026', description: 'Your record found successfully' })
    }
  })

  test('does not find another member’s payment, and one that there is not, in the same words', async () => {
    const { paymentId, merchantTransactionId } = await other.pay()
    const nobody = String(BigInt(paymentId) + 1_000_000n)
    const answers = [
      await member.inquire(paymentId),
      await member.inquire(nobody),
      (
        await member.send('inquiry', {
          idType: 'MID',
          merchantTransactionId,
          ...member.proof(member.memberId, KEY, merchantTransactionId),
        })
      ).body,
      await member.capture(paymentId, '50.00'),
      await member.refund(paymentId, '50.00'),
      await member.reverse(paymentId),
    ]
    for (const answer of answers) {
      expect(answer.result).toEqual({ code: '10026', description: 'Record not found' })
      expect(answer.paymentId).toBe('-')
    }
    expect((await other.inquire(paymentId)).refundamount).toBe('0.00')
  })

  test('by a merchant’s id that looks like a number does not find the payment with that number', async () => {
    const first = await member.pay()
    const second = await member.pay({ merchantTransactionId: first.paymentId })
    expect(second.paymentId).not.toBe(first.paymentId)
    const byName = await member.send('inquiry', {
      idType: 'MID',
      merchantTransactionId: first.paymentId,
      ...member.proof(member.memberId, KEY, first.paymentId),
    })
    expect(byName.body.paymentId).toBe(second.paymentId)
    expect((await member.inquire(first.paymentId)).paymentId).toBe(first.paymentId)
  })

  test('whose ids disagree is refused', async () => {
    const [first, second] = [await member.pay(), await member.pay()]
    const { body } = await member.send(`payments/${first.paymentId}`, {
      paymentType: 'IN',
      paymentId: second.paymentId,
      ...member.proof(member.memberId, KEY, second.paymentId),
    })
    expect(body.result.code).toBe('20002')
  })
})

describe('a merchantTransactionId', () => {
  test('is used once: again it is a duplicate that shows the first payment as it stands', async () => {
    const merchantTransactionId = newName()
    const first = await member.pay({ merchantTransactionId })
    await member.refund(first.paymentId, '50.00')
    const again = await member.pay({ merchantTransactionId, amount: '70.00' })
    expect(again.result).toEqual({ code: '20008', description: 'Duplicate merchantTransactionId' })
    expect(again).toMatchObject({ paymentId: first.paymentId, status: 'reversed', amount: '50.00' })
    expect((await book(merchantTransactionId)).filter(({ operation }) => operation === 'purchase')).toHaveLength(1)
  })

  test('of a declined payment is used, too', async () => {
    const merchantTransactionId = newName()
    const first = await member.pay({ merchantTransactionId, ...card('4000000001000043') })
    const again = await member.pay({ merchantTransactionId })
    expect(again).toMatchObject({ paymentId: first.paymentId, status: 'authfailed', result: { code: '20008' } })
  })

  test('twenty times at once is charged once, and all copies name the one payment', async () => {
    const merchantTransactionId = newName()
    const answers = await Promise.all(Array.from({ length: 20 }, () => member.pay({ merchantTransactionId })))
    expect(new Set(answers.map(({ paymentId }) => paymentId)).size).toBe(1)
    const codes = answers.map(({ result }) => result.code)
    expect(codes.filter((code) => code === '00001')).toHaveLength(1)
    expect(codes.filter((code) => code === '20008')).toHaveLength(19)
    expect(await book(merchantTransactionId)).toMatchObject([{ operation: 'purchase', state: 'approved' }])
  })

  test('is each member’s own', async () => {
    const merchantTransactionId = newName()
    const [mine, theirs] = [await member.pay({ merchantTransactionId }), await other.pay({ merchantTransactionId })]
    expect([mine.result.code, theirs.result.code]).toEqual(['00001', '00001'])
    expect(mine.paymentId).not.toBe(theirs.paymentId)
  })
})

describe('a card that Florin issued', () => {
  test('is charged in the house, in the commit that makes the payment, and no gateway hears of it', async () => {
    const issued = await florin.addFundedCard('100.00')
    const { pan, cvv, expiryMonth, expiryYear } = issued
    const printed = card(pan, {
      cvv,
      expiryMonth: String(expiryMonth).padStart(2, '0'),
      expiryYear: String(expiryYear),
    })
    const merchantTransactionId = newName()
    const taken = await member.pay({ merchantTransactionId, amount: '60.00', ...printed })
    expect(outcome(taken)).toEqual(['00001', 'capturesuccess', 'Y'])
    expect(await book(merchantTransactionId)).toEqual([])
    const more = await member.pay({ amount: '60.00', ...printed })
    expect(outcome(more)).toEqual(['10001', 'authfailed', 'N'])
    expect(more.result.reason).toBe('11051')
    expect(outcome(await member.refund(taken.paymentId, '60.00'))).toEqual(['00005', 'reversed', 'Y'])

    const held = await member.pay({ paymentType: 'PA', amount: '100.00', ...printed })
    expect(outcome(held)).toEqual(['00001', 'authsuccessful', 'Y'])
    expect(outcome(await member.reverse(held.paymentId))).toEqual(['00006', 'cancelled', 'C'])
    expect((await member.pay({ amount: '100.00', ...printed })).result.code).toBe('00001')
  })

  test('is declined when what is printed on it is wrong', async () => {
    const issued = await florin.addFundedCard('100.00')
    const { pan, cvv, expiryMonth, expiryYear } = issued
    const expiry = { expiryMonth: String(expiryMonth).padStart(2, '0'), expiryYear: String(expiryYear) }
    const wrongCode = cvv === '123' ? '124' : '123'
    for (const printed of [
      card(pan, { ...expiry, cvv: wrongCode }),
      card(pan, { ...expiry, cvv, expiryYear: String(expiryYear + 1) }),
    ]) {
      const answer = await member.pay(printed)
      expect(outcome(answer)).toEqual(['10001', 'authfailed', 'N'])
      expect(answer.result.reason).toBe('11014')
    }
  })
})
