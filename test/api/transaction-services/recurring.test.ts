import { beforeAll, describe, expect, test } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { createPayer } from '../../helpers/payer.ts'
import {
  card,
  type Fields,
  fetchAnswer,
  KEY,
  newName,
  type ServicesMember,
  signatureOf,
  TRANSACTIONS,
} from '../../helpers/services-member.ts'

let florin: Florin
let member: ServicesMember
let other: ServicesMember

beforeAll(async () => {
  florin = await startFlorin()
  member = await florin.addMember('Tea House')
  other = await florin.addMember('Noodle Bar')
})

const TOKEN = /^[A-Za-z0-9]{32}$/

const cancelAgreement = async (by: ServicesMember, paymentId: string) =>
  (await by.send(`agreements/${paymentId}/cancel`, by.proof(by.memberId, KEY, paymentId))).body

const printedOn = ({ pan, cvv, expiryMonth, expiryYear }: Awaited<ReturnType<Florin['addFundedCard']>>) =>
  card(pan, { cvv, expiryMonth: String(expiryMonth).padStart(2, '0'), expiryYear: String(expiryYear) })

describe('a registration', () => {
  test('keeps a card without a payment, and is paid with by its token', async () => {
    const kept = await member.register({ 'card.holder': 'Ada Bauer' })
    expect(kept).toEqual({
      memberId: member.memberId,
      registrationId: expect.stringMatching(TOKEN),
      id: kept.registrationId,
      paymentBrand: 'VISA',
      paymentMode: 'CC',
      card: {
        ...{ bin: '411111', last4Digits: '1111', lastFourDigits: '1111', holder: 'Ada Bauer' },
        ...{ expiryMonth: '12', expiryYear: '2032' },
      },
      result: { code: '00002', description: 'Card registered successfully' },
      timestamp: expect.any(String),
    })
    const paid = await member.payWithToken(kept.registrationId, { 'card.cvv': '123' })
    expect(paid).toMatchObject({
      status: 'capturesuccess',
      paymentBrand: 'VISA',
      paymentMode: 'CC',
      card: kept.card,
      result: { code: '00001' },
    })
    const held = await member.payWithToken(kept.registrationId, { 'card.cvv': '123', paymentType: 'PA' })
    expect(held.status).toBe('authsuccessful')
  })

  test('comes with a payment that asked for it, and not with one that was declined', async () => {
    for (const createRegistration of ['true', 'TRUE']) {
      const paid = await member.pay({ createRegistration })
      expect(paid.registrationId).toMatch(TOKEN)
      expect((await member.inquire(paid.paymentId)).registrationId).toBe(paid.registrationId)
      expect((await member.payWithToken(paid.registrationId, { 'card.cvv': '123' })).result.code).toBe('00001')
    }
    for (const fields of [
      { createRegistration: 'false' },
      { createRegistration: 'true', ...card('4000000001000043') },
    ]) {
      const answer = await member.pay(fields)
      expect(answer).not.toHaveProperty('registrationId')
      expect(await member.inquire(answer.paymentId)).not.toHaveProperty('registrationId')
    }
    expect((await member.pay({ createRegistration: 'yes' })).result.code).toBe('20002')
  })

  test('of the same card is another one', async () => {
    const [first, second] = [await member.register(), await member.register()]
    expect(first.registrationId).not.toBe(second.registrationId)
    await member.forget(first.registrationId)
    expect((await member.payWithToken(second.registrationId, { 'card.cvv': '123' })).result.code).toBe('00001')
  })

  test('of an expired card can be kept, and not be paid with', async () => {
    const kept = await member.register(card('4111111111111111', { expiryYear: '2024' }))
    expect(kept.registrationId).toMatch(TOKEN)
    const paid = await member.payWithToken(kept.registrationId, { 'card.cvv': '123' })
    expect(paid.result).toMatchObject({ code: '10001', reason: '11054' })
  })

  test('is deleted once, and then nothing is paid with it', async () => {
    const { registrationId } = await member.register()
    expect(await member.forget(registrationId)).toMatchObject({
      registrationId,
      id: registrationId,
      result: { code: '00007' },
    })
    expect((await member.forget(registrationId)).result.code).toBe('10026')
    expect((await member.payWithToken(registrationId, { 'card.cvv': '123' })).result.code).toBe('10026')
  })

  test('is deleted by a DELETE, too, with its fields in the query or in the body, or signed', async () => {
    const remove = async (query: Fields, body?: Fields, signed?: (target: string, body: string) => string) => {
      const { registrationId } = await member.register()
      const proof = member.proof(member.memberId, KEY, registrationId)
      const named = (fields: Fields) => ({ ...fields, ...(fields.checksum === '' ? {} : proof), checksum: '' })
      const form = body && new URLSearchParams({ ...named(body) }).toString()
      const target = `${TRANSACTIONS}/registrations/${registrationId}${body ? '' : `?${new URLSearchParams({ ...named(query) })}`}`
      const answer = await fetchAnswer(florin.url + target, {
        method: 'DELETE',
        headers: {
          authtoken: await member.token(),
          ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
          ...(signed && { 'x-signature': signed(target, form ?? '') }),
        },
        ...(form !== undefined && { body: form }),
      })
      return [answer.body.result.code, (await member.forget(registrationId)).result.code]
    }
    const key = member.secureKey
    const unsummed = { 'authentication.memberId': member.memberId, checksum: '' }
    expect(await remove({})).toEqual(['00007', '10026'])
    expect(await remove({}, {})).toEqual(['00007', '10026'])
    expect(await remove(unsummed)).toEqual(['20001', '00007'])
    expect(await remove(unsummed, undefined, (target) => signatureOf(key, target))).toEqual(['00007', '10026'])
    expect(await remove(unsummed, undefined, () => signatureOf(key, ''))).toEqual(['20007', '00007'])
    // A signature of the body does not cover the path: what the path names must be in the body, too.
    expect(await remove({}, unsummed, (_, body) => signatureOf(key, body))).toEqual(['20001', '00007'])
  })

  test('is of its member alone', async () => {
    const { registrationId } = await member.register()
    expect((await other.payWithToken(registrationId, { 'card.cvv': '123' })).result.code).toBe('10026')
    expect((await other.forget(registrationId)).result.code).toBe('10026')
    expect((await member.payWithToken(registrationId, { 'card.cvv': '123' })).result.code).toBe('00001')
  })

  test('of a card that Florin issued is charged in the house', async () => {
    const issued = await florin.addFundedCard('100.00')
    const { registrationId } = await member.register(printedOn(issued))
    const merchantTransactionId = newName()
    const fields = { merchantTransactionId, amount: '60.00', 'card.cvv': issued.cvv }
    expect((await member.payWithToken(registrationId, fields)).result.code).toBe('00001')
    const { body } = await florin.sandbox('GET', `/sandbox/gateway/book?merchantTransactionId=${merchantTransactionId}`)
    expect(body).toEqual([])
    const again = await member.payWithToken(registrationId, { amount: '60.00', 'card.cvv': issued.cvv })
    expect(again.result).toMatchObject({ code: '10001', reason: '11051' })
    const wrong = await member.register({ ...printedOn(issued), 'card.expiryYear': String(issued.expiryYear + 1) })
    expect(wrong).not.toHaveProperty('registrationId')
  })

  test('can be authenticated like a card that was entered', async () => {
    const { registrationId } = await member.register(card('4000000000000002', { cvv: '237' }))
    const paid = await member.payWithToken(registrationId, {
      'card.cvv': '237',
      merchantRedirectUrl: 'https://shop.example/return',
    })
    expect(paid).toMatchObject({ transactionStatus: '3D', redirect: { method: 'POST' } })
  })
})

