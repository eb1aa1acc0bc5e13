// Serves the routes of a face. The order of checks: who is calling, how often, may they, which bytes did they sign, can they
// be read, do they fit the schema.
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { AppError, type ErrorCode } from '../errors.ts'
import { type Authentication, authorizationHeaders } from './authentication.ts'
import { type AnyCall, type Call, type Face, type Route, routeName } from './face.ts'
import type { Metrics } from './metrics.ts'
import { addressKey, type Counter, type Quota, type RateLimit, retryAfterSeconds } from './rate-limit.ts'
import type { BodyReader, Transport } from './transport.ts'
import { compileQuery } from './validate.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Counts the answer in the metrics of its route. */
    observe: ((status: number, seconds: number) => void) | undefined
    /** Who is calling, on the routes of faces. */
    authentication: Authentication | undefined
  }
}

export interface FaceOptions {
  /** That of faces without one of their own. */
  readonly transport: Transport
  readonly rateLimit: RateLimit
  readonly metrics: Metrics
}

const NO_BYTES = new Uint8Array(0)
const IDEMPOTENCY_KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/

/** What the hooks and handlers of faces keep on a request. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest('observe', undefined)
  app.decorateRequest('authentication', undefined)
}

/** Registers every route of a face under each of its prefixes; with a transport of its own in a scope of its own. */
export async function registerFace(app: FastifyInstance, face: Face, options: FaceOptions): Promise<void> {
  const { transport } = face
  if (!transport) return registerRoutes(app, face, options)
  await app.register(async (scope) => {
    registerBodyParser(scope, transport)
    registerRoutes(scope, face, { ...options, transport })
  })
}

function registerRoutes(app: FastifyInstance, face: Face, options: FaceOptions): void {
  for (const route of face.routes) {
    const name = routeName(face, route)
    const onRequest = createGate(face, route, options)
    const handler = createHandler(route, name, options)
    for (const url of urlsOf(face, route)) {
      app.route({
        method: route.method,
        url,
        ...(route.bodyBytesMax !== undefined && { bodyLimit: route.bodyBytesMax }),
        ...(!options.transport.write && { schema: { response: { 200: route.response } } }),
        onRequest,
        handler,
      })
    }
  }
}

function urlsOf({ prefixes, slashIsOptional }: Face, { path }: Route): string[] {
  const paths = slashIsOptional ? [path, path.endsWith('/') ? path.slice(0, -1) : `${path}/`] : [path]
  return prefixes.flatMap((prefix) => paths.map((one) => prefix + one))
}

/** Reads bodies as the transport does; one that is signed is compared with its signature before anything reads it. */
export function registerBodyParser(app: FastifyInstance, transport: BodyReader): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([...transport.bodyTypes], { parseAs: 'buffer' }, (request, raw: Buffer, done) => {
    try {
      if (!isPlainUtf8(request)) throw new AppError('unsupported_media_type')
      request.authentication?.checkBody?.(raw)
      const header = request.headers['content-type'] ?? ''
      const body = raw.length === 0 ? undefined : transport.readBody(raw, typeOf(request), header)
      if (!(body instanceof Promise)) return done(null, body)
      body.then((read) => done(null, read), done)
    } catch (error) {
      done(error as Error)
    }
  })
}

const typeOf = ({ headers }: FastifyRequest): string =>
  (headers['content-type'] ?? '').replace(/;.*$/s, '').trim().toLowerCase()

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
function createGate(face: Face, route: Route, { transport, rateLimit, metrics }: FaceOptions): Gate {
  const name = routeName(face, route)
  const requests = rateLimit.forRoute(name)
  const observe = metrics.forRoute(face.name, name)

  const take = (reply: FastifyReply, key: string): Error | undefined => {
    const quota = requests.take(key)
    setQuota(reply, quota)
    return quota.isExceeded ? rateLimited(quota) : undefined
  }
  const admit = (request: FastifyRequest, reply: FastifyReply, authentication: Authentication): Error | undefined => {
    const { principal } = authentication
    const refusal = take(reply, principal.id)
    if (refusal) return refusal
    if (principal.kind !== face.principal) return new AppError('forbidden')
    request.authentication = authentication
    return undefined
  }

  return (request, reply, done) => {
    request.observe = observe
    reply.header('cache-control', 'no-store')
    const address = addressKey(request.ip)
    if (route.isOpen) return done(take(reply, address))
    const refuse = (error: unknown) => done(countFailure(rateLimit.failures, address, { error, reply }))
    let answer: Authentication | Promise<Authentication>
    try {
      answer = transport.authenticate({
        method: request.method,
        target: request.raw.url ?? '',
        authorization: authorizationHeaders(request.raw),
        headers: request.headers,
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
  // Whoever comes while too many wait has shown nothing wrong.
  if (!(error instanceof AppError) || error.code === 'overloaded') return error as Error
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

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

function createHandler(route: Route, name: string, { transport, rateLimit }: FaceOptions): Handler {
  const checkBody = transport.compileBody(route.body)
  const checkQuery = compileQuery(route.query)

  const readCall = (request: FastifyRequest): Omit<Call<unknown, unknown>, 'principal'> => {
    if (request.body !== undefined && route.bodyTypes?.includes(typeOf(request)) === false)
      throw new AppError('unsupported_media_type')
    const idempotencyKey = request.headers['idempotency-key']
    return {
      body: checkBody(request.body),
      query: checkQuery({ ...(request.query as object), ...(request.params as object) }),
      headers: request.headers,
      requestId: request.id,
      ip: request.ip,
      route: name,
      ...(idempotencyKey !== undefined && { idempotencyKey: checkIdempotencyKey(idempotencyKey) }),
    }
  }
  const readCaller = ({ authentication, body, ip }: FastifyRequest): object => {
    if (route.isOpen) return { refuseUnknown: rateLimit.failures.peek(addressKey(ip)).isExceeded }
    if (!authentication) throw new Error(`${name} was reached without authentication`)
    if (body === undefined) authentication.checkBody?.(NO_BYTES)
    return { principal: authentication.principal }
  }

  return async (request, reply) => {
    const call = { ...readCaller(request), ...readCall(request) }
    // The schemas have just checked what the handler's types promise.
    const answer = ((await route.handle(call as AnyCall).catch((error: unknown) => {
      throw isWrongSecret(error) ? countFailure(rateLimit.failures, addressKey(request.ip), { error, reply }) : error
    })) ?? {}) as object
    if (route.status !== undefined) reply.code(route.status)
    if (route.status === 204) return reply.send('')
    if (!transport.write) return answer
    const { type, text } = transport.write(answer, request.headers)
    return reply.type(type).send(text)
  }
}

// What a route itself finds wrong with who is calling counts like what the gate finds.
const isWrongSecret = (error: unknown): boolean => error instanceof AppError && WRONG_SECRET.has(error.code)

const WRONG_SECRET: ReadonlySet<ErrorCode> = new Set(['authentication_failed', 'token_invalid', 'checksum_invalid'])

function checkIdempotencyKey(key: string | string[]): string {
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key
  throw new AppError('invalid_request', {
    field: 'Idempotency-Key',
    message: 'Idempotency-Key must have 1 to 255 printable ASCII characters',
  })
}
