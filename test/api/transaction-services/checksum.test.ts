import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  CHECKSUM_RULES,
  type ChecksumRule,
  checksumOf,
  findMd5Problem,
  type HashedValues,
  isChecksum,
} from '../../../src/api/transaction-services/checksum.ts'
import { Secret } from '../../../src/secret.ts'

const KEY = new Secret('sk_TEST_7f3c2a9b51')
const MEMBER = { memberId: '10042' }
const ORDER = { ...MEMBER, merchantTransactionId: 'ORD-2001' }
const URL = 'https://shop.example/return'

/** The specification's examples, each computed there with another tool. */
const VECTORS: readonly [ChecksumRule, HashedValues, string][] = [
  ['C1', { ...ORDER, amount: '50.00' }, 'd2ae514c64e62fb23e0114050fe92e6c'],
  ['C1', { ...MEMBER, merchantTransactionId: 'Bestellung-Ü1', amount: '50.00' }, '8f74e066f813f161d83e9138d582692f'],
  ['C1', { ...MEMBER, merchantTransactionId: 'ORD-2002', amount: '15.00' }, '327f9d3fa139d839e04f917c96ed5e2d'],
  ['C2', { ...MEMBER, paymentId: '900001', amount: '50.00' }, '393e8f9b7b0211dcbb9adc8c8efcf05b'],
  ['C2', { ...MEMBER, paymentId: '900001', amount: '20.00' }, '2dbcae0df4c8acdd7f39d4b2943dd336'],
  ['C3', { ...MEMBER, paymentId: '900001' }, '30665a69b40eb5aa14c3ef5a1010fefc'],
  ['C3b', ORDER, '9ed6cc42953bfacb83677cf41dd7d92d'],
  ['C4', MEMBER, '7279c91b3f3da1bd001bd31c42df5e19'],
  ['C5', { ...MEMBER, merchantTransactionId: 'ORD-PO-1', amount: '25.00' }, 'd40015bcf1266010118e4a92c1400c51'],
  [
    'C6',
    { ...MEMBER, merchantInvoiceId: 'INV-77', amount: '125.00', merchantRedirectUrl: URL },
    '1bf6d8f6738a349be08ecb50886fc81f',
  ],
  ['C7', { ...MEMBER, invoiceId: '5501', merchantRedirectUrl: URL }, '1ec7a1d527af96fc4f95649ea978c4d7'],
  ['C8', { ...MEMBER, merchantInvoiceId: 'INV-77' }, 'c4df0415a5d0da9f00aa32f766207f4d'],
  ['C9', { ...MEMBER, merchantRedirectUrl: URL }, 'a3a2fb5be479e623e1554f59dafd7fc9'],
  ['C11', { ...ORDER, totype: 'Acme', amount: '50.00', merchantRedirectUrl: URL }, 'adcbae271d4ece48055e4194875c8efa'],
  [
    'C12',
    { merchantTransactionId: 'ORD-2001', paymentId: '900001', amount: '50.00', status: 'Y' },
    '8aa06071fce6415e44c3dc6bae697845',
  ],
  [
    'C12',
    { merchantTransactionId: 'ORD-2001', paymentId: '900001', amount: '50.00', status: 'N' },
    '9868ce2bfe7c195b809aff868bd86fae',
  ],
  [
    'C12',
    { merchantTransactionId: 'ORD-2001', paymentId: '900001', amount: '50.00', status: '3D' },
    'ee4a4d522fe5130e42c41afaab5cfc44',
  ],
  ['C14', { ...MEMBER, registrationId: 'reg_8f2ac1' }, '182c80a3268b6d4f95a5bd22c9473c85'],
]

const is = (rule: ChecksumRule, values: HashedValues, checksum: string) => isChecksum(rule, [KEY], values, checksum)

