import { randomInt } from 'node:crypto'
import { CompactSign, decodeJwt, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TransactionServicesDeps } from '../../../src/api/transaction-services/context.ts'
import { createTransactionServicesFaces } from '../../../src/api/transaction-services/routes.ts'
import { connect } from '../../../src/db/pool.ts'
import type { Route } from '../../../src/http/face.ts'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { createPayer } from '../../helpers/payer.ts'
import {
  card,
  type Fields,
  fetchAnswer,
  INVOICES,
  KEY,
  md5,
  newName,
  recordAnswers,
  type ServicesMember,
  TRANSACTIONS,
  write,
} from '../../helpers/services-member.ts'
import { openShop } from '../../helpers/shop.ts'

let florin: Florin
let member: ServicesMember
let other: ServicesMember

beforeAll(async () => {
  florin = await startFlorin({ keepsLog: true })
  member = await florin.addMember('Tea House')
  other = await florin.addMember('Noodle Bar')
})

// Without a database: only the table is looked at.
const FACES = createTransactionServicesFaces({} as unknown as TransactionServicesDeps)

interface Target {
  readonly method: Route['method']
  readonly path: string
  readonly example: Fields
}

const TOKEN = 'p0kEa7Xq2mV9sLr4TgY1bNc6UwZ8hJd3' // of the documentation's examples

const PARAMETERS: Readonly<Record<string, string>> = {
  paymentId: '900001',
  registrationId: TOKEN,
  callbackId: '019a5b3e-91c4-7000-8b6d-2f6a90c1d35e',
}

const ROUTES = FACES.flatMap(({ prefixes: [prefix], routes }) =>
  routes.map(({ method, path, isOpen = false, examples }) => ({
    isOpen,
    target: {
      method,
      path: prefix + path.replace(/:(\w+)\((?:[^()]|\([^()]*\))*\)/g, (_, name: string) => PARAMETERS[name] ?? ''),
      example: (examples?.body ?? {}) as Fields,
    } satisfies Target,
  })),
)

const GUARDED = ROUTES.filter(({ isOpen }) => !isOpen).map(
  ({ target }) => [`${target.method} ${target.path}`, target] as const,
)

async function call({ method, path, example }: Target, headers: Record<string, string>, fields: Fields = {}) {
  const all = { ...example, ...fields }
  if (method !== 'POST')
    return fetchAnswer(`${florin.url}${path}?${new URLSearchParams({ ...all })}`, { method, headers })
  const { type, body } = write(all, 'form')
  return fetchAnswer(florin.url + path, { method, headers: { 'content-type': type, ...headers }, body })
}

test('the tables of both faces have the routes of the specification', () => {
  const paths = ROUTES.map(({ isOpen, target: { method, path } }) => `${isOpen ? 'open ' : ''}${method} ${path}`)
  expect(paths.filter((path) => path.includes(TRANSACTIONS)).map((path) => path.replace(TRANSACTIONS, ''))).toEqual([
    ...['open POST /authToken', 'open POST /partnerAuthToken', 'open POST /regenerateToken'],
    ...['POST /payments', 'POST /payments/900001', 'GET /payments/900001', 'POST /inquiry'],
    ...['POST /getTransactionList', 'POST /payout', 'POST /registrations'],
    ...[`POST /registrations/${TOKEN}/delete`, `DELETE /registrations/${TOKEN}`],
    `POST /paywithtoken/${TOKEN}`,
    ...['POST /agreements/900001/cancel', 'GET /callbacks', 'POST /callbacks'],
    ...[`POST /callbacks/${PARAMETERS.callbackId}/replay`, 'POST /callbacks/replay'],
  ])
  expect(paths.filter((path) => path.includes(INVOICES)).map((path) => path.replace(INVOICES, ''))).toEqual([
    ...['POST /generate', 'POST /regenerate', 'POST /cancel', 'POST /remind', 'POST /inquiry'],
    ...['POST /getinvoiceconfigdetails', 'open POST /regenerateToken'],
  ])
})

