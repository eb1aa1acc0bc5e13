import { Ajv } from 'ajv'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TransactionServicesDeps } from '../../../src/api/transaction-services/context.ts'
import { createTransactionServicesFaces } from '../../../src/api/transaction-services/routes.ts'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { card, INVOICES, KEY, md5, type ServicesMember, TRANSACTIONS } from '../../helpers/services-member.ts'

// Without a database: only the tables are looked at.
const FACES = createTransactionServicesFaces({} as unknown as TransactionServicesDeps)
const ROUTES = FACES.flatMap((face) =>
  face.routes.map((one) => [`${face.name}: ${one.method} ${one.path}`, one] as const),
)

const MEMBER = '10042'
const SECRET = 'sk_TEST_7f3c2a9b51'

test.each(ROUTES)('the examples of %s are accepted by their schemas', (_name, { body, query, response, examples }) => {
  const ajv = new Ajv({ strict: false })
  expect(examples?.response).toBeDefined()
  expect(ajv.validate(response, examples?.response), ajv.errorsText()).toBe(true)
  if (body) {
    expect(examples?.body).toBeDefined()
    expect(ajv.validate(body, examples?.body), ajv.errorsText()).toBe(true)
  } else {
    expect(query).toBeDefined()
  }
})

// What each may hash, by the specification's words and not by our code.
const HASHED: Readonly<Record<string, (fields: Readonly<Record<string, string>>) => readonly (string | undefined)[]>> =
  {
    '/payments': (f) => [MEMBER, SECRET, f.merchantTransactionId, f.amount],
    '/payments/:paymentId([^/]{1,300})': (f) => [MEMBER, SECRET, '900001', f.amount],
    '/transactions/inquiry': (f) => [MEMBER, SECRET, f.paymentId],
    '/getTransactionList': () => [MEMBER, SECRET],
    '/payout': (f) => [MEMBER, f.merchantTransactionId, f.amount, SECRET],
    '/registrations': () => [MEMBER, SECRET],
    '/registrations/:registrationId([^/]{1,300})/delete': (f) => [MEMBER, SECRET, f.registrationId],
    '/registrations/:registrationId([^/]{1,300})': (f) => [MEMBER, SECRET, f.registrationId],
    '/paywithtoken/:registrationId([^/]{1,300})': (f) => [MEMBER, SECRET, f.merchantTransactionId, f.amount],
    '/agreements/:paymentId([^/]{1,300})/cancel': (f) => [MEMBER, SECRET, f.paymentId],
    '/callbacks': () => [MEMBER, SECRET],
    '/callbacks/:callbackId([0-9A-Fa-f-]{1,64})/replay': () => [MEMBER, SECRET],
    '/callbacks/replay': () => [MEMBER, SECRET],
    '/generate': (f) => [MEMBER, SECRET, f.merchantInvoiceId, f.amount, f.merchantRedirectUrl],
    '/regenerate': (f) => [f.invoiceId, MEMBER, SECRET, f.merchantRedirectUrl],
    '/invoices/inquiry': (f) => [MEMBER, SECRET, f.merchantInvoiceId],
    '/getinvoiceconfigdetails': () => [MEMBER, SECRET],
  }

test('the checksums in the examples are true, those of requests and those of answers', () => {
  let [asked, answered] = [0, 0]
  for (const { prefixes, routes } of FACES) {
    for (const { path, examples } of routes) {
      const fields = (examples?.body ?? {}) as Record<string, string>
      const checksum = fields['authentication.checksum']
      if (checksum !== undefined) {
        const place = prefixes[0] === INVOICES ? '/invoices' : '/transactions'
        const hashed = (HASHED[path] ?? HASHED[place + path])?.(fields)
        expect([path, checksum]).toEqual([path, md5(hashed?.join('|') ?? '')])
        asked++
      }
      const answer = (examples?.response ?? {}) as Record<string, string>
      if (answer.checksum === undefined) continue
      const { paymentId, merchantTransactionId, amount, transactionStatus } = answer
      expect([path, answer.checksum]).toEqual([
        path,
        md5([paymentId, merchantTransactionId, amount, transactionStatus, SECRET].join('|')),
      ])
      answered++
    }
  }
  expect([asked, answered]).toEqual([17, 7])
})

