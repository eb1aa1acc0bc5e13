// What /docs says of bodies, against what is read of them.
import { expect, test } from 'vitest'
import type { Body } from '../../../src/api/operations/body.ts'
import type { OperationsDeps } from '../../../src/api/operations/context.ts'
import { EXAMPLES, INVOICE_EXAMPLE } from '../../../src/api/operations/examples.ts'
import { createOperationsFace } from '../../../src/api/operations/routes.ts'
import * as schemas from '../../../src/api/operations/schemas.ts'
import { readChanges, readCreate } from '../../../src/api/operations/wire-checkout.ts'
import { readCards, readInquiry, readPayNow } from '../../../src/api/operations/wire-inquiry.ts'
import { readInvoice } from '../../../src/api/operations/wire-invoice.ts'
import { readMessage } from '../../../src/api/operations/wire-message.ts'
import { readMethods } from '../../../src/api/operations/wire-methods.ts'
import { readOperation } from '../../../src/api/operations/wire-operation.ts'
import { readUpload } from '../../../src/api/operations/wire-upload.ts'
import { saveCard } from '../../../src/checkouts/save-card.ts'
import { AppError } from '../../../src/errors.ts'
import { describeFace } from '../../../src/http/openapi.ts'
import { readSessionId } from '../../../src/payments/session-id.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()

/** Which fields are asked for of a body. */
function fieldsRead(read: (body: Body) => unknown, said: Body): string[] {
  const names = new Set<string>()
  const get = (_: object, name: string) => {
    names.add(name)
    return said[name]
  }
  try {
    read(new Proxy({}, { get }))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
  return [...names].sort()
}

/** Older names of fields, which are read and not recommended. */
const OLDER = ['disclose_to_merchant', 'disclosure_url']

const checkout = {} as Parameters<typeof readChanges>[1]

test.each<[what: string, schema: { readonly properties: object }, read: (body: Body) => unknown, said?: Body]>([
  ['a checkout', schemas.CHECKOUT_BODY, readCreate],
  ['a change of a checkout', schemas.CHECKOUT_CHANGES, (body) => readChanges(body, { ...checkout, currency: 'USD' })],
  ['an invoice', schemas.INVOICE_BODY, (body) => readInvoice(body, new Date()), { currency_code: 'USD' }],
  ['an operation', schemas.OPERATION_BODY, readOperation, { operation: 'refund' }],
  ['an inquiry', schemas.INQUIRY_BODY, readInquiry],
  ['a message', schemas.MESSAGE_BODY, readMessage],
  ['ways to pay', schemas.METHODS_BODY, readMethods],
  ['saved cards', schemas.CARDS_BODY, readCards],
  ['a debit', schemas.AUTO_DEBIT_BODY, (body) => readPayNow(body, ['token'])],
  ['cash', schemas.CASH_BODY, (body) => readPayNow(body, [])],
  ['an upload', schemas.UPLOAD_BODY, readUpload],
])('every field that is read of %s is in the document', (_what, schema, read, said = {}) => {
  const fields = fieldsRead(read, said)
  expect(fields).not.toEqual([])
  const documented = Object.keys(schema.properties)
  expect(fields.filter((name) => !documented.includes(name) && !OLDER.includes(name))).toEqual([])
})

interface Described {
  readonly parameters?: readonly object[]
  readonly requestBody?: { readonly content: object }
  readonly responses: Readonly<Record<string, object>>
}

const face = createOperationsFace({} as OperationsDeps, { challenges: [], authenticate: () => Promise.reject() })
const { paths } = describeFace(face) as { paths: Readonly<Record<string, Readonly<Record<string, Described>>>> }

test.each([
  ['post', '/b/checkout/v1/pymt-txn/', '201'],
  ['get', '/b/checkout/v1/pymt-txn/{session_id}/', '200'],
  ['post', '/b/invoice/v1/invoice/', '201'],
  ['delete', '/b/pbl/v2/card/{token}/', '204'],
])('%s %s is described with the status that it answers', (method, path, status) => {
  const { responses = {} } = paths[path]?.[method] ?? {}
  expect(Object.keys(responses)).toEqual([status, 'default'])
  expect('content' in (responses[status] ?? {})).toBe(status !== '204')
})

test('a file is described as a multipart form alone', () => {
  const content = paths['/b/checkout/v1/upload-attachment/']?.post?.requestBody?.content ?? {}
  expect(Object.keys(content)).toEqual(['multipart/form-data'])
})

test('the Tracking-Key of an operation can be sent from the document', () => {
  expect(paths['/b/pbl/v2/operation/']?.post?.parameters).toMatchObject([
    { name: 'Tracking-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 128 } },
  ])
})

const keysOf = (answer: object): string[] => Object.keys(answer).sort()

test('the examples are accepted, and answered with the fields that are shown', async () => {
  const { shop } = world
  const { deps } = world.florin.app
  const { create, methods, cards, operation, notice } = EXAMPLES
  const session = await shop.checkout(create.body)
  expect(keysOf(session)).toEqual(keysOf(create.response))
  expect(keysOf(session.payment_methods[0])).toEqual(keysOf(create.response.payment_methods[0]))
  const invoice = await shop.send('/invoice/v1/invoice/', INVOICE_EXAMPLE.body)
  expect([invoice.status, keysOf(invoice.body)]).toEqual([201, keysOf(INVOICE_EXAMPLE.response)])
  const listed = await shop.send('/pbl/v2/payment-methods/', methods.body)
  expect(keysOf(listed.body.payment_methods[0])).toEqual(keysOf(methods.response.payment_methods[0]))
  await world.pay(session, { pgCode: 'cards-kwd' })
  expect(keysOf((await shop.inquire(session)).body)).toEqual(keysOf(notice.response))
  const { session_id: _, ...refund } = operation.body
  const refunded = await shop.operate(refund.operation, session, refund)
  expect([refunded.status, keysOf(refunded.body)]).toEqual([200, keysOf(operation.response)])
  const keeping = { payment_type: 'save_card', amount: '0', currency_code: 'KWD', pg_codes: ['cards-kwd'] }
  const saving = await shop.checkout({ ...keeping, customer_id: cards.body.customer_id })
  const checkoutId = readSessionId(deps.codes, saving.session_id) ?? ''
  await saveCard(deps, { checkoutId, pgCode: 'cards-kwd', card: enterCard() })
  const kept = await shop.send('/pbl/v2/card/', cards.body)
  expect(keysOf(kept.body[0])).toEqual(keysOf(cards.response[0]))
})
