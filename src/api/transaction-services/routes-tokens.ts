// Tokens: a secure key, or an earlier token, for a token of one hour. Anybody may call these: the body says who is calling.
import Type from 'typebox'
import { openRoute, type Route } from '../../http/face.ts'
import { exchangeToken, type SignInDeps, signInMember, signInPartner } from '../../members/sign-in.ts'
import * as wire from './wire-tokens.ts'

const text = (description: string) => Type.String({ description })

const TokenAnswer = Type.Object({
  partnerId: text('The number of the partner.'),
  memberId: Type.Optional(text('The number of the member, for `authentication.memberId`; not for a partner.')),
  result: Type.Object({ code: text('`200`.'), description: text('In words.') }),
  timestamp: text('yyyy-MM-dd HH:mm:ss'),
  LoginName: text('The login name.'),
  AuthToken: text('For the AuthToken header. It works for one hour.'),
})

const EXAMPLE = {
  partnerId: '301',
  memberId: '10042',
  result: { code: '200', description: 'Token generated successfully' },
  timestamp: '2026-01-05 10:15:00',
  LoginName: 'teahouse',
  AuthToken: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ0ZWFob3VzZSIsInJvbGUiOiJtZXJjaGFudCJ9.3Dq5…',
}
const { memberId: _, ...PARTNER_EXAMPLE } = { ...EXAMPLE, LoginName: 'partner-one' }

/** The routes for tokens of members and partners. */
export const tokenRoutes = (deps: SignInDeps): Route[] => [
  openRoute({
    method: 'POST',
    path: '/authToken',
    summary: 'Get a token for a member',
    description: 'An unknown member and a wrong key are the same 401.',
    body: wire.MemberTokenBody,
    response: TokenAnswer,
    examples: {
      body: {
        'authentication.partnerId': '301',
        'merchant.username': 'teahouse',
        'authentication.sKey': 'sk_TEST_7f3c2a9b51',
      },
      response: EXAMPLE,
    },
    handle: async ({ body, refuseUnknown }) => {
      const { member, token } = await signInMember(deps, { ...wire.readMemberSignIn(body), refuseUnknown })
      const { partnerNumber, number, username, timeZone } = member
      return wire.renderToken(
        { partnerNumber, memberNumber: number, username, token },
        await deps.clock.now(),
        timeZone,
      )
    },
  }),
  openRoute({
    method: 'POST',
    path: '/partnerAuthToken',
    summary: 'Get a token for a partner',
    description: 'It says who the partner is; it does not let it act for its members.',
    body: wire.PartnerTokenBody,
    response: TokenAnswer,
    examples: {
      body: {
        'authentication.partnerId': '301',
        'partner.userName': 'partner-one',
        'authentication.sKey': 'sk_TEST_c44f19e0d2',
      },
      response: PARTNER_EXAMPLE,
    },
    handle: async ({ body, refuseUnknown }) => {
      const { partner, token } = await signInPartner(deps, { ...wire.readPartnerSignIn(body), refuseUnknown })
      return wire.renderToken(
        { partnerNumber: partner.number, username: partner.username, token },
        await deps.clock.now(),
      )
    },
  }),
  regenerateTokenRoute(deps),
]

/** Exchanges tokens; the API has this route on each of its services. */
export const regenerateTokenRoute = (deps: SignInDeps): Route =>
  openRoute({
    method: 'POST',
    path: '/regenerateToken',
    summary: 'Exchange a token for a new one',
    description:
      'Once for each token, expired or not, and only within 24 hours of the `authToken` that the first of them came from.',
    body: wire.ExchangeBody,
    response: TokenAnswer,
    examples: { body: { 'authentication.partnerId': '301', authToken: EXAMPLE.AuthToken }, response: EXAMPLE },
    handle: async ({ body }) =>
      wire.renderToken(await exchangeToken(deps, wire.readExchange(body)), await deps.clock.now()),
  })