describe('what is really answered has the members of the documentation, and no others', () => {
  let florin: Florin
  let member: ServicesMember

  beforeAll(async () => {
    florin = await startFlorin()
    member = await florin.addMember('Tea House')
  })

  /** The dotted names of all members. */
  function namesOf(value: unknown, prefix = ''): string[] {
    if (Array.isArray(value)) return value.flatMap((one) => namesOf(one, `${prefix}[]`))
    if (typeof value !== 'object' || value === null) return [prefix]
    return Object.entries(value).flatMap(([name, one]) => namesOf(one, prefix === '' ? name : `${prefix}.${name}`))
  }

  interface Schema {
    readonly items?: Schema
    readonly properties?: Readonly<Record<string, Schema>>
  }

  function namesIn({ items, properties }: Schema, prefix = ''): string[] {
    if (items) return namesIn(items, `${prefix}[]`)
    if (!properties) return [prefix]
    return Object.entries(properties).flatMap(([name, one]) => namesIn(one, prefix === '' ? name : `${prefix}.${name}`))
  }

  function expectDocumented(path: string, answer: unknown, method = 'POST'): void {
    const [prefix, rest] = path.startsWith(INVOICES) ? [INVOICES, path.slice(INVOICES.length)] : [TRANSACTIONS, path]
    const face = FACES.find(({ prefixes }) => prefixes[0] === prefix)
    const found = face?.routes.find((one) => one.path === rest && one.method === method)
    if (!found) throw new Error(`there is no ${path}`)
    const known = namesIn(found.response as Schema)
    expect([path, namesOf(answer).filter((name) => !known.includes(name))]).toEqual([path, []])
  }

  test('of every route', async () => {
    const { body: token } = await member.send('authToken', {
      'authentication.memberId': member.memberId,
      'authentication.sKey': member.secureKey,
    })
    // The schemas of tokens are not made from examples.
    expect(Object.keys(token).sort()).toEqual([
      ...['AuthToken', 'LoginName', 'memberId', 'partnerId', 'result', 'timestamp'],
    ])
    const notificationUrl = 'https://shop.example/callbacks'
    const merchantRedirectUrl = 'https://shop.example/return'
    const challenged = card('4000000000000002', { cvv: '237' })
    const paid = await member.pay({ createRegistration: 'true', recurringType: 'INITIAL', notificationUrl })
    expectDocumented('/payments', paid)
    expectDocumented('/payments', await member.pay({ ...challenged, merchantRedirectUrl }))
    expectDocumented('/payments', await member.pay(card('4000000001000043')))
    const byPath = '/payments/:paymentId([^/]{1,300})'
    expectDocumented(byPath, await member.refund(paid.paymentId, '1.00'))
    expectDocumented(byPath, await member.refund(paid.paymentId, '1.00'))
    expectDocumented('/inquiry', await member.inquire(paid.paymentId))
    const asked = await member.ask(`payments/${paid.paymentId}`, member.proof(member.memberId, KEY, paid.paymentId))
    expectDocumented(byPath, asked.body, 'GET')
    expectDocumented('/getTransactionList', await member.list())
    expectDocumented('/registrations', await member.register())
    const withToken = '/paywithtoken/:registrationId([^/]{1,300})'
    expectDocumented(withToken, await member.payWithToken(paid.registrationId, { 'card.cvv': '123' }))
    expectDocumented('/payout', await member.payOut({ paymentId: paid.paymentId }))
    const proof = member.proof(member.memberId, KEY)
    expectDocumented('/callbacks', (await member.ask('callbacks')).body, 'GET')
    const { body: log } = await member.send('callbacks', { records: '1', ...proof })
    expect(log.pageToken).toEqual(expect.any(String))
    expectDocumented('/callbacks', log)
    const ended = await member.send(
      `agreements/${paid.paymentId}/cancel`,
      member.proof(member.memberId, KEY, paid.paymentId),
    )
    expectDocumented('/agreements/:paymentId([^/]{1,300})/cancel', ended.body)
    expectDocumented('/registrations/:registrationId([^/]{1,300})/delete', await member.forget(paid.registrationId))
    const invoice = await member.invoice()
    expectDocumented(`${INVOICES}/generate`, invoice)
    const { merchantInvoiceId, invoiceId } = invoice.invoiceDetails
    expectDocumented(`${INVOICES}/inquiry`, await member.inquireInvoice(merchantInvoiceId))
    expectDocumented(`${INVOICES}/regenerate`, await member.regenerateInvoice(invoiceId))
    expectDocumented(`${INVOICES}/remind`, await member.aboutInvoice('remind', { invoiceId }))
    expectDocumented(`${INVOICES}/cancel`, await member.aboutInvoice('cancel', { invoiceId }))
    const config = await member.send(`${INVOICES}/getinvoiceconfigdetails`, proof)
    expectDocumented(`${INVOICES}/getinvoiceconfigdetails`, config.body)
  })

  test('in the documents that are served', async () => {
    for (const { name, prefixes, routes } of FACES) {
      const document = await (await fetch(`${florin.url}/docs/${name}.json`)).json()
      const { paths } = document as { paths: Record<string, Record<string, unknown>> }
      const served = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((one) => `${one} ${path}`),
      )
      expect(served.sort()).toEqual(
        routes
          .map(
            ({ method, path }) => `${method.toLowerCase()} ${prefixes[0]}${path.replace(/:(\w+)\([^)]*\)/g, '{$1}')}`,
          )
          .sort(),
      )
    }
  })
})
