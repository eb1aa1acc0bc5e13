// Requests made up at random, near to good ones and far from them, sent into a real server.
import fc from 'fast-check'
import { expect } from 'vitest'
import { checksumOf } from '../../../src/api/transaction-services/checksum.ts'
import { Secret } from '../../../src/secret.ts'
import { type Edge, KEY, MEMBER, type RunningEdge, tokenOf } from './setup.ts'

const BASE = '/transactionServices/REST/v1'
const INVOICES = '/invoiceServices/REST/v1'

const paths = fc.constantFrom(
  ...['/authToken', '/partnerAuthToken', '/regenerateToken', '/payments', '/payments/900001', '/inquiry'].map(
    (path) => BASE + path,
  ),
  ...['/getTransactionList', '/registrations', '/registrations/reg_1/delete', '/paywithtoken/reg_1', '/payout'].map(
    (path) => BASE + path,
  ),
  ...['/generate', '/regenerate', '/cancel', '/inquiry', '/getinvoiceconfigdetails', '/regenerateToken'].map(
    (path) => INVOICES + path,
  ),
)
const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '|',
    '\0',
    '%',
    '%00',
    '%80',
    '+',
    '&',
    '=',
    '<a>&"\'',
    ']]>',
    '٥٠.٠٠',
    '1e2',
    '-1.00',
    '\ud800',
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'null',
    'undefined',
    'NaN',
    '../../etc',
    "' or 1=1 --",
    '50.00',
    '900001',
  ),
)

const GOOD: Readonly<Record<string, string>> = {
  'authentication.memberId': MEMBER,
  'authentication.partnerId': '301',
  'authentication.sKey': KEY,
  'merchant.username': 'teahouse',
  merchantTransactionId: 'ORD-2001',
  merchantInvoiceId: 'INV-77',
  merchantRedirectUrl: 'https://shop.example/return',
  invoiceId: '5501',
  paymentId: '900001',
  amount: '50.00',
  currency: 'EUR',
  paymentMode: 'CC',
  paymentBrand: 'VISA',
  'card.number': '4000000000000051',
  'card.expiryMonth': '12',
  'card.expiryYear': '2030',
  'card.cvv': '745',
  'customer.email': 'ada@shop.example',
  'pagination.fromdate': '01/31/2026',
  'pagination.todate': '02/28/2026',
}

const summed = fc.constantFrom(
  ...(
    [
      ['C1', { merchantTransactionId: 'ORD-2001', amount: '50.00' }],
      ['C2', { paymentId: '900001', amount: '50.00' }],
      ['C3', { paymentId: '900001' }],
      ['C4', {}],
      ['C5', { merchantTransactionId: 'ORD-2001', amount: '50.00' }],
    ] as const
  ).map(([rule, values]) => checksumOf(rule, new Secret(KEY), { memberId: MEMBER, ...values })),
)

const fields = fc
  .record({
    checksum: fc.oneof(summed, summed, odd),
    paymentType: fc.constantFrom('PA', 'DB', 'CP', 'RF', 'RV', 'IN', 'PO', 'XX', ''),
    recurringType: fc.constantFrom('', '', 'INITIAL', 'REPEATED', 'x'),
    changed: fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(GOOD)), odd), odd, { maxKeys: 3 }),
    removed: fc.subarray(Object.keys(GOOD), { maxLength: 2 }),
  })
  .map(({ checksum, paymentType, recurringType, changed, removed }): Record<string, string> => {
    const kept = Object.entries(GOOD).filter(([name]) => !removed.includes(name))
    return Object.fromEntries([
      ...kept,
      ...Object.entries({ 'authentication.checksum': checksum, paymentType, recurringType }),
      ...Object.entries(changed),
    ])
  })

function nest(flat: Record<string, string>): unknown {
  const nested = Object.create(null) as Record<string, unknown>
  for (const [name, value] of Object.entries(flat)) {
    const dot = name.indexOf('.')
    const [head, tail] = dot === -1 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)]
    if (tail === '') nested[name] = value
    else nested[head] = { ...((nested[head] as object | undefined) ?? {}), [tail]: value }
  }
  return nested
}

const FORM = 'application/x-www-form-urlencoded'

const bodies = fc.oneof(
  {
    weight: 4,
    arbitrary: fields.map((flat) => ({ type: FORM, body: Buffer.from(new URLSearchParams(flat).toString()) })),
  },
  {
    weight: 3,
    arbitrary: fields.map((flat) => ({ type: 'application/json', body: Buffer.from(JSON.stringify(flat)) })),
  },
  {
    weight: 3,
    arbitrary: fields.map((flat) => ({ type: 'application/json', body: Buffer.from(JSON.stringify(nest(flat))) })),
  },
  {
    weight: 2,
    arbitrary: fc.json({ maxDepth: 20 }).map((text) => ({ type: 'application/json', body: Buffer.from(text) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .uint8Array({ maxLength: 300 })
      .chain((bytes) =>
        fc
          .constantFrom(
            FORM,
            'application/json',
            `${FORM}; charset=utf-16`,
            'text/xml',
            'application/json; charset="utf-8"',
          )
          .map((type) => ({ type, body: Buffer.from(bytes) })),
      ),
  },
  // A good body with a few of its bytes changed.
  {
    weight: 3,
    arbitrary: fc
      .record({
        flat: fields,
        isForm: fc.boolean(),
        at: fc.array(fc.record({ where: fc.nat(2000), byte: fc.nat(255) }), { maxLength: 4 }),
      })
      .map(({ flat, isForm, at }) => {
        const body = Buffer.from(isForm ? new URLSearchParams(flat).toString() : JSON.stringify(flat))
        for (const { where, byte } of at) body[where % body.length] = byte
        return { type: isForm ? FORM : 'application/json', body }
      }),
  },
)

const accepts = fc.constantFrom('*/*', 'application/json', 'application/xml', 'text/xml;q=0.5', 'x;;q=', 'a/b;q=9')

const ANSWER_MS_MAX = 1000
const TOKEN_REQUESTS = 5000 // A token lives for an hour; a fresh one now and then costs little.

/**
 * Sends `count` requests. Fails for an answer of 500 and above, with a stack trace, outside of the envelope, or that takes more
 * than a second. Returns how many there were of each result code.
 */
export async function fuzz(edge: Edge, { server }: RunningEdge, count: number): Promise<Map<string, number>> {
  const codes = new Map<string, number>()
  let authtoken = ''
  let sent = 0
  const property = fc.asyncProperty(paths, bodies, accepts, fc.nat(19), async (url, { type, body }, accept, lucky) => {
    if (sent++ % TOKEN_REQUESTS === 0) authtoken = await tokenOf(edge)
    const headers = { 'content-type': type, accept, ...(lucky > 0 && { authtoken }) }
    const startedAt = performance.now()
    const answer = await server.app.inject({ method: 'POST', url, headers, payload: body })
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_MS_MAX)
    expect(answer.statusCode).toBeLessThan(500)
    expect(answer.body).not.toMatch(/\.[cm]?[jt]s:\d+:\d+|node_modules|"stack"/)
    const isXml = answer.headers['content-type'] === 'application/xml; charset=UTF-8'
    const code = isXml
      ? /<result><code>(\w+)<\/code>/.exec(answer.body)?.[1]
      : (JSON.parse(answer.body) as { result: { code: string } }).result.code
    expect(code).toMatch(/^\d{3,5}$/)
    codes.set(code ?? '', (codes.get(code ?? '') ?? 0) + 1)
  })
  await fc.assert(property, { numRuns: count, endOnFailure: true })
  return codes
}