describe('an INITIAL payment', () => {
  test('is followed by two REPEATED ones without the cardholder, by its id', async () => {
    const initial = await member.pay({ recurringType: 'INITIAL' })
    expect(initial.result.code).toBe('00001')
    expect(initial).not.toHaveProperty('registrationId')
    const paid = []
    for (const amount of ['9.90', '19.90']) {
      const repeated = await member.repeat(initial.paymentId, { amount })
      expect(repeated).toMatchObject({
        status: 'capturesuccess',
        amount,
        card: initial.card,
        result: { code: '00001' },
      })
      expect(repeated.paymentId).not.toBe(initial.paymentId)
      paid.push(repeated.paymentId)
    }
    expect((await member.repeat(initial.paymentId, { 'card.cvv': '123' })).result.code).toBe('00001')
    expect(new Set(paid).size).toBe(2)
    const held = await member.repeat(initial.paymentId, { paymentType: 'PA' })
    expect(held.status).toBe('authsuccessful')
  })

  test('is followed by two REPEATED ones by its registration', async () => {
    const initial = await member.pay({ recurringType: 'INITIAL', createRegistration: 'true' })
    for (let i = 0; i < 2; i++) {
      const repeated = await member.payWithToken(initial.registrationId, { recurringType: 'REPEATED' })
      expect(repeated).toMatchObject({ status: 'capturesuccess', result: { code: '00001' } })
    }
    const kept = await member.register()
    const first = await member.payWithToken(kept.registrationId, { recurringType: 'INITIAL', 'card.cvv': '123' })
    expect(first.result.code).toBe('00001')
    expect((await member.payWithToken(kept.registrationId, { recurringType: 'REPEATED' })).result.code).toBe('00001')
    expect((await member.repeat(first.paymentId)).result.code).toBe('00001')
  })

  test('needs the code of the card', async () => {
    const answer = await member.pay({
      recurringType: 'INITIAL',
      ...card('4111111111111111', { cvv: '' }),
      'card.cvv': '',
    })
    expect(answer.result).toMatchObject({ code: '20001', description: 'card.cvv is required' })
  })

  test('may be authenticated, and is then repeated without asking again', async () => {
    const initial = await member.pay({
      recurringType: 'INITIAL',
      ...card('4000000000000002', { cvv: '237' }),
      merchantRedirectUrl: 'https://shop.example/return',
    })
    expect((await member.repeat(initial.paymentId)).result.code).toBe('10002')
    const payer = createPayer()
    await payer.follow(initial.redirect)
    const code = /Your code is <code>(\d{6})</.exec(payer.page().html)?.[1] ?? ''
    await payer.submit('approve', { code })
    await payer.submit('Back to the shop')
    expect((await member.inquire(initial.paymentId)).transactionStatus).toBe('Y')
    expect((await member.repeat(initial.paymentId)).transactionStatus).toBe('Y')
  })

  test('of a card that Florin issued is repeated in the house', async () => {
    const issued = await florin.addFundedCard('100.00')
    const initial = await member.pay({ recurringType: 'INITIAL', amount: '10.00', ...printedOn(issued) })
    expect((await member.repeat(initial.paymentId, { amount: '90.00' })).result.code).toBe('00001')
    expect((await member.repeat(initial.paymentId, { amount: '0.01' })).result.reason).toBe('11051')
  })
})