describe('a token', () => {
  let wrong: readonly (readonly [what: string, code: string, headers: Record<string, string>])[]
  let good = ''

  beforeAll(async () => {
    const expired = await member.token()
    await florin.advance(3601)
    good = await member.token()
    const partner = await fetchAnswer(`${florin.url}${TRANSACTIONS}/partnerAuthToken`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        'authentication.partnerId': florin.partner.partnerId,
        'partner.userName': florin.partner.userName,
        'authentication.sKey': florin.partner.secureKey,
      }),
    })
    const claims = decodeJwt(good)
    const [, payload = '', signature = ''] = good.split('.')
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    const { privateKey } = await generateKeyPair('RS256')
    const bytes = Buffer.from(JSON.stringify(claims))
    const later = Buffer.from(JSON.stringify({ ...claims, exp: (claims.exp ?? 0) + 3600 })).toString('base64url')
    wrong = [
      ['that is missing', '20009', {}],
      ['that is empty', '20009', { authtoken: '' }],
      ['that is no token', '20009', { authtoken: 'x.y.z' }],
      ['that expired a second ago', '20009', { authtoken: expired }],
      ['with alg none', '20009', { authtoken: `${none}.${payload}.` }],
      ['with alg none and a signature', '20009', { authtoken: `${none}.${payload}.${signature}` }],
      [
        'with RS256',
        '20009',
        { authtoken: await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey) },
      ],
      [
        'signed with the secure key',
        '20009',
        {
          authtoken: await new CompactSign(bytes)
            .setProtectedHeader({ alg: 'HS256' })
            .sign(Buffer.from(member.secureKey.padEnd(32, '0'))),
        },
      ],
      ['whose claims were changed', '20009', { authtoken: [good.split('.')[0], later, signature].join('.') }],
      ['that comes twice', '20009', { authtoken: `${good}, ${good}` }],
      ['in the header of others', '20009', { authorization: `Bearer ${good}` }],
      ['of a partner', '20010', { authtoken: partner.body.AuthToken }],
    ]
  })

  test.each(GUARDED)('that is not right opens nothing: %s', async (_name, target) => {
    for (const [what, code, headers] of wrong) {
      const { status, body } = await call(target, headers, member.proof(member.memberId, KEY))
      expect([what, status, body.result.code, body.paymentId]).toEqual([what, 401, code, '-'])
    }
  })

  test.each(GUARDED)('is of its member alone: %s', async (name, target) => {
    const authtoken = await other.token()
    const { status, body } = await call(target, { authtoken }, member.proof(member.memberId, KEY))
    if (name === `GET ${TRANSACTIONS}/callbacks`)
      expect(body.callbacks).toEqual([]) // which names no member
    else expect([status, body.result.code]).toEqual([401, '20010'])
  })

  test.each(GUARDED)('may be in a header of any letter case: %s', async (_name, target) => {
    for (const header of ['authtoken', 'AuthToken', 'AUTHTOKEN', 'aUtHtOkEn']) {
      const { status } = await call(target, { [header]: good }, member.proof(member.memberId, KEY))
      expect([header, status]).toEqual([header, 200])
    }
  })
})

// The API has no checksum for these, and a pull changes nothing.
const UNSUMMED = [`POST ${INVOICES}/cancel`, `POST ${INVOICES}/remind`, `GET ${TRANSACTIONS}/callbacks`]

const SUMMED = GUARDED.filter(([name]) => !UNSUMMED.includes(name))

// What the examples of the documentation leave out, so that nothing but the checksum is wrong.
const COMPLETE: Fields = {
  paymentType: 'DB',
  recurringType: 'INITIAL',
  merchantTransactionId: 'ORD-2001',
  merchantInvoiceId: 'INV-77',
  invoiceId: '1',
  amount: '50.00',
  currency: 'EUR',
  merchantRedirectUrl: 'https://shop.example/return',
  from: '2026-01-05T10:00:00Z',
  to: '2026-01-06T10:00:00Z',
}

test.each(SUMMED)('a checksum that is not right opens nothing: %s', async (name, target) => {
  const authtoken = await member.token()
  const fields: Fields = name.endsWith('/payments/900001')
    ? { paymentType: 'RF', amount: '50.00' }
    : name.endsWith('/payout')
      ? { paymentType: 'PO' }
      : { ...COMPLETE, ...target.example }
  const right = { 'authentication.memberId': member.memberId }
  const checksums = [
    md5('x'),
    '0'.repeat(32),
    '0'.repeat(31),
    '0'.repeat(33),
    'z'.repeat(32),
    'A-'.repeat(16),
    md5(`${member.memberId}|null`),
    md5(`${member.memberId}|`),
    md5(`${other.memberId}|${other.secureKey}`),
    md5(`${member.memberId}|${other.secureKey}`),
  ]
  for (const checksum of checksums) {
    const answer = await call(target, { authtoken }, { ...fields, ...right, 'authentication.checksum': checksum })
    expect([name, answer.status, answer.body.result.code]).toEqual([name, 200, '20007'])
  }
  const missing = await call(target, { authtoken }, { ...fields, ...right, 'authentication.checksum': '' })
  expect([missing.status, missing.body.result]).toEqual([
    200,
    { code: '20001', description: 'authentication.checksum is required' },
  ])
})

