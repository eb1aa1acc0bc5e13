// What testers and payers see of the sandbox gateway: faults on demand, the book, and the challenge. Served by the
// gateway's own server and by Florin's.
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type, { type Static } from 'typebox'
import { hasPassed } from '../clock.ts'
import type { Pool } from '../db/pool.ts'
import { AppError, invalidField } from '../errors.ts'
import { GATEWAY_OPERATIONS } from '../gateways/connector.ts'
import { createBearerGate } from '../http/bearer.ts'
import { JsonNumber } from '../http/json.ts'
import { compileBody, compileQuery } from '../http/validate.ts'
import { isUuid, newId } from '../ids.ts'
import type { Secret } from '../secret.ts'
import { type Page, renderChallenge, renderReturn, renderUnknown } from './acs-page.ts'
import { answerChallenge, CHALLENGE_ACTIONS, type ChallengeAction } from './challenge.ts'
import { findChallenge } from './challenge-queries.ts'
import { type ArmedFault, deleteFaults, insertFault, listCensus, listFaults } from './fault-queries.ts'
import { FAULT_MODES, FAULTY_OPERATIONS, findMode } from './modes.ts'
import { findOperation, listBook } from './queries.ts'
import { refundByHand } from './refund-by-hand.ts'
import { viewInBook } from './view.ts'

export interface ControlOptions {
  readonly pool: Pool
  /** Whoever has it may arm faults and read the book. */
  readonly token: Secret<string>
  readonly now: () => Promise<Date>
  /** Called when something was decided that has to be told. */
  readonly nudge?: () => void
}

const COUNT_MAX = 1_000_000

const Text = Type.String({ minLength: 1, maxLength: 200 })
const Operations = Type.Union(GATEWAY_OPERATIONS.map((operation) => Type.Literal(operation)))

const FaultBody = Type.Object(
  {
    mode: Type.Unknown(),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: COUNT_MAX })),
    rate: Type.Optional(Type.Unknown()),
    operation: Type.Optional(Type.Union(FAULTY_OPERATIONS.map((operation) => Type.Literal(operation)))),
    merchantTransactionId: Type.Optional(Text),
    gatewayAccount: Type.Optional(Text),
  },
  { additionalProperties: false },
)

const BookQuery = Type.Object({
  reference: Type.Optional(Text),
  parentReference: Type.Optional(Text),
  operation: Type.Optional(Operations),
  merchantTransactionId: Type.Optional(Text),
  gatewayAccount: Type.Optional(Text),
})

const RefundBody = Type.Object(
  { reference: Text, amount: Type.Optional(Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,4})?$' })) },
  { additionalProperties: false },
)

/** Serves `/sandbox/gateway/faults`, `/sandbox/gateway/book`, `/sandbox/gateway/refunds` and `/sandbox/gateway/acs`. Only for sandboxes. */
export async function registerSandboxGateway(scope: FastifyInstance, options: ControlOptions): Promise<void> {
  await scope.register(async (guarded) => registerControl(guarded, options))
  await scope.register(async (open) => registerAcs(open, options))
}

function registerControl(scope: FastifyInstance, { pool, token, now, nudge }: ControlOptions): void {
  scope.addHook('onRequest', createBearerGate(token))
  const readBody = compileBody(FaultBody)
  const readQuery = compileQuery(BookQuery)

  scope.get('/sandbox/gateway/faults', async () => {
    const fired = new Map((await listCensus(pool)).map((row) => [row.mode, Number(row.fired)]))
    const modes = FAULT_MODES.map(({ number, name, what, did }) => ({
      ...{ number, name, what, did, fired: fired.get(number) ?? 0 },
    }))
    return { modes, armed: (await listFaults(pool)).map(viewFault) }
  })

  scope.post('/sandbox/gateway/faults', async ({ body }) => {
    const fault = toFault(readBody(body) as Static<typeof FaultBody>, await now())
    await insertFault(pool, fault)
    return viewFault(fault)
  })

  scope.delete('/sandbox/gateway/faults', async () => ({ disarmed: await deleteFaults(pool) }))

  scope.delete<{ Params: { id: string } }>('/sandbox/gateway/faults/:id', async ({ params }) => {
    const disarmed = isUuid(params.id) ? await deleteFaults(pool, params.id) : 0
    if (disarmed === 0) throw new AppError('resource_not_found')
    return { disarmed }
  })

  scope.get('/sandbox/gateway/book', async ({ query }) => {
    const filter = readQuery(query) as Static<typeof BookQuery>
    return (await listBook(pool, filter)).map(viewInBook)
  })

  const readRefund = compileBody(RefundBody)
  scope.post('/sandbox/gateway/refunds', async ({ body }) => {
    const { reference, amount } = readRefund(body) as Static<typeof RefundBody>
    const refunded = await refundByHand(pool, { reference, amount }, await now())
    if (!refunded) throw invalidField('reference', 'is of no charge')
    nudge?.()
    return viewInBook(refunded)
  })
}

