// A server with the faces of Transaction Services, the member of the specification's examples, and every request's real parser
// behind a route that answers a payment made up for it.
import Type from 'typebox'
import { onTestFinished } from 'vitest'
import { facesOf } from '../../../src/api/transaction-services/routes.ts'
import { regenerateTokenRoute, tokenRoutes } from '../../../src/api/transaction-services/routes-tokens.ts'
import type { PaymentView } from '../../../src/api/transaction-services/view.ts'
import * as charge from '../../../src/api/transaction-services/wire-charge.ts'
import * as followUp from '../../../src/api/transaction-services/wire-follow-up.ts'
import * as invoice from '../../../src/api/transaction-services/wire-invoice.ts'
import * as list from '../../../src/api/transaction-services/wire-list.ts'
import { renderInquiry, renderPayment } from '../../../src/api/transaction-services/wire-payment.ts'
import * as payout from '../../../src/api/transaction-services/wire-payout.ts'
import * as registration from '../../../src/api/transaction-services/wire-registration.ts'
import { type BusinessClock, createBusinessClock } from '../../../src/clock.ts'
import { AppError } from '../../../src/errors.ts'
import { type Face, type Route, route } from '../../../src/http/face.ts'
import { createMetrics } from '../../../src/http/metrics.ts'
import { createRateLimit, type RateLimitSettings } from '../../../src/http/rate-limit.ts'
import { createServer, type Server } from '../../../src/http/server.ts'
import { newId } from '../../../src/ids.ts'
import { createLog } from '../../../src/log.ts'
import { createDirectory, type Directory } from '../../../src/members/directory.ts'
import {
  DEFAULT_MEMBER_SETTINGS,
  type MemberCaller,
  type MemberSettings,
  memberOf,
} from '../../../src/members/member.ts'
import { findMemberByNumber, insertMember, insertPartner } from '../../../src/members/queries.ts'
import { sealSecureKey } from '../../../src/members/secure-keys.ts'
import { createTokens, type Tokens } from '../../../src/members/tokens.ts'
import { insertMerchant } from '../../../src/merchants/queries.ts'
import { createAuthenticator } from '../../../src/principals/authenticate.ts'
import { advanceBusinessClock, selectBusinessNow } from '../../../src/sandbox/queries.ts'
import { Secret } from '../../../src/secret.ts'
import { generateKeys, type Keys, loadKeys } from '../../../src/vault/keys.ts'
import { createVault, type Vault } from '../../../src/vault/vault.ts'
import { openDatabase, type TestDatabase } from '../../helpers/database.ts'

/** The specification's examples are about this member. */
export const MEMBER = '10042'
export const KEY = 'sk_TEST_7f3c2a9b51'
export const OTHER = '10043'
export const OTHER_KEY = 'sk_TEST_0000000001'
export const PARTNER = '301'
export const PARTNER_KEY = 'sk_TEST_c44f19e0d2'

export interface Edge {
  readonly database: TestDatabase
  readonly keys: Keys
  readonly vault: Vault
  readonly directory: Directory
  readonly tokens: Tokens
  readonly clock: BusinessClock
  readonly memberIds: Readonly<Record<string, string>>
  advance(seconds: number): Promise<void>
}

/** A database with a partner and two members. */
export async function openEdge(): Promise<Edge> {
  const database = await openDatabase()
  const { pool: db } = database
  const keys = await loadKeys({ env: generateKeys() })
  const vault = await createVault({ pool: db, keys })
  const partnerId = newId()
  const partnerKey = sealSecureKey(vault, { kind: 'partner', id: partnerId }, new Secret(PARTNER_KEY))
  await insertPartner(db, { id: partnerId, number: BigInt(PARTNER), username: 'partner-one', sealedKey: partnerKey })
  const add = async (number: string, username: string, key: string): Promise<string> => {
    const [id, merchantId] = [newId(), newId()]
    await insertMerchant(db, { id: merchantId, name: username, mcc: '5812', category: 'Food', country: 'HK' })
    const sealedKey = sealSecureKey(vault, { kind: 'member', id }, new Secret(key))
    const names = { id, number: BigInt(number), merchantId, partnerId, username, sealedKey }
    await insertMember(db, { ...names, ...DEFAULT_MEMBER_SETTINGS })
    return id
  }
  const memberIds = { [MEMBER]: await add(MEMBER, 'teahouse', KEY), [OTHER]: await add(OTHER, 'noodlebar', OTHER_KEY) }
  return {
    database,
    keys,
    vault,
    memberIds,
    directory: createDirectory({ db, vault }),
    tokens: createTokens(keys.credentialKey),
    clock: createBusinessClock({ read: () => selectBusinessNow(db), maxAgeMs: 0 }),
    advance: async (seconds) => {
      await advanceBusinessClock(db, { seconds, offsetSecondsMax: 2 ** 40 })
    },
  }
}