test('what is another member’s is not found by any route, and stays as it was', async () => {
  const shop = await openShop(other)
  const held = await other.pay({ paymentType: 'PA', notificationUrl: shop.notificationUrl })
  const initial = await other.pay({ recurringType: 'INITIAL', createRegistration: 'true' })
  const invoice = await other.invoice()
  await shop.expectTold(held.paymentId, ['authstarted', 'authsuccessful'])
  const log = await other.send('callbacks', other.proof(other.memberId, KEY))
  const { paymentId } = held
  const by = (...texts: string[]) => member.proof(member.memberId, KEY, ...texts)
  const { merchantInvoiceId, transactionUrl } = invoice.invoiceDetails
  await member.pay() // to be paid out
  const answers = {
    capture: await member.capture(paymentId, '50.00'),
    refund: await member.refund(initial.paymentId, '50.00'),
    reversal: await member.reverse(paymentId),
    inquiry: await member.inquire(paymentId),
    byName: (
      await member.send('inquiry', {
        idType: 'MID',
        merchantTransactionId: held.merchantTransactionId,
        ...by(held.merchantTransactionId),
      })
    ).body,
    byPath: (await member.ask(`payments/${paymentId}`, by(paymentId))).body,
    repeated: await member.repeat(initial.paymentId),
    withToken: await member.payWithToken(initial.registrationId, { 'card.cvv': '123' }),
    deletion: await member.forget(initial.registrationId),
    agreement: (await member.send(`agreements/${initial.paymentId}/cancel`, by(initial.paymentId))).body,
    payout: await member.payOut({ paymentId: initial.paymentId }),
    replay: (await member.send(`callbacks/${log.body.callbacks[0].id}/replay`, by())).body,
    invoice: await member.inquireInvoice(merchantInvoiceId),
    cancelled: await member.aboutInvoice('cancel', { merchantInvoiceId }),
    reminded: await member.aboutInvoice('remind', { merchantInvoiceId }),
    regenerated: await member.regenerateInvoice(invoice.invoiceDetails.invoiceId),
  }
  for (const [what, { result }] of Object.entries(answers)) expect([what, result.code]).toEqual([what, '10026'])
  expect((await member.list()).transaction).toHaveLength(1)
  expect((await member.send('callbacks', { paymentId, ...by() })).body.callbacks).toEqual([])

  expect((await other.inquire(paymentId)).status).toBe('authsuccessful')
  expect((await other.inquireInvoice(merchantInvoiceId)).invoiceDetails.transactionUrl).toBe(transactionUrl)
  expect((await other.repeat(initial.paymentId)).result.code).toBe('00001')
  expect((await other.payWithToken(initial.registrationId, { 'card.cvv': '123' })).result.code).toBe('00001')
})

