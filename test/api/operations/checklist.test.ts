// The edge cases that the contract lists, by their numbers, and the tests that decide each of them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Files of this folder, or of test/ with a slash, and titles of tests in them. */
const DECIDED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '1 what a Tracking-Key does, case by case': {
    'tracking-key': [
      'T1, T3: it executes once, and is answered again in the seed’s own shape',
      'T4, T5, T6, T7: whatever is sent along is ignored: it is the first one’s key',
      'T8: without an identifier it is refused',
      'T9: internal operations know nothing of it',
      'T10: without a key two equal refunds are two',
      'T13: keys of two merchants never meet',
      'T14: it is opaque: quotes belong to it, spaces around it do not, an empty one is none, and a long one is refused',
      'T16: it is answered also when the payment was deleted since',
    ],
    'checkouts/find': ['what another face did to it is a child, too'],
    requests: ['goes to the gateway; a wallet is only looked at for refunds'],
  },
  '2 a key after a failure': {
    'tracking-key': ['T2: a key whose operation failed may be used again, and executes'],
    edge: ['a %s that the bank declines is 400, no child, told nobody, and its key is free'],
  },
  '3 a key of another payment and operation': {
    'tracking-key': ['T4, T5, T6, T7: whatever is sent along is ignored: it is the first one’s key'],
  },
  '4 a key of what was queued': {
    'tracking-key': [
      'T11: what was queued is answered as it stands by now',
      'T11: what was queued and is %s later is answered so, as the child that it is',
    ],
  },
  '5 ten requests with one key': {
    'tracking-key': ['T12: of ten at once one executes and is told of once, and the others are told how it went'],
  },
  '6 ten refunds without a key': { states: ['ten refunds of everything at once are one refund'] },
  '7 a key over a restart, and of a command that was undone': {
    'tracking-key': ['a key is known to the server that is started next, and executes nothing there'],
    'checkouts/operate': ['a key is not kept of a command that was undone'],
  },
  '8 an answer that is given again': {
    'tracking-key': [
      'T15: who may not ask is told nothing',
      'an answer that is given again is not written down as done',
    ],
    webhooks: ['an operation that failed is told nobody, and neither is a key that is asked again'],
  },
  '9, 10 every operation in every state': {
    states: ['%s in state %s', 'every operation on what was deleted finds nothing'],
    access: ['payment.%s alone allows exactly its operation, before anybody learns whether the payment is there'],
  },
  '11 a late success': {
    'payments/claim': [
      'a success that comes late pays what is %s',
      'a success that comes late is surplus when the merchant had made it %s',
    ],
    'checkouts/pay': ['a success that comes after it was %s leaves it %s'],
  },
  '12 what is deleted': {
    states: ['%s in state %s', 'what was %s and is deleted is on no list of any face'],
    'checkouts/remove': [
      'what is %s is only hidden, and comes back as it was',
      'anything else is gone for good, and nothing that is left says whose it was',
    ],
    'pages/short-address': ['what is hidden or gone has no short address, and what comes back has it again'],
    'pages/invoice-document': ['there is no document of what is no invoice, and none of one that was deleted'],
  },
  '13 what is restored': { states: ['what was %s is restored with its children and amounts'] },
  '14 how amounts are written': {
    edge: [
      'of %j is the same in a checkout, a capture and a refund, in every currency',
      'in %s has %i decimals, and not one more',
    ],
    operation: ['an amount of "%s" is refused', 'an amount of %j is one dollar'],
    checkout: ['%j of %s is %s', 'an amount of %j is refused'],
    reader: ['is read as it is written, however many zeros stand around it'],
  },
  '15 refunds in parts': {
    operation: [
      'thirty and seventy of a hundred are all of it',
      'an amount of null is what is left, and yen have no decimals',
    ],
    'checkouts/operate': ['what was paid is refunded in parts and then what is left, and no more'],
  },
  '16 sums that are no sums of doubles': {
    operation: ['parts of %s add up exactly'],
    edge: ['0.1 and 0.2 dinars are 0.3, and not a fils is left'],
  },
  '17 captures in parts': {
    edge: [
      'a hold is captured in parts, refunded as far as it was, and then not voided',
      'after one capture (of %s) nothing is voided',
    ],
    'checkouts/operate': ['at %s a hold is captured in parts and refunded as far as it was'],
  },
  '18 a void is the end': {
    edge: ['after a void, whose amount is ignored, nothing can be done any more'],
    requests: ['that is a %s has no amount, whatever is said'],
  },
  '19 a queued refund holds its amount': {
    edge: ['a queued refund keeps its amount until the bank rejects it, and then all of it can be refunded'],
  },
  '20 a fee': { operation: ['a fee is captured and never refunded'] },
  '21 the parent stays': {
    states: ['an external operation changes nothing of its parent at %s', 'a void changes nothing of its parent'],
  },
  '22, 23 what a gateway cannot do, or was exchanged': {
    edge: ['what a gateway cannot do, or was exchanged, is refused without a call and without a child'],
    'checkouts/operate': [
      'what the account does not do is refused without asking anybody, and is no child',
      'what was exchanged is neither captured, refunded nor voided, without asking anybody, and can be deleted',
    ],
  },
  '24 a decline fails; after a timeout, HTTP 500 or rubbish nobody knows, which is no failure here': {
    edge: [
      'a %s that the bank declines is 400, no child, told nobody, and its key is free',
      '%s is not called failed, and is found out (done: %s)',
    ],
    'tracking-key': [
      'a capture that nobody knows the outcome of stays bound, and is answered when it is known',
      'a refund that nobody knows the outcome of is queued, and refunded when it is known',
    ],
  },
  '25 a refund that was begun at the gateway': {
    'gateway-refunds': [
      'it becomes a child, is told with its source also to who wants to hear of no calls, and counts',
      'however often the gateway tells of it, at once or later, it is one child and one notice',
    ],
  },
  '26 who is nobody': {
    access: ['with %s nobody is let in', 'revoked keys and inactive users are let in no more'],
    'users/authenticate': ['a key is over at its time and after it was revoked, whatever its secret is'],
  },
  '27, 28 permissions': {
    access: [
      'payment.%s alone allows exactly its operation, before anybody learns whether the payment is there',
      'payment.inquiry alone allows inquiries',
      'a superadmin may do everything',
    ],
  },
  '29 names and passwords': {
    access: [
      'the scheme is read in any case',
      'passwords may have colons, names any letters, and names are found in any case',
    ],
  },
  '30, 31, 32 bodies, paths and methods': {
    operation: [
      'as %s, with and without the last slash',
      'what cannot be read is refused in the face’s own form',
      '%j is refused by the field',
    ],
    edge: ['fields that nobody knows are ignored, in every kind of body'],
  },
  '33 how long names are': { edge: ['names have 128 characters of any script, counted as characters'] },
  '34 signatures': {
    signature: [
      'the signature %s',
      'null and an empty text are left out, "0" is not',
      'a number counts as it is written',
      'texts of every script are signed as UTF-8, and the key as it is typed',
      'the order of a payload’s fields does not matter, and absent, null and empty are the same',
    ],
    webhooks: ['a payment is told to the URL of its checkout, signed, as an inquiry answers it'],
  },
  '35 answers of receivers': {
    'webhooks/notices': [
      'the answer %i takes a notice',
      'the answer %i is final, and was not 200 or 201',
      '%s is final',
      'only a timeout is tried again: three calls in all, five seconds apart',
    ],
  },
  '36 where a payer goes': {
    webhooks: [
      'after an answer $status the payer goes $goes',
      'a payer whose merchant is told nothing goes on, and one without a page to go to stays',
    ],
    'webhooks/outcome': ['a receiver that cannot be reached, or does not answer the first call, has failed'],
    'pages/payer': ['then the payer goes on to the shop, whose address keeps its own query'],
  },
  '37 who is told of operations': {
    webhooks: [
      'operations go to both of the merchant’s URLs, and to none when it wants to hear of its own calls no more',
      'what is done by hand is told also where a merchant’s own calls are not',
    ],
  },
  '38 a receiver that fails': {
    edge: ['a receiver that %s changes nothing of what an operation is answered'],
    'webhooks/notices': [
      'a receiver that fails or is silent holds up neither what is recorded nor another merchant’s notices',
    ],
  },
  '39 receivers inside': {
    'webhooks/notices': ['%s is final', 'this machine is not called unless the operator allows it'],
  },
  '40, 41 inquiries': {
    inquiry: [
      'the first ten minutes belong to the payer; then it is once in half an hour, three times a day',
      'thirty payments are asked about in a minute, and another merchant’s are not counted',
      'of several tries a success at the older one wins',
    ],
  },
  '42 an inquiry that is told': {
    webhooks: ['an inquiry is told when it asks for that: to the checkout’s URL, to another, or not at all'],
  },
}

/** What one user asks for and another one allows is asked for and allowed in the dashboard. */
const IN_THE_DASHBOARD = [43, 44, 45, 46]

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

test('every case of the API is decided', () => {
  const numbers = Object.keys(DECIDED).flatMap((item) => /^\d+(?:, \d+)*/.exec(item)?.[0].split(', ') ?? [])
  const all = [...numbers.map(Number), ...IN_THE_DASHBOARD].sort((a, b) => a - b)
  expect(all).toEqual(Array.from({ length: 46 }, (_, i) => i + 1))
})