/** Changes settings of a member; the directory forgets what it knew. */
export async function changeSettings(edge: Edge, number: string, changes: Partial<MemberSettings>): Promise<void> {
  const { changeMemberSettings } = await import('../../../src/members/change.ts')
  const row = await findMemberByNumber(edge.database.pool, number)
  if (!row) throw new Error('there is no such member')
  const deps = { db: edge.database.pool, vault: edge.vault, directory: edge.directory, clock: edge.clock }
  await changeMemberSettings(deps, { ...row, memberId: row.id }, changes)
}

/** The member as a caller, without a server. */
export async function callerOf(edge: Edge, number = MEMBER, isSigned = false): Promise<MemberCaller> {
  const member = await edge.directory.member(number)
  if (!member) throw new Error('there is no such member')
  return { ...member, isSigned }
}

/** A payment of 50.00 EUR that was captured. */
export const CAPTURED: PaymentView = {
  paymentId: 900001n,
  paymentType: 'DB',
  merchantTransactionId: 'ORD-2001',
  amount: { amount: 5000n, currency: 'EUR' },
  progress: {
    kind: 'charge',
    state: 'captured',
    isRedirected: false,
    refundReserved: 0n,
    refunded: 0n,
    chargedBack: 0n,
    isSettled: false,
    hasExpired: false,
    captureFailed: false,
  },
  captured: 5000n,
  refunded: 0n,
  chargedBack: 0n,
  paidOut: 0n,
  details: {
    paymentMode: 'CC',
    paymentBrand: 'VISA',
    customer: { givenName: 'Ada', surname: 'Bauer', email: 'ada@shop.example' },
    shipping: {},
    device: {},
    card: { bin: '400000', last4: '0051', holder: 'Ada Bauer', expiryMonth: '12', expiryYear: '2030' },
  },
  createdAt: new Date('2026-01-05T10:15:00Z'),
}

const Anything = Type.Object({}, { additionalProperties: true })

interface ParserCall {
  readonly principal: Parameters<typeof memberOf>[0]
  readonly body: Readonly<Record<string, string>>
}