test('card numbers, their codes, secure keys and tokens are in no log, answer, callback, page or column', async () => {
  const answers = recordAnswers()
  const one = await florin.addMember('Canary')
  const shop = await openShop(one)
  const pages: string[] = []
  const pans = Array.from({ length: 12 }, newPan)
  let used = 0
  const next = (): string => pans[used++] ?? ''
  const cvv = '9173'
  const told = { notificationUrl: shop.notificationUrl, merchantRedirectUrl: shop.redirectUrl }
  const entered = (number: string) => card(number, { cvv })

  const paid = await one.pay({ ...entered(next()), ...told, createRegistration: 'true' })
  const held = await one.pay({ ...entered(next()), ...told, paymentType: 'PA' })
  await one.capture(held.paymentId, '20.00')
  await one.refund(held.paymentId, '10.00')
  const { registrationId } = await one.register(entered(next()))
  await one.payWithToken(registrationId, { 'card.cvv': cvv, ...told })
  const initial = await one.pay({ ...entered(next()), recurringType: 'INITIAL' })
  await one.repeat(initial.paymentId)
  await one.payOut({ ...card(next(), { cvv: '' }), ...told })
  const challenged = await one.pay({ ...entered(next()), ...told, attemptThreeD: 'only3D' })
  const payer = createPayer()
  await payer.follow(challenged.redirect)
  pages.push(payer.page().html)
  await payer.submit('cancel')
  pages.push(payer.page().html)
  await one.forget(paid.registrationId)

  const name = newName()
  for (const mode of ['cut-json', 'wrong-amount']) {
    await florin.sandbox('POST', '/sandbox/gateway/faults', { mode, merchantTransactionId: name })
  }
  await one.pay({ ...entered(next()), ...told, merchantTransactionId: name })
  const { transactionUrl } = (await one.invoice({ merchantRedirectUrl: shop.redirectUrl })).invoiceDetails
  await payer.open(transactionUrl)
  await payer.submit('Pay 50.00 USD', { cardNumber: next(), expiry: '12/20', cvv, holder: 'Ada' }) // a problem
  pages.push(payer.page().html)
  await payer.submit('Pay 50.00 USD', { cardNumber: next(), expiry: '12/32', cvv, holder: 'Ada' })
  pages.push(payer.page().html)

  // What is refused repeats nothing of what it refuses.
  const wrong = next()
  await one.pay({ ...entered(wrong), 'card.expiryMonth': wrong })
  await one.pay({ ...entered(`${wrong}0`), currency: wrong, 'customer.email': cvv })
  await one.send(`payments/${wrong}`, { paymentType: 'IN', ...one.proof(one.memberId, KEY, wrong) })
  await one.send('authToken', { 'authentication.memberId': one.memberId, 'authentication.sKey': `${one.secureKey}x` })
  await one.send('payments', { 'authentication.sKey': one.secureKey, 'authentication.key': one.secureKey })
  const token = await one.token()
  await one.send('regenerateToken', { 'authentication.partnerId': '4711', authToken: token })
  await fetch(`${florin.url}${TRANSACTIONS}/payments/${wrong}?card.number=${wrong}&authToken=${token}`)
  await shop.expectTold(held.paymentId, [
    ...['authstarted', 'authsuccessful', 'capturestarted', 'capturesuccess'],
    ...['markedforreversal', 'reversed'],
  ])
  const { body: inbox } = await florin.sandbox('GET', '/operator/inbox')
  const exchanges = []
  for (const { operationId } of inbox) {
    exchanges.push(JSON.stringify((await florin.sandbox('GET', `/operator/inbox/${operationId}/exchanges`)).body))
  }

  florin.app.deps.log.warn({ text: pans[0] }, 'was logged')
  const places = {
    log: florin.logged.join(''),
    answers: answers.filter((text) => !text.includes('"AuthToken"')).join('\n'),
    callbacks: shop.callbacks.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n'),
    visits: JSON.stringify(shop.visits),
    pages: pages.join('\n'),
    exchanges: exchanges.join('\n'),
    database: await dump(florin.ownerUrl),
  }
  expect(places.log).toContain('was logged') // a line of ours: nothing else has to be said of a day like this
  expect(places.database).toContain(name)
  expect(exchanges.length).toBeGreaterThan(0)
  const secrets = [...pans.slice(0, used).flatMap(spellings), one.secureKey, other.secureKey, token]
  for (const [place, text] of Object.entries(places)) {
    expect([place, secrets.filter((secret) => text.includes(secret))]).toEqual([place, []])
    expect([place, /(?<![\w.-])9173(?![\w.-])/.exec(text)?.[0]]).toEqual([place, undefined])
  }
})

/** A Visa number that nobody else has. */
function newPan(): string {
  const digits = `411111${String(randomInt(1_000_000_000)).padStart(9, '0')}`
  for (let check = 0; check < 10; check++) {
    const pan = `${digits}${check}`
    const sum = [...pan].reverse().reduce((all, digit, i) => {
      const value = Number(digit) * (i % 2 === 1 ? 2 : 1)
      return all + (value > 9 ? value - 9 : value)
    }, 0)
    if (sum % 10 === 0) return pan
  }
  throw new Error('no digit is right')
}

const spellings = (pan: string): string[] => [
  pan,
  pan.replace(/(\d{4})(?=\d)/g, '$1 '),
  pan.replace(/(\d{4})(?=\d)/g, '$1-'),
  Buffer.from(pan).toString('hex'),
  Buffer.from(pan).toString('base64').replace(/=+$/, ''),
]

/** Every column of every table, as text, but the server's count of transactions: it may be whatever we look for. */
async function dump(url: string): Promise<string> {
  const client = await connect(url)
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name
         from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    const texts: string[] = []
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ text: string }>(
        `select (to_jsonb(t) - 'transaction_id')::text as text from ${name} t`,
      )
      texts.push(name, ...rows.map(({ text }) => text))
    }
    return texts.join('\n')
  } finally {
    await client.end()
  }
}
