import { describe, expect, test } from 'vitest'
import { newId } from '../../../src/ids.ts'
import { advanceClock, changeStatus, issueBoundCard, issueFundedCard, otherThan } from '../../helpers/seed.ts'
import { PC, refused, type Send, serve } from './setup.ts'

const served = await serve()
const { send } = served

describe('card-binding', () => {
  const initiate = (body: object | string) => send(`${PC}/card-binding/initiate`, body)
  const confirm = (body: object | string, by: Send = send) => by(`${PC}/card-binding/confirm`, body)

  test.each<[object | string, string]>([
    [{}, 'fullPan is required'],
    [{ fullPan: '' }, 'fullPan must not be empty'],
    [{ fullPan: '5451 8812 3456 0110' }, 'fullPan must be 12 to 19 digits'],
    [{ fullPan: '5451-8812-3456-0110' }, 'fullPan must be 12 to 19 digits'],
    [{ fullPan: '54518812345' }, 'fullPan must be 12 to 19 digits'],
    [{ fullPan: '54518812345601101234' }, 'fullPan must be 12 to 19 digits'],
    [{ fullPan: '545188123456011O' }, 'fullPan must be 12 to 19 digits'],
    [{ fullPan: null }, 'fullPan must be a string'],
    ['{"fullPan": 5451881234560110}', 'fullPan must be a string'],
  ])('initiate with %j is refused', async (body, message) => {
    expect(await initiate(body)).toEqual(refused(400, 'INVALID_PARAMETERS', message))
  })

  test('an unknown number is 404, also the documented example, which fails the Luhn check', async () => {
    expect(await initiate({ fullPan: '5451880000000000' })).toEqual(refused(404, 'CARD_NOT_FOUND'))
    expect(await initiate({ fullPan: '5123888812341234' })).toEqual(refused(404, 'CARD_NOT_FOUND'))
  })

  test('a card that cannot be bound is 404, one that is bound 409', async () => {
    const locked = await issueFundedCard(served)
    await changeStatus(served, 'lock', locked)
    expect(await initiate({ fullPan: locked.pan })).toEqual(refused(404, 'CARD_NOT_ACTIVE'))
    const bound = await issueBoundCard(served)
    expect(await initiate({ fullPan: bound.pan })).toEqual(refused(409, 'CARD_ALREADY_BOUND'))
  })

  test('initiating again gives the same answer', async () => {
    const { pan } = await issueFundedCard(served)
    const answers = await Promise.all(Array.from({ length: 5 }, () => initiate({ fullPan: pan })))
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body)
  })

  test.each<[object | string, string]>([
    [{ code: '123456' }, 'verificationId is required'],
    [{ verificationId: 'x', code: '123456' }, 'verificationId must be a UUID'],
    [{ verificationId: newId() }, 'code is required'],
    [{ verificationId: newId(), code: 123456 }, 'code must be a string'],
    [{ verificationId: newId(), code: '' }, 'code must not be empty'],
  ])('confirm with %j is refused', async (body, message) => {
    expect(await confirm(body)).toEqual(refused(400, 'INVALID_PARAMETERS', message))
  })

  test('wrong codes are 400, too many block the verification, and what is not there is 404', async () => {
    const { pan } = await issueFundedCard(served)
    const { verificationId, code } = (await initiate({ fullPan: pan })).body
    const wrong = { verificationId, code: otherThan(String(code)) }
    expect(await confirm({ verificationId, code }, served.sendAsOther)).toEqual(refused(404, 'VERIFICATION_NOT_FOUND'))
    for (let tries = 0; tries < 5; tries++) expect(await confirm(wrong)).toEqual(refused(400, 'INVALID_CODE'))
    expect(await confirm({ verificationId, code })).toEqual(refused(404, 'VERIFICATION_BLOCKED'))
    expect(await confirm({ verificationId: newId(), code })).toEqual(refused(404, 'VERIFICATION_NOT_FOUND'))
  })

  test('a code that is over is 404, a card that is bound already 409', async () => {
    const { pan } = await issueFundedCard(served)
    const over = (await initiate({ fullPan: pan })).body
    await advanceClock(served, 300)
    expect(await confirm(over)).toEqual(refused(404, 'VERIFICATION_EXPIRED'))
    const next = (await initiate({ fullPan: pan })).body
    expect(next.verificationId).not.toBe(over.verificationId)
    const [one, other] = await Promise.all([confirm(next), confirm(next)])
    expect([one?.status, other?.status].sort()).toEqual([200, 409])
    expect(await confirm(next)).toEqual(refused(409, 'CARD_ALREADY_BOUND'))
  })
})
