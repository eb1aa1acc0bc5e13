// The HTTP server: limits, request ids, the order of checks, and an answer in the right words whatever happens.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { type FastifyInstance, fastify } from 'fastify'
import { AppError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Authenticator } from './authentication.ts'
import { registerDocs } from './docs.ts'
import { type Face, faceOfPath } from './face.ts'
import { type Readiness, registerHealth } from './health.ts'
import { createMethodFinder } from './methods.ts'
import type { Metrics } from './metrics.ts'
import { addressKey, type RateLimit } from './rate-limit.ts'
import { createErrorHandler, pathOf, renderPlainError } from './refusals.ts'
import { decorateRequests, registerBodyParser, registerFace, setQuota } from './serve-face.ts'
import { createJsonTransport } from './transport.ts'

export interface ServerOptions {
  readonly faces: readonly Face[]
  readonly log: Log
  readonly authenticator: Authenticator
  readonly rateLimit: RateLimit
  readonly metrics: Metrics
  readonly readiness: Readiness
  /** Routes outside of the faces, each registered in a scope of its own. They authenticate by themselves. */
  readonly extraRoutes?: readonly ((app: FastifyInstance) => void | Promise<void>)[]
  /** Proxies whose X-Forwarded-For is believed: addresses or networks. None unless told. */
  readonly trustedProxies?: readonly string[]
}

export interface Server {
  readonly app: FastifyInstance
  /** Starts to listen; port 0 takes a free one. Returns the base URL. */
  listen(options: { readonly host: string; readonly port: number }): Promise<string>
  /** Answers what has arrived and stops; connections that are still busy after 10 s are cut. */
  close(): Promise<void>
}

const BODY_BYTES_MAX = 64 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000 // to arrive completely
const SOCKET_TIMEOUT_MS = 60_000
const KEEP_ALIVE_TIMEOUT_MS = 65_000 // Longer than a load balancer's 60 s, so that it is never we who close first.
const CLOSE_TIMEOUT_MS = 10_000
const CLOSE_POLL_MS = 25

/** Builds the server with every route; it listens when told. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { faces, log, authenticator, rateLimit, metrics, readiness } = options
  const answerError = createErrorHandler({ faces, log, challenges: authenticator.challenges })
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SOCKET_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 5_000 },
    return503OnClosing: false, // What has arrived is answered; the listener is closed, so little does.
    exposeHeadRoutes: false,
    trustProxy: options.trustedProxies ? [...options.trustedProxies] : false,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerError,
  })
  app.setErrorHandler(answerError)
  const methodsOf = createMethodFinder(app)
  registerEveryRequest(app, { faces, metrics, rateLimit, methodsOf })
  const transport = createJsonTransport(authenticator)
  decorateRequests(app)
  registerBodyParser(app, transport)
  let isClosing = false
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('connection', 'close') // or the client's next request meets a connection that is gone
    done()
  })

  for (const face of faces) await registerFace(app, face, { transport, rateLimit, metrics })
  registerHealth(app, { readiness, metrics, isClosing: () => isClosing })
  await registerDocs(app, faces)
  for (const register of options.extraRoutes ?? []) {
    await app.register(async (scope) => {
      await register(scope)
    })
  }
  await app.ready()

  return {
    app,
    listen: ({ host, port }) => app.listen({ host, port }),
    close: () => {
      isClosing = true
      return closeApp(app)
    },
  }
}

interface EveryRequest {
  readonly faces: readonly Face[]
  readonly metrics: Metrics
  readonly rateLimit: RateLimit
  readonly methodsOf: (path: string) => string[]
}

// What applies to every request, those without a route included. Unknown routes end here, before a body is looked at.
function registerEveryRequest(app: FastifyInstance, { faces, metrics, rateLimit, methodsOf }: EveryRequest): void {
  const observers = new Map(
    ['none', ...faces.map(({ name }) => name)].map((name) => [name, metrics.forRoute(name, 'other')]),
  )
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    if (!request.is404) return done()
    if (faceOfPath(faces, pathOf(request))) setQuota(reply, rateLimit.failures.peek(addressKey(request.ip)))
    const methods = methodsOf(pathOf(request))
    if (methods.length === 0) return done(new AppError('route_not_found'))
    reply.header('allow', methods.join(', '))
    done(new AppError('method_not_allowed'))
  })
  app.addHook('onResponse', (request, reply, done) => {
    const observe = request.observe ?? observers.get(faceOfPath(faces, pathOf(request))?.name ?? 'none')
    observe?.(reply.statusCode, reply.elapsedTime / 1000)
    done()
  })
}

// Bytes that are not HTTP, headers that are too large, requests that do not arrive: there is no request to answer yet.
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request'
  const body = JSON.stringify(renderPlainError('invalid_request', {}).body)
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\n` +
      `x-request-id: ${randomUUID()}\r\nconnection: close\r\n\r\n${body}`,
  )
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

// A connection that was busy when closing began would be kept alive after its answer, so idle ones are closed repeatedly.
async function closeApp(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), CLOSE_POLL_MS)
  const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_TIMEOUT_MS)
  try {
    await app.close()
  } finally {
    clearInterval(sweep)
    clearTimeout(cut)
  }
}