describe('a REPEATED payment is refused', () => {
  const code = async (answer: Promise<{ result: { code: string } }>) => (await answer).result.code

  test('after a payment that was not INITIAL, or that failed', async () => {
    const plain = await member.pay()
    expect(await code(member.repeat(plain.paymentId))).toBe('10002')
    const failed = await member.pay({ recurringType: 'INITIAL', ...card('4000000001000043') })
    expect(await code(member.repeat(failed.paymentId))).toBe('10002')
    const reversed = await member.pay({ recurringType: 'INITIAL', paymentType: 'PA' })
    await member.reverse(reversed.paymentId)
    expect(await code(member.repeat(reversed.paymentId))).toBe('10002')
  })

  test('with a registration that no INITIAL payment was made with', async () => {
    const { registrationId } = await member.register()
    expect(await code(member.payWithToken(registrationId, { recurringType: 'REPEATED' }))).toBe('10002')
    const paid = await member.pay({ createRegistration: 'true' })
    expect(await code(member.payWithToken(paid.registrationId, { recurringType: 'REPEATED' }))).toBe('10002')
    const declined = await member.register(card('4000000001000043'))
    await member.payWithToken(declined.registrationId, { recurringType: 'INITIAL', 'card.cvv': '123' })
    expect(await code(member.payWithToken(declined.registrationId, { recurringType: 'REPEATED' }))).toBe('10002')
  })

  test('after the agreement was cancelled, by its id and by its registration', async () => {
    const initial = await member.pay({ recurringType: 'INITIAL', createRegistration: 'true' })
    expect((await cancelAgreement(member, initial.paymentId)).result.code).toBe('00026')
    expect((await cancelAgreement(member, initial.paymentId)).result.code).toBe('00026')
    expect(await code(member.repeat(initial.paymentId))).toBe('10002')
    expect(await code(member.payWithToken(initial.registrationId, { recurringType: 'REPEATED' }))).toBe('10002')
    const withCardholder = await member.payWithToken(initial.registrationId, { 'card.cvv': '123' })
    expect(withCardholder.result.code).toBe('00001')
  })

  test('after the registration was deleted', async () => {
    const initial = await member.pay({ recurringType: 'INITIAL', createRegistration: 'true' })
    await member.forget(initial.registrationId)
    expect(await code(member.repeat(initial.paymentId))).toBe('10002')
    expect(await code(member.payWithToken(initial.registrationId, { recurringType: 'REPEATED' }))).toBe('10026')
  })

  test('on another member’s payment, and its agreement is not another’s to cancel', async () => {
    const initial = await member.pay({ recurringType: 'INITIAL', createRegistration: 'true' })
    expect(await code(other.repeat(initial.paymentId))).toBe('10026')
    expect(await code(other.payWithToken(initial.registrationId, { recurringType: 'REPEATED' }))).toBe('10026')
    expect((await cancelAgreement(other, initial.paymentId)).result.code).toBe('10026')
    expect(await code(member.repeat(initial.paymentId))).toBe('00001')
  })

  test('in another currency', async () => {
    const initial = await member.pay({ recurringType: 'INITIAL', createRegistration: 'true' })
    expect(await code(member.repeat(initial.paymentId, { currency: 'EUR' }))).toBe('20006')
    const token = initial.registrationId
    expect(await code(member.payWithToken(token, { recurringType: 'REPEATED', currency: 'EUR' }))).toBe('20006')
  })

  test('under a name that was used before', async () => {
    const initial = await member.pay({ recurringType: 'INITIAL' })
    const { merchantTransactionId } = initial
    const again = await member.repeat(initial.paymentId, { merchantTransactionId })
    expect(again).toMatchObject({ paymentId: initial.paymentId, result: { code: '20008' } })
  })
})
