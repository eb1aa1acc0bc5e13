// The gateway's own API, as an acquirer has one: a directory that names the address for an operation, the operations, and
// an inquiry by the caller's reference.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { hasPassed } from '../clock.ts'
import type { Pool } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import { GATEWAY_OPERATIONS, type GatewayOperation } from '../gateways/connector.ts'
import { compileBody, compileQuery } from '../http/validate.ts'
import type { Log } from '../log.ts'
import { parseAmount } from '../money.ts'
import { accountOf, callerOf, requireAccount } from './accounts.ts'
import { answerDone, answerUndone, type Faulty, failure } from './answer.ts'
import { CardFields, Cvv, Reference, registerCards, Token } from './cards-api.ts'
import { answerChallenge } from './challenge.ts'
import { findChallenge } from './challenge-queries.ts'
import { execute, type OperationCall } from './execute.ts'
import { pickFault } from './faults.ts'
import { FAULTY_OPERATIONS, type FaultName } from './modes.ts'
import { findOperation, findOtherGatewayId, type Operation, settleOperations } from './queries.ts'
import { type OperationView, viewOperation } from './view.ts'

export interface ApiOptions {
  readonly pool: Pool
  readonly log: Log
  readonly now: () => Promise<Date>
  readonly acsUrl: () => string
  readonly holdMs: number
  readonly signal: AbortSignal
  /** The port on which connections are reset before anything is read. */
  readonly resetPort: () => number
  /** Sends a notification and waits for it. */
  readonly sendNow: (notificationId: string) => Promise<void>
  /** Says that something was written that has to be told or decided later. */
  readonly nudge: () => void
}

const Amount = Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,4})?$' })
const Currency = Type.String({ pattern: '^[A-Z]{3}$' })
const Url = Type.String({ pattern: '^https?://', format: 'uri', maxLength: 2048 })
const Name = Type.String({ minLength: 1, maxLength: 200 })

const DirectoryQuery = Type.Object({
  operation: Type.Union(FAULTY_OPERATIONS.map((operation) => Type.Literal(operation))),
  reference: Reference,
  // Of whatever moves money.
  amount: Type.Optional(Amount),
  currency: Type.Optional(Currency),
  merchantReference: Type.Optional(Name),
})

const OperationBody = Type.Object({
  reference: Reference,
  amount: Amount,
  currency: Currency,
  card: Type.Optional(CardFields),
  cardToken: Type.Optional(Token),
  cvv: Type.Optional(Cvv), // With a token: any is right.
  chargeReference: Type.Optional(Reference),
  isFinal: Type.Optional(Type.Boolean()),
  terminalId: Type.Optional(Type.String({ maxLength: 20 })),
  description: Type.Optional(Type.String({ maxLength: 1000 })),
  authentication: Type.Optional(Type.Union([Type.Literal('auto'), Type.Literal('required'), Type.Literal('skip')])),
  isRepeated: Type.Optional(Type.Boolean()),
  returnUrl: Type.Optional(Url),
  notificationUrl: Type.Optional(Url),
  merchantReference: Type.Optional(Name),
})

/** Serves the API under `/v1`. */
export function registerApi(app: FastifyInstance, options: ApiOptions): void {
  const { pool } = options
  app.setErrorHandler((error, request, reply) => answerError(options.log, { error, request, reply }))
  requireAccount(app, pool, options.now)
  const readQuery = compileQuery(DirectoryQuery)
  const readBody = compileBody(OperationBody)

  app.get('/v1/directory', async (request) => {
    const query = readQuery(request.query) as Static<typeof DirectoryQuery>
    const { operation, amount, currency } = query
    const isWhole = amount !== undefined && currency !== undefined
    if (operation !== 'tokenize' && !isWhole) throw invalid('amount and currency are required')
    const fault = await pickFault(pool, 'directory', {
      operation,
      ...(isWhole && { amount: parseAmount(amount, currency) }),
      ...(query.merchantReference !== undefined && { merchantReference: query.merchantReference }),
      ...callerOf(request),
    })
    return { url: addressFor(fault, request, options.resetPort()) }
  })

  app.post<{ Params: { operation: string } }>('/v1/operations/:operation', async (request, reply) => {
    const operation = GATEWAY_OPERATIONS.find((name) => name === request.params.operation)
    if (!operation) throw new AppError('route_not_found')
    const call = toCall(operation, request, readBody(request.body) as Static<typeof OperationBody>)
    return handleOperation(options, call, { request, reply })
  })

  registerCards(app, options)

  app.get<{ Params: { reference: string } }>('/v1/operations/:reference', async (request, reply) => {
    const { reference } = request.params
    const view = await inquire(options, accountOf(request), reference)
    return view ?? reply.code(404).send(failure('not_found', 'There is no such operation.', reference))
  })
}

