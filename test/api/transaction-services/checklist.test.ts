// The contradictions of the specification and its checklist of edge cases, and the tests that decide each of them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Files of this folder, or of test/ with a slash, and titles of tests in them. */
const DECIDED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'A-1 HTTP status: 200 for the business, errors for the call, all in the envelope': {
    statuses: ['about the payment has status 200, and about the call an error’s'],
    edge: [
      'to no endpoint, by a wrong method or that fails is answered in the same envelope',
      'of a member that cannot bear a 401 is refused with 200 when it was a token of that member',
      'is refused with 200 to everybody where the platform says so',
    ],
  },
  'A-2 a reversal is whole, and an amount beside it is compared': {
    payments: ['is reversed whole, once, and then neither captured nor refunded'],
  },
  'A-3 what is captured is refunded, once': {
    payments: ['is captured in part, refunded in part, and neither again'],
  },
  'A-4 a follow-up keeps the paymentId, and names it as referencedPaymentId, too': {
    payments: ['is captured in part, refunded in part, and neither again'],
  },
  'A-5 transactionStatus is short but in the list, status is long but in the form of the way back': {
    list: ['is of a status, which is what an inquiry says of each payment in it'],
    'three-d': ['is approved with the code on the gateway’s page, and brings the payer back by a form'],
    answers: ['with a list has the long status where others have the short one, and no list when nothing was found'],
  },
  'A-6 dates are in the order of the member': {
    list: [
      'reads dates in the order and writes times in the zone of its member',
      'is of the days that it names, both included',
    ],
  },
  'A-7 the URL is hashed decoded': {
    checksum: ['hashes the URL decoded: the one of the encoded URL is another'],
    invoices: ['the URL is hashed as it is and not as it is encoded, and the link has the number of its invoice'],
  },
  'A-8 an inquiry is by body, path, resourcePath and MID, and ids that disagree are refused': {
    payments: [
      'finds a payment by its id in the body or the path, by the merchant’s, and by its resourcePath',
      'whose ids disagree is refused',
    ],
  },
  'A-9 amounts have ten digits and two decimals, eight on the page': {
    payments: ['an amount of %j is refused although its checksum is right, and nothing is charged'],
    checkout: ['of more than eight digits'],
  },
  'A-10 two decimals in every currency': {
    payments: ['in yen has two decimals that are nothing, in dinar two of three'],
  },
  'A-11 a checksum of 33 characters is a wrong one': { security: ['a checksum that is not right opens nothing: %s'] },
  'A-12 an invoice has one number': {
    invoices: ['the URL is hashed as it is and not as it is encoded, and the link has the number of its invoice'],
  },
  'A-13 the token and the member must be one': { security: ['is of its member alone: %s'] },

  'B cross-use, length extension, | in a field': {
    checksum: [
      'an inquiry’s checksum is good for a reversal, a capture’s for a refund, a charge’s for a capture of that number',
      'extending is refused by the form of the id, bytes read as %s',
      'a | in a field would make two requests hash alike, and is refused in every field',
      'nothing is ever signed with the word null instead of the key',
    ],
    edge: ['whose id was extended for a known digest is refused for its form', 'that guesses checksums is counted'],
  },
  'C token': {
    security: ['that is not right opens nothing: %s', 'may be in a header of any letter case: %s'],
    tokens: ['a token works for an hour to the second, and is then exchanged, once'],
  },
  'C body': {
    fields: [
      'is the same as a form, as dotted JSON, as nested JSON and as a mixture',
      'a leaf that is dotted and nested with other values',
      'knows + and %2B, empty values, names without a value and empty pairs',
      '17 levels',
      '__proto__',
    ],
    edge: ['with %s is %i, %s'],
    formats: ['for Accept: %s is %s'],
    payments: ['is the same from a form, from dotted and from nested JSON, and as XML'],
  },
  'C amount': {
    payments: [
      'an amount of %j is refused although its checksum is right, and nothing is charged',
      'a JSON number is no amount',
    ],
  },
  'C checksum': {
    checksum: [
      'that is not 32 hex digits (%j) is refused without an error',
      'a checksum of one member or of one operation is not right for others',
    ],
    security: ['a checksum that is not right opens nothing: %s'],
  },
  'C capture': {
    payments: [
      'is captured in part, refunded in part, and neither again',
      'is not captured beyond its amount, and by nothing at all',
      'is reversed whole, once, and then neither captured nor refunded',
      'expires after seven days by the clock, and is then authcancelled',
      'cannot be captured or reversed',
      'of two captures at once exactly one is done',
    ],
  },
  'C refund': {
    payments: [
      'is refunded by what was captured, whole, and then it is over',
      'of two refunds at once exactly one is done',
      'that the gateway queues is pending until it is decided',
    ],
    payouts: ['nobody is paid out by a payment that is another’s, not captured, declined, or itself a payout'],
  },
  'C reversal': {
    payments: ['is reversed whole, once, and then neither captured nor refunded', 'cannot be captured or reversed'],
  },
  'C inquiry': {
    payments: [
      'does not find another member’s payment, and one that there is not, in the same words',
      'by a merchant’s id that looks like a number does not find the payment with that number',
    ],
  },
  'C list': {
    list: [
      'without a payment there is no list, with one there is a list of one',
      'is in pages, newest first, and a page beyond the end is empty',
      'is of its member alone',
    ],
  },
  'C recurring': {
    recurring: [
      'after a payment that was not INITIAL, or that failed',
      'with a registration that no INITIAL payment was made with',
      'after the registration was deleted',
      'on another member’s payment, and its agreement is not another’s to cancel',
      'in another currency',
      'is followed by two REPEATED ones without the cardholder, by its id',
    ],
  },
  'C stored cards': {
    recurring: [
      'comes with a payment that asked for it, and not with one that was declined',
      'of the same card is another one',
      'of an expired card can be kept, and not be paid with',
      'is deleted once, and then nothing is paid with it',
    ],
  },
  'C 3-D Secure': {
    'three-d': [
      'is required by only3D, and then a card that cannot do it is declined',
      'is over by the clock when the payer never comes back',
      'is taken once when the payer comes back twice and posts the gateway’s form again',
      'is told to the shop before its payer is back there, and is the same when he comes',
      'does not send a payer to %s',
      'is decided at once where the gateway needs no payer',
    ],
  },
  'C callback': {
    callbacks: [
      'a payment is told of when it begins and when it is decided, in that order, each signed in three ways',
      'no payment is made that would be told to %s',
      'a notificationUrl without a scheme is https',
    ],
    'webhooks/deliver-callbacks': [
      'the steps of a payment keep their order over failures, and other payments do not wait',
      'a redirect is not followed',
      'a name is looked up at every try: what turns inwards is not called any more',
      'a receiver that streams without end has answered, and is read no further than 64 kB',
    ],
  },
  'C invoice': {
    invoices: [
      'of two browsers at once one pays, and nothing is charged twice',
      'a cancelled invoice tells its customer, and neither its page nor a form that was open pays it',
      'an invoice expires by the clock, and lives again under another link',
      'a link with letters that are missing or guessed opens nothing',
      'another link kills the one before',
      'an e-mail address that would be a header, and a name that would be two fields, are refused',
    ],
    'pages/pay-invoice': ['HTML in what a merchant writes stays text'],
  },
  'C XML': {
    formats: ['never has markup or illegal characters of a value', 'leaves out what XML cannot hold'],
    edge: ['with %s is %i, %s'],
  },
  'C time': {
    formats: [
      'are without a zone, in the zone of the member',
      'of days begin at midnight in the zone, also when clocks change',
    ],
    list: ['reads dates in the order and writes times in the zone of its member'],
  },
  'C standing data': {
    security: ['card numbers, their codes, secure keys and tokens are in no log, answer, callback, page or column'],
  },
}

const read = (name: string): string => {
  const path = name.includes('/') ? join('..', '..', name) : name
  return readFileSync(join(import.meta.dirname, `${path}.test.ts`), 'utf8')
}

test.each(Object.entries(DECIDED))('there are tests that decide %s', (_item, files) => {
  for (const [name, titles] of Object.entries(files)) {
    const text = read(name)
    expect(titles.filter((title) => !text.includes(`'${title}'`))).toEqual([])
  }
})

test('every contradiction is decided', () => {
  const numbers = Object.keys(DECIDED).flatMap((item) => /^A-(\d+) /.exec(item)?.[1] ?? [])
  expect(numbers.map(Number)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1))
})
