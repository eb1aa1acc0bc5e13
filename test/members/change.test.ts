import { beforeEach, describe, expect, test } from 'vitest'
import { createMemberAuthenticator } from '../../src/members/authenticate.ts'
import {
  endPreviousKey,
  revokeTokens,
  rotateMemberKey,
  rotatePartnerKey,
  setMemberActive,
} from '../../src/members/change.ts'
import { exchangeToken, signInMember, signInPartner } from '../../src/members/sign-in.ts'
import { type Edge, KEY, MEMBER, openEdge, PARTNER, PARTNER_KEY, tokenOf } from '../api/transaction-services/setup.ts'

let edge: Edge

beforeEach(async () => {
  edge = await openEdge()
})

const deps = () => ({ ...edge, db: edge.database.pool })
const memberId = () => edge.memberIds[MEMBER] ?? ''
const signIn = (secureKey: string) =>
  signInMember(deps(), { name: { number: MEMBER }, secureKey, refuseUnknown: false })

const authenticate = (authtoken: string) =>
  createMemberAuthenticator(edge).authenticate({
    method: 'POST',
    target: '/',
    authorization: [],
    headers: { authtoken },
    refuseUnknown: false,
  })

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code: string }) => error.code,
  )

describe('a new secure key', () => {
  test('works beside the one before for seven days, and revokes every token', async () => {
    const token = await tokenOf(edge)
    await authenticate(token)
    const key = await rotateMemberKey(deps(), memberId())
    expect(await codeOf(Promise.resolve(authenticate(token)))).toBe('token_invalid')
    expect(await codeOf(exchangeToken(deps(), { partnerNumber: PARTNER, token }))).toBe('token_invalid')
    expect((await signIn(KEY)).member.secureKeys).toHaveLength(2)
    await signIn(key.reveal())
    await edge.advance(7 * 86_400)
    edge.directory.forget()
    expect(await codeOf(signIn(KEY))).toBe('authentication_failed')
    await signIn(key.reveal())
  })

  test('can be the only one at once', async () => {
    const key = await rotateMemberKey(deps(), memberId())
    await endPreviousKey(deps(), memberId())
    expect(await codeOf(signIn(KEY))).toBe('authentication_failed')
    await signIn(key.reveal())
  })

  test('ends the one before the previous one', async () => {
    const second = await rotateMemberKey(deps(), memberId())
    await rotateMemberKey(deps(), memberId())
    expect(await codeOf(signIn(KEY))).toBe('authentication_failed')
    await signIn(second.reveal())
  })

  test('of a partner takes the place of the one before', async () => {
    const partner = await edge.directory.partner(PARTNER)
    const key = await rotatePartnerKey(deps(), partner?.partnerId ?? '')
    const name = { number: PARTNER, username: 'partner-one' }
    const ask = (secureKey: string) => codeOf(signInPartner(deps(), { name, secureKey, refuseUnknown: false }))
    expect([await ask(PARTNER_KEY), await ask(key.reveal())]).toEqual(['authentication_failed', 'done'])
  })
})

test('tokens can be revoked without another key', async () => {
  const token = await tokenOf(edge)
  await revokeTokens(deps(), memberId())
  expect(await codeOf(Promise.resolve(authenticate(token)))).toBe('token_invalid')
  const { token: fresh } = await signIn(KEY)
  await authenticate(fresh)
})

test('a member that is not active is told so when it shows its key or token, and nobody else is', async () => {
  const token = await tokenOf(edge)
  await setMemberActive(deps(), memberId(), false)
  expect(await codeOf(signIn(KEY))).toBe('member_not_active')
  expect(await codeOf(signIn('sk_wrong'))).toBe('authentication_failed')
  expect(await codeOf(Promise.resolve(authenticate(token)))).toBe('member_not_active')
  expect(await codeOf(exchangeToken(deps(), { partnerNumber: PARTNER, token }))).toBe('member_not_active')
  await setMemberActive(deps(), memberId(), true)
  await authenticate(token)
})

test('of two exchanges of one token at once exactly one succeeds', async () => {
  const token = await tokenOf(edge)
  const exchanged = await Promise.all(
    Array.from({ length: 5 }, () => codeOf(exchangeToken(deps(), { partnerNumber: PARTNER, token }))),
  )
  expect(exchanged.sort()).toEqual(['done', ...Array.from({ length: 4 }, () => 'token_invalid')])
})
