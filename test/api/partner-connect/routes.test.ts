import { expect, test } from 'vitest'
import { createPartnerConnectFace } from '../../../src/api/partner-connect/routes.ts'
import { parseJson } from '../../../src/http/json.ts'
import { compileBody } from '../../../src/http/validate.ts'
import { isUuid, newId } from '../../../src/ids.ts'
import { fundsOf, issueFundedCard, owedTo } from '../../helpers/seed.ts'
import { buyOverHttp, holdOverHttp, PC, refused, serve } from './setup.ts'

const served = await serve()
const { send } = served
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

test.each([PC, '/partner-connect', '/v1/merchant/partner-connect', '/v1/partner-connect'])(
  'under %s a card is bound, charged, captured in part and refunded in parts',
  async (prefix) => {
    const holder = await issueFundedCard(served, { balance: '150.00' })
    const initiated = await send(`${prefix}/card-binding/initiate`, { fullPan: holder.pan })
    expect(initiated).toMatchObject({
      status: 200,
      body: {
        code: expect.stringMatching(/^\d{6}$/),
        codeExpiry: expect.stringMatching(TIME),
        maskedPan: `545188******${holder.card.last4}`,
        contactNumber: holder.mobile,
        cardFace: 'https://cards.test/platinum.png',
      },
    })
    const { verificationId, code } = initiated.body
    const confirmed = await send(`${prefix}/card-binding/confirm`, { verificationId, code })
    expect(confirmed).toMatchObject({
      status: 200,
      body: {
        bindingStatus: 'success',
        cardFace: 'https://cards.test/platinum.png',
        expirationDate: `${String(holder.card.expiryMonth).padStart(2, '0')}/${holder.card.expiryYear}`,
        cardType: 'Platinum',
      },
    })
    const cardId = String(confirmed.body.cardId)
    const bought = await buyOverHttp(served, { ...holder, token: cardId }, { prefix })
    expect(bought).toMatchObject({
      status: 200,
      body: {
        status: 'locked',
        amountAuthorized: 100,
        currency: 'USD',
        authorizationExpiry: expect.stringMatching(TIME),
        cardId,
        refId: expect.stringMatching(/^CT[A-Z0-9]{8}$/),
      },
    })
    const { transactionId, refId } = bought.body
    expect(isUuid(String(transactionId))).toBe(true)
    expect(await send(`${prefix}/transactions/capture`, { transactionId, amount: 60.5 })).toMatchObject({
      status: 200,
      body: {
        transactionId,
        status: 'captured',
        amountCaptured: 60.5,
        currency: 'USD',
        captureDate: expect.stringMatching(TIME),
        cardId,
        refId,
      },
    })
    const refund = { transactionId, currency: 'USD', description: 'Item X', reason: 'Customer requested' }
    const first = await send(`${prefix}/transactions/refund`, { ...refund, amount: 20.25 })
    expect(first).toMatchObject({
      status: 200,
      body: {
        transactionId,
        status: 'captured',
        amountRefunded: 20.25,
        currency: 'USD',
        refundDate: expect.stringMatching(TIME),
        cardId,
        refId,
      },
    })
    expect(await send(`${prefix}/transactions/${transactionId}`)).toMatchObject({
      status: 200,
      body: { transactionId, status: 'captured', amountAuthorized: 100, amountCaptured: 60.5, amountRefunded: 20.25 },
    })
    const last = await send(`${prefix}/transactions/refund`, { ...refund, amount: 40.25 })
    expect(last).toMatchObject({ status: 200, body: { transactionId, status: 'refunded', amountRefunded: 40.25 } })
    expect(last.body.refundTransactionId).not.toBe(first.body.refundTransactionId)
    expect(await fundsOf(served, holder)).toEqual({ balance: 15_000n, held: 0n })
  },
)

