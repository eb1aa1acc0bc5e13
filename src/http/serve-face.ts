// Serves the routes of a face. The order of checks: who is calling, how often, may they, which bytes did they sign, is it
// JSON, does it fit the schema.
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { AppError } from '../errors.ts'
import { type Authentication, type Authenticator, authorizationHeaders } from './authentication.ts'
import { type Call, type Face, type Route, routeName } from './face.ts'
import { parseJson } from './json.ts'
import type { Metrics } from './metrics.ts'
import { addressKey, type Counter, type Quota, type RateLimit, retryAfterSeconds } from './rate-limit.ts'
import { compileBody, compileQuery } from './validate.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Counts the answer in the metrics of its route. */
    observe: ((status: number, seconds: number) => void) | undefined
    /** Who is calling, on the routes of faces. */
    authentication: Authentication | undefined
  }
}

export interface FaceOptions {
  readonly authenticator: Authenticator
  readonly rateLimit: RateLimit
  readonly metrics: Metrics
}

const NO_BYTES = new Uint8Array(0)
const IDEMPOTENCY_KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/

/** Registers every route of a face under each of its prefixes. */
export function registerFace(app: FastifyInstance, face: Face, options: FaceOptions): void {
  for (const route of face.routes) {
    const name = routeName(face, route)
    const onRequest = createGate(face, name, options)
    const handler = createHandler(route, name)
    for (const prefix of face.prefixes) {
      app.route({
        method: route.method,
        url: prefix + route.path,
        schema: { response: { 200: route.response } },
        onRequest,
        handler,
      })
    }
  }
}

/** Reads JSON bodies, numbers as text; a body that is signed is compared with its signature before anything reads it. */
export function registerBodyParser(app: FastifyInstance): void {
  app.decorateRequest('authentication', undefined)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, raw: Buffer, done) => {
    try {
      if (!isPlainUtf8(request)) throw new AppError('unsupported_media_type')
      request.authentication?.checkBody?.(raw)
      done(null, raw.length === 0 ? undefined : parseJson(raw))
    } catch (error) {
      done(error as Error)
    }
  })
}

function isPlainUtf8({ headers }: FastifyRequest): boolean {
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') return false
  const type = headers['content-type']
  if (type === 'application/json') return true
  const charset = /;\s*charset="?([^";\s]+)/i.exec(type ?? '')?.[1]
  return charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset)
}

type Gate = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

// Before the body is read: authentication, rate limit, kind of principal. Written with a callback, because a known Basic
// credential needs no turn of the event loop.
function createGate(face: Face, name: string, { authenticator, rateLimit, metrics }: FaceOptions): Gate {
  const requests = rateLimit.forRoute(name)
  const observe = metrics.forRoute(face.name, name)

  const admit = (request: FastifyRequest, reply: FastifyReply, authentication: Authentication): Error | undefined => {
    const { principal } = authentication
    const quota = requests.take(principal.id)
    setQuota(reply, quota)
    if (quota.isExceeded) return rateLimited(quota)
    if (principal.kind !== face.principal) return new AppError('forbidden')
    request.authentication = authentication
    return undefined
  }

  return (request, reply, done) => {
    request.observe = observe
    reply.header('cache-control', 'no-store')
    const address = addressKey(request.ip)
    const refuse = (error: unknown) => done(countFailure(rateLimit.failures, address, { error, reply }))
    let answer: Authentication | Promise<Authentication>
    try {
      answer = authenticator.authenticate({
        method: request.method,
        target: request.raw.url ?? '',
        authorization: authorizationHeaders(request.raw),
        refuseUnknown: rateLimit.failures.peek(address).isExceeded,
      })
    } catch (error) {
      return refuse(error)
    }
    if (!(answer instanceof Promise)) return done(admit(request, reply, answer))
    answer.then((authentication) => admit(request, reply, authentication)).then(done, refuse)
  }
}

function countFailure(failures: Counter, address: string, failed: { error: unknown; reply: FastifyReply }): Error {
  const { error, reply } = failed
  if (!(error instanceof AppError)) return error as Error
  const quota = error.code === 'rate_limited' ? failures.peek(address) : failures.take(address)
  setQuota(reply, quota)
  return quota.isExceeded ? rateLimited(quota) : error
}

const rateLimited = (quota: Quota): AppError =>
  new AppError('rate_limited', { retryAfterSeconds: retryAfterSeconds(quota) })

/** Tells the caller what is left of the minute. */
export function setQuota(reply: FastifyReply, { limit, remaining, resetMs }: Quota): void {
  reply.header('x-ratelimit-limit', limit)
  reply.header('x-ratelimit-remaining', remaining)
  reply.header('x-ratelimit-reset', resetMs)
}

function createHandler(route: Route, name: string): (request: FastifyRequest) => Promise<unknown> {
  const checkBody = compileBody(route.body)
  const checkQuery = compileQuery(route.query)
  return async (request) => {
    const { authentication, body, headers } = request
    if (!authentication) throw new Error(`${name} was reached without authentication`)
    if (body === undefined) authentication.checkBody?.(NO_BYTES)
    const idempotencyKey = headers['idempotency-key']
    const call: Call<unknown, unknown> = {
      principal: authentication.principal,
      body: checkBody(body),
      query: checkQuery({ ...(request.query as object), ...(request.params as object) }),
      requestId: request.id,
      ip: request.ip,
      route: name,
      ...(idempotencyKey !== undefined && { idempotencyKey: checkIdempotencyKey(idempotencyKey) }),
    }
    // The schemas have just checked what the handler's types promise.
    return (await route.handle(call as Call<never, never>)) ?? {}
  }
}

function checkIdempotencyKey(key: string | string[]): string {
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key
  throw new AppError('invalid_request', {
    field: 'Idempotency-Key',
    message: 'Idempotency-Key must have 1 to 255 printable ASCII characters',
  })
}