// What is said is relative to where it was asked, but for faults: those lead to where nothing works.
function addressFor(fault: FaultName | undefined, request: FastifyRequest, resetPort: number): string {
  const { hostname } = new URL(`http://${request.headers.host ?? '127.0.0.1'}`)
  switch (fault) {
    case 'refuse-connect':
      return `http://${hostname}:1` // Nobody listens on tcpmux.
    case 'dns-fail':
      return 'http://gateway.invalid' // RFC 6761: never resolves.
    case 'tls-fail':
      return `https://${hostname}:${request.raw.socket.localPort}`
    case 'reset-before-read':
      return `http://${hostname}:${resetPort}`
    default:
      return '.'
  }
}

function toCall(
  operation: GatewayOperation,
  request: FastifyRequest,
  body: Static<typeof OperationBody>,
): OperationCall {
  const { reference, amount, currency, authentication = 'auto', isRepeated = false } = body
  const { card, cardToken, chargeReference } = body
  const isCharge = operation === 'authorize' || operation === 'purchase'
  if (isCharge && (card === undefined) === (cardToken === undefined)) {
    throw invalid('Either card or cardToken is required')
  }
  if (isCharge && chargeReference !== undefined) throw invalid('chargeReference is not for charges')
  if (!isCharge && cardToken !== undefined) throw invalid('cardToken is for charges')
  if (isCharge && body.returnUrl === undefined) throw invalid('returnUrl is required')
  if (!isCharge && operation !== 'payout' && chargeReference === undefined) throw invalid('chargeReference is required')
  if (!isCharge && (card === undefined) === (chargeReference === undefined)) {
    throw invalid('Either card or chargeReference is required')
  }
  return {
    accountId: accountOf(request),
    operation,
    reference,
    amount: parseAmount(amount, currency),
    // A payout asks nobody, and neither does a payment without the payer.
    authentication: isCharge && !isRepeated ? authentication : 'skip',
    ...(card && { card }),
    ...(cardToken !== undefined && { cardToken }),
    ...(chargeReference !== undefined && { chargeReference }),
    isFinal: body.isFinal ?? true,
    terminalId: body.terminalId ?? '',
    ...(body.returnUrl !== undefined && { returnUrl: body.returnUrl }),
    ...(body.notificationUrl !== undefined && { notificationUrl: body.notificationUrl }),
    ...(body.merchantReference !== undefined && { merchantReference: body.merchantReference }),
    ...callerOf(request),
  }
}

const invalid = (message: string): AppError => new AppError('invalid_request', { message })

async function handleOperation(
  options: ApiOptions,
  call: OperationCall,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const { pool, holdMs, signal } = options
  const fault = await pickFault(pool, 'operation', call)
  const faulty: Faulty = { fault, holdMs, signal }
  const undone = answerUndone(request, reply, faulty)
  if (undone) return undone
  const now = await options.now()
  const executed = await execute(pool, call, { now, fault })
  options.nudge()
  switch (executed.kind) {
    case 'reference_reused':
      return reply
        .code(409)
        .send(failure('reference_reused', 'The reference was used for something else.', call.reference))
    case 'charge_not_found':
      return reply.code(422).send(failure('charge_not_found', 'There is no such charge.', call.reference))
    case 'executed': {
      const view = await look(options, executed.operation, now)
      if (executed.notificationId !== undefined) await options.sendNow(executed.notificationId)
      const otherId =
        fault === 'duplicate-id' ? await findOtherGatewayId(pool, call.accountId, call.reference) : undefined
      return answerDone(request, reply, view, { ...faulty, ...(otherId !== undefined && { otherId }) })
    }
  }
}

async function look({ pool, acsUrl }: ApiOptions, row: Operation, now: Date): Promise<OperationView> {
  const challenge = row.state === 'challenged' ? await findChallenge(pool, row) : undefined
  if (!challenge || !hasPassed(challenge.expiresAt, now))
    return viewOperation(row, { now, acsUrl: acsUrl(), challenge })
  const answered = await answerChallenge(pool, { id: challenge.id, action: 'cancel', code: '', now })
  if (answered.kind === 'unknown') throw new Error('a challenge is gone')
  return viewOperation(answered.operation, { now, acsUrl: acsUrl(), challenge })
}

// Honest but for the two faults that lie about time.
async function inquire(options: ApiOptions, accountId: string, reference: string): Promise<OperationView | undefined> {
  const { pool } = options
  const now = await options.now()
  await settleOperations(pool, { now, only: { accountId, reference } })
  const row = await findOperation(pool, accountId, reference)
  if (!row || (row.hiddenUntil !== null && !hasPassed(row.hiddenUntil, now))) return undefined
  return look(options, row, now)
}

function answerError(
  log: Log,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  const reference = (request.body as { reference?: unknown } | undefined)?.reference
  const about = typeof reference === 'string' ? reference : undefined
  if (error instanceof AppError && error.code === 'route_not_found') {
    return reply.code(404).send(failure('route_not_found', error.message))
  }
  const status = error instanceof AppError ? 400 : ((error as { statusCode?: number }).statusCode ?? 500)
  if (status < 500) return reply.code(status).send(failure('invalid_request', (error as Error).message, about))
  log.error({ err: error, route: request.routeOptions.url }, 'the sandbox gateway failed')
  return reply.code(500).send(failure('internal', 'Something went wrong.'))
}