test('outside of the sandbox the code is not in the answer, and the contact is masked', async () => {
  const strict = await serve({ settings: { sandbox: false, maskContact: true } })
  const holder = await issueFundedCard(strict)
  const { body } = await strict.send(`${PC}/card-binding/initiate`, { fullPan: holder.pan })
  expect(Object.keys(body).sort()).toEqual(['cardFace', 'codeExpiry', 'contactNumber', 'maskedPan', 'verificationId'])
  expect(body.contactNumber).toBe('*'.repeat(holder.mobile.length - 4) + holder.mobile.slice(-4))
  await strict.pool.query('update cards set mobile = null where id = $1', [holder.card.id])
  const again = await strict.send(`${PC}/card-binding/initiate`, { fullPan: holder.pan })
  expect(again.body.contactNumber).toBe(`${holder.email.slice(0, 1)}***@holders.test`)
})

test('credentials of clients do not open this face, and there is nothing to get without any', async () => {
  const body = { fullPan: '5451880000000000' }
  expect(await served.sendAsClient(`${PC}/card-binding/initiate`, body)).toEqual(refused(403, 'FORBIDDEN'))
  const anonymous = await send(`${PC}/card-binding/initiate`, body, { authorization: 'Basic bm9ib2R5Om5vdGhpbmc=' })
  expect(anonymous).toEqual(refused(401, 'AUTHENTICATION_FAILED'))
  expect(anonymous.headers.get('www-authenticate')).toContain('Basic')
})

test('wrong methods are 405, unknown paths 404', async () => {
  for (const path of ['/transactions/capture', '/transactions/verify', '/card-binding/initiate']) {
    const answer = await send(PC + path)
    expect(answer).toEqual(refused(405, 'METHOD_NOT_ALLOWED'))
    expect(answer.headers.get('allow')).toBe('POST')
  }
  expect(await send(`${PC}/transactions/${newId()}`, {})).toEqual(refused(405, 'METHOD_NOT_ALLOWED'))
  expect(await send(`${PC}/transactions`, {})).toEqual(refused(404, 'NOT_FOUND'))
  expect(await send(`${PC}/unbind`, {})).toEqual(refused(404, 'NOT_FOUND'))
})

test('no card number and no code is ever logged', async () => {
  const holder = await issueFundedCard(served, { balance: '100.00' })
  const { body } = await send(`${PC}/card-binding/initiate`, { fullPan: holder.pan })
  await send(`${PC}/card-binding/initiate`, `{"fullPan": "${holder.pan}"`)
  await send(`${PC}/card-binding/confirm`, body)
  const logged = served.logged.join()
  expect(logged).not.toContain(holder.pan)
  expect(logged.split(/[^0-9A-Za-z]/)).not.toContain(body.code)
})

test('the merchant is owed exactly what was captured less what went back', async () => {
  const before = await owedTo(served, served.merchantId)
  const { transactionId } = await holdOverHttp(served)
  await send(`${PC}/transactions/capture`, { transactionId, amount: 33.33 })
  const words = { currency: 'USD', description: 'Item X', reason: 'Broken' }
  await send(`${PC}/transactions/refund`, { transactionId, amount: 0.29, ...words })
  expect((await owedTo(served, served.merchantId)) - before).toBe(3_304n)
})

test('every example of the documentation is a request that its endpoint accepts', () => {
  for (const { path, body, examples } of createPartnerConnectFace(served.deps).routes) {
    if (!body) continue
    const example = parseJson(Buffer.from(JSON.stringify(examples?.body)))
    expect(() => compileBody(body)(example), path).not.toThrow()
  }
})

test('the documentation has the transaction’s id in the path', async () => {
  const { body } = await send('/docs/partner-connect.json')
  const paths = body.paths as Record<string, { get?: { parameters: object[] } }>
  expect(paths[`${PC}/transactions/{transactionId}`]?.get?.parameters).toMatchObject([
    { name: 'transactionId', in: 'path', required: true },
  ])
  expect(Object.keys(paths)).toHaveLength(8)
})