function toFault(body: Static<typeof FaultBody>, now: Date): ArmedFault {
  const { mode, count, rate, operation, merchantTransactionId, gatewayAccount } = body
  const named = typeof mode === 'string' || mode instanceof JsonNumber ? findMode(String(textOf(mode))) : undefined
  if (!named) throw invalidField('mode', `must be a number from 1 to ${FAULT_MODES.length} or the name of a mode`)
  if (operation === 'tokenize' && !named.happensToCards) throw invalidField('mode', 'cannot happen to tokenize')
  if (rate !== undefined && count !== undefined) throw invalidField('rate', 'and count exclude each other')
  return {
    id: newId(),
    mode: named.number,
    remaining: rate === undefined ? (count ?? 1) : null,
    rate: rate === undefined ? null : readRate(rate),
    operation: operation ?? null,
    merchantReference: merchantTransactionId ?? null,
    gatewayAccount: gatewayAccount ?? null,
    createdAt: now,
  }
}

const textOf = (value: string | JsonNumber): string => (value instanceof JsonNumber ? value.text : value)

function readRate(value: unknown): number {
  const rate = value instanceof JsonNumber ? Number(value.text) : Number.NaN
  if (!(rate > 0 && rate <= 1)) throw invalidField('rate', 'must be a number above 0, at most 1')
  return rate
}

const viewFault = (fault: ArmedFault) => ({
  id: fault.id,
  mode: fault.mode,
  name: findMode(fault.mode)?.name,
  ...(fault.remaining !== null && { count: fault.remaining }),
  ...(fault.rate !== null && { rate: fault.rate }),
  ...(fault.operation !== null && { operation: fault.operation }),
  ...(fault.merchantReference !== null && { merchantTransactionId: fault.merchantReference }),
  ...(fault.gatewayAccount !== null && { gatewayAccount: fault.gatewayAccount }),
})

const FORM_BYTES_MAX = 4096

function registerAcs(scope: FastifyInstance, { pool, now, nudge }: ControlOptions): void {
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
    (_request, text, done) => done(null, Object.fromEntries(new URLSearchParams(String(text)))),
  )

  const show = async (id: string): Promise<Page> => {
    const challenge = await findChallenge(pool, { id })
    const operation = challenge && (await findOperation(pool, challenge.accountId, challenge.reference))
    if (!challenge || !operation) return renderUnknown()
    if (challenge.closedAt !== null) return renderReturn({ challenge, operation })
    if (!hasPassed(challenge.expiresAt, await now())) return renderChallenge({ challenge, operation }, false)
    return decide(id, 'cancel', '')
  }
  const decide = async (id: string, action: ChallengeAction, code: string): Promise<Page> => {
    const answered = await answerChallenge(pool, { id, action, code, now: await now() })
    if (answered.kind === 'unknown') return renderUnknown()
    if (answered.kind === 'wrong') return renderChallenge(answered, true)
    nudge?.()
    return renderReturn(answered)
  }

  scope.get<{ Querystring: { challenge?: unknown } }>('/sandbox/gateway/acs', async ({ query }, reply) =>
    answer(reply, await show(String(query.challenge ?? ''))),
  )
  scope.post<{ Body: Readonly<Record<string, string>> | undefined }>(
    '/sandbox/gateway/acs',
    async ({ body }, reply) => {
      const id = String(body?.challenge ?? '')
      const action = CHALLENGE_ACTIONS.find((name) => name === body?.action)
      return answer(reply, action ? await decide(id, action, String(body?.code ?? '').trim()) : await show(id))
    },
  )
}

const answer = (reply: FastifyReply, { status, headers, html }: Page): FastifyReply =>
  reply.code(status).headers(headers).send(html)