describe('a checksum', () => {
  test.each(VECTORS)('by rule %s of %j is the one of the specification', (rule, values, checksum) => {
    expect(checksumOf(rule, KEY, values)).toBe(checksum)
    expect(is(rule, values, checksum)).toBe(true)
    expect(is(rule, values, checksum.toUpperCase())).toBe(true)
  })

  test('has an example here for every rule', () => {
    const missing = Object.keys(CHECKSUM_RULES).filter((rule) => !VECTORS.some(([name]) => name === rule))
    expect(missing).toEqual(['C3c']) // which hashes what C1 does
    expect(CHECKSUM_RULES.C3c).toBe(CHECKSUM_RULES.C1)
  })

  test.each(['50', '50.0', '50.000', '050.00', '.50', '50,00', '-1.00', '+1.00', '1e2', ' 50.00', '٥٠.٠٠', '05.00'])(
    'is not made of the amount %j, though it would be right for that text',
    (amount) => {
      const text = `10042|${KEY.reveal()}|ORD-2001|${amount}`
      const right = createHash('md5').update(text).digest('hex')
      expect(() => is('C1', { ...ORDER, amount }, right)).toThrow('amount has the wrong format')
    },
  )

  test.each<[string, string]>([
    ['50', '33c86818270f635ecc48fdb0f2cd711e'],
    ['50.0', '23f76aefc392b94ae384cfa932a957a9'],
    ['05.00', '77f0dcf8295260c174ca1427f16b676f'],
  ])('of the amount %s is not the one of 50.00', (_amount, checksum) => {
    expect(is('C1', { ...ORDER, amount: '50.00' }, checksum)).toBe(false)
  })

  test('hashes the URL decoded: the one of the encoded URL is another', () => {
    const values = { ...MEMBER, merchantInvoiceId: 'INV-77', amount: '125.00', merchantRedirectUrl: URL }
    expect(is('C6', values, '3931662b28d5871d0a98de76ca52545f')).toBe(false)
  })

  test('is over the short status, not the long one', () => {
    const values = { merchantTransactionId: 'ORD-2001', paymentId: '900001', amount: '50.00' }
    expect(is('C12', { ...values, status: 'Y' }, 'c554e12fe5bf9b7a5010c1ee3aac3520')).toBe(false)
    expect(() => checksumOf('C12', KEY, { ...values, status: 'capturesuccess' })).toThrow('status')
  })

  test.each([
    '',
    'd2ae514c64e62fb23e0114050fe92e6',
    'd2ae514c64e62fb23e0114050fe92e6cd',
    'g'.repeat(32),
    ' '.repeat(32),
  ])('that is not 32 hex digits (%j) is refused without an error', (checksum) => {
    expect(is('C1', { ...ORDER, amount: '50.00' }, checksum)).toBe(false)
  })

  test('is right under each of two keys, and under no key for nobody', () => {
    const [rule, values, checksum] = VECTORS[0] ?? (VECTORS[0] as never)
    const another = new Secret('sk_TEST_another')
    expect(isChecksum(rule, [another, KEY], values, checksum)).toBe(true)
    expect(isChecksum(rule, [another], values, checksum)).toBe(false)
    expect(isChecksum(rule, [], values, checksum)).toBe(false)
  })
})

describe('what an attacker could do with MD5', () => {
  // The key stands inside the text: a digest of `…|900001` gives that of `…|900001<padding>|9999.00` without the key.
  const padding = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(24), Buffer.from([0xf8]), Buffer.alloc(7)])
  const extended = '4736c24ca4f659a4579f2f51fd047717'

  test('extending a digest really works against a server that hashes whatever bytes it got', () => {
    const prefix = Buffer.from(`10042|${KEY.reveal()}|900001`)
    const bytes = Buffer.concat([prefix, padding, Buffer.from('|9999.00')])
    expect(createHash('md5').update(bytes).digest('hex')).toBe(extended)
  })

  test.each(['latin1', 'utf8'] as const)('extending is refused by the form of the id, bytes read as %s', (encoding) => {
    const paymentId = Buffer.concat([Buffer.from('900001'), padding]).toString(encoding)
    expect(() => is('C2', { ...MEMBER, paymentId, amount: '9999.00' }, extended)).toThrow('paymentId')
  })

  test('a | in a field would make two requests hash alike, and is refused in every field', () => {
    const alike = createHash('md5').update(`10042|${KEY.reveal()}|A|1.00|2.00`).digest('hex')
    expect(() => is('C1', { ...MEMBER, merchantTransactionId: 'A|1.00', amount: '2.00' }, alike)).toThrow(
      'merchantTransactionId has the wrong format',
    )
    for (const [rule, values] of VECTORS) {
      for (const name of Object.keys(values)) {
        const changed = { ...values, [name]: `${values[name as keyof HashedValues]}|x` }
        expect(() => checksumOf(rule, KEY, changed)).toThrow(`${name} has the wrong format`)
      }
    }
  })

  test('nothing is ever signed with the word null instead of the key', () => {
    const forged = '3ba3c2d6b0680ce8aa0b897412e550ff' // md5('null|ORD-2001|50.00|C|null')
    expect(createHash('md5').update('null|ORD-2001|50.00|C|null').digest('hex')).toBe(forged)
    const values = { merchantTransactionId: 'ORD-2001', amount: '50.00', status: 'C' }
    expect(() => is('C12', { ...values, paymentId: 'null' }, forged)).toThrow('paymentId')
    expect(() => is('C12', values, forged)).toThrow('paymentId')
    expect(is('C12', { ...values, paymentId: '900001' }, forged)).toBe(false)
  })

  // What the scheme cannot prevent. The token, its member and the payment's state have to.
  test('an inquiry’s checksum is good for a reversal, a capture’s for a refund, a charge’s for a capture of that number', () => {
    expect(CHECKSUM_RULES.C3).toBe('memberId|secureKey|paymentId') // both IN and RV
    expect(CHECKSUM_RULES.C2).toBe('memberId|secureKey|paymentId|amount') // both CP and RF
    const values = { ...MEMBER, amount: '50.00' }
    const charge = checksumOf('C1', KEY, { ...values, merchantTransactionId: '900001' })
    expect(is('C2', { ...values, paymentId: '900001' }, charge)).toBe(true)
  })

  test('a checksum of one member or of one operation is not right for others', () => {
    const [, values, checksum] = VECTORS[3] ?? (VECTORS[3] as never)
    expect(isChecksum('C2', [new Secret('sk_TEST_0000000001')], values, checksum)).toBe(false)
    expect(is('C3', values, checksum)).toBe(false)
    expect(is('C2', { ...values, amount: '50.01' }, checksum)).toBe(false)
  })
})

test('MD5 works in this Node', () => {
  expect(findMd5Problem()).toBeUndefined()
})