// Answers the payment made up, whatever was asked, when the parser has accepted it.
function parserRoutes(clock: BusinessClock): Route[] {
  const answer = async (principal: ParserCall['principal'], read: unknown) => {
    if (read === undefined) throw new Error('a parser has read nothing')
    return renderPayment(CAPTURED, { member: memberOf(principal), now: clock.latest() })
  }
  const post = (path: string, body: Route['body'], read: (call: ParserCall, id: string) => unknown): Route =>
    route({
      method: 'POST',
      path,
      summary: path,
      ...(body && { body }),
      query: Type.Object({
        paymentId: Type.Optional(Type.String()),
        registrationId: Type.Optional(Type.String()),
      }),
      response: Anything,
      handle: async (call) => {
        const { paymentId, registrationId } = call.query
        const asked = { principal: call.principal, body: call.body as ParserCall['body'] }
        return answer(call.principal, read(asked, paymentId ?? registrationId ?? ''))
      },
    })
  return [
    post('/payments', charge.PaymentBody, ({ principal, body }) => charge.readPayment(principal, body)),
    post('/payments/:paymentId([^/]+)', followUp.FollowUpBody, ({ principal, body }, id) =>
      followUp.readFollowUp(principal, id, body),
    ),
    post('/inquiry', followUp.InquiryBody, ({ principal, body }) => followUp.readInquiry(principal, undefined, body)),
    post('/getTransactionList', list.ListBody, ({ principal, body }) => list.readList(principal, body)),
    post('/registrations', registration.RegistrationBody, ({ principal, body }) =>
      registration.readRegistration(principal, body),
    ),
    post('/registrations/:registrationId([^/]+)/delete', undefined, ({ principal, body }, id) =>
      registration.readRegistrationDeletion(principal, id, body),
    ),
    post('/paywithtoken/:registrationId([^/]+)', charge.PayWithTokenBody, ({ principal, body }, id) =>
      charge.readPayWithToken(principal, id, body),
    ),
    post('/payout', payout.PayoutBody, ({ principal, body }) => payout.readPayout(principal, body)),
    post('/fail', undefined, () => {
      throw new Error('the secret inside')
    }),
    post('/exists', undefined, () => {
      throw new AppError('payment_state_invalid')
    }),
    route({
      method: 'GET',
      path: '/payments/:paymentId([^/]+)',
      summary: 'Ask',
      query: followUp.InquiryQuery,
      response: Anything,
      handle: async ({ principal, query }) => {
        const { id, fields } = followUp.splitQuery(query)
        followUp.readInquiry(principal, id, fields)
        return renderInquiry(CAPTURED, { member: memberOf(principal), now: clock.latest() })
      },
    }),
  ]
}

const invoiceRoutes = (clock: BusinessClock): Route[] =>
  (
    [
      ['/generate', invoice.GenerateInvoiceBody, invoice.readInvoice],
      ['/regenerate', invoice.RegenerateInvoiceBody, invoice.readInvoiceRegeneration],
      ['/cancel', invoice.InvoiceRefBody, invoice.readInvoiceFollowUp],
      ['/inquiry', invoice.InvoiceInquiryBody, invoice.readInvoiceInquiry],
      ['/getinvoiceconfigdetails', invoice.InvoiceConfigBody, invoice.readInvoiceConfig],
    ] as const
  ).map(([path, body, read]) =>
    route({
      method: 'POST',
      path,
      summary: path,
      body,
      response: Anything,
      handle: async (call) => {
        read(call.principal, call.body)
        return renderPayment(CAPTURED, { member: memberOf(call.principal), now: clock.latest() })
      },
    }),
  )

export interface RunningEdge {
  readonly server: Server
  readonly url: string
  readonly faces: readonly Face[]
  readonly logged: string[]
}

/** A server with the faces on a free port, stopped when the test or the file ends. */
export async function startEdge(
  edge: Edge,
  { limits, legacyHttp200 = false }: { limits?: Partial<RateLimitSettings>; legacyHttp200?: boolean } = {},
): Promise<RunningEdge> {
  const { database, directory, tokens, clock, keys } = edge
  const logged: string[] = []
  const deps = { db: database.pool, directory, tokens, clock, legacyHttp200 }
  const faces = facesOf(deps, {
    transactions: [...tokenRoutes(deps), ...parserRoutes(clock)],
    invoices: [regenerateTokenRoute(deps), ...invoiceRoutes(clock)],
  })
  const server = await createServer({
    faces,
    log: createLog('info', { write: (line) => logged.push(line) }),
    authenticator: createAuthenticator({ db: database.pool, secretKey: keys.credentialKey.reveal() }),
    rateLimit: createRateLimit({ requestsPerMinute: 1_000_000, failuresPerMinute: 1_000_000, ...limits }),
    metrics: createMetrics(),
    readiness: async () => ({ isReady: true }),
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  try {
    onTestFinished(() => server.close())
  } catch {
    // Not inside a test: the file closes it.
  }
  return { server, url, faces, logged }
}

/** A fresh token of a member. */
export async function tokenOf(edge: Edge, number = MEMBER): Promise<string> {
  const member = await callerOf(edge, number)
  const now = await edge.clock.now()
  const { username, tokenVersion } = member
  return edge.tokens.issue({ role: 'merchant', number, username, tokenVersion }, { now, signedInAt: now })
}
