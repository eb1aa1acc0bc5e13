// Turns whatever a request ends with into an answer: in the words of the face whose prefix the path has, plain elsewhere.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isUnavailable } from '../db/pool.ts'
import { AppError, ERRORS, type ErrorCode, type ErrorDetails } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Face, faceOfPath, type RefusedRequest, type RenderedError } from './face.ts'
import type { Written } from './transport.ts'

export interface RefusalOptions {
  readonly faces: readonly Face[]
  readonly log: Log
  /** The values of WWW-Authenticate where no transport of a face has others. */
  readonly challenges: readonly string[]
}

/** An error as it is answered outside of all faces. */
export const renderPlainError = (code: ErrorCode, details: ErrorDetails): RenderedError => ({
  status: PLAIN_STATUS[code] ?? 500,
  body: { code: code.toUpperCase(), message: details.message ?? ERRORS[code] },
})

// What can happen before a face is involved. The rest is a face's own business.
const PLAIN_STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  invalid_request: 400,
  authentication_failed: 401,
  signature_invalid: 401,
  forbidden: 403,
  route_not_found: 404,
  resource_not_found: 404,
  method_not_allowed: 405,
  payment_state_invalid: 409, // of operators
  body_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  overloaded: 503,
}

const DRAIN_BYTES_MAX = 8 * 1024 * 1024
const RETRY_AFTER_SECONDS: Readonly<Record<number, number>> = { 429: 60, 503: 1 } // when whoever refused did not say

/** What answers every failed request. */
export function createErrorHandler({ faces, log, challenges }: RefusalOptions) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = toAppError(error)
    const { code, details } = refusal ?? new AppError('internal')
    const face = faceOfPath(faces, pathOf(request))
    const { status, body } = face
      ? face.renderError(code, details, describeRefused(request))
      : renderPlainError(code, details)
    if (status >= 500) logFailure(log, request, { status, error: refusal ?? error })
    keepConnection(request, reply)
    if (status === 401) reply.header('www-authenticate', [...(face?.transport?.challenges ?? challenges)])
    const retryAfter = details.retryAfterSeconds ?? RETRY_AFTER_SECONDS[status]
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const { type, text } = face?.transport?.write?.(body, request.headers) ?? writeJson(body)
    reply.header('x-request-id', request.id).code(status).type(type).send(text)
  }
}

const writeJson = (body: object): Written => ({ type: 'application/json; charset=utf-8', text: JSON.stringify(body) })

const describeRefused = ({ authentication, body, params, method, headers }: FastifyRequest): RefusedRequest => ({
  principal: authentication?.principal,
  method,
  contentType: headers['content-type'] ?? '',
  body,
  params: (params ?? {}) as Record<string, string>,
})

/** The path of a request, without its query. */
export function pathOf({ raw }: FastifyRequest): string {
  const target = raw.url ?? '/'
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

// The refusals of fastify that stand for one of ours; its other 4xx mean a request that cannot be read.
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_MAX_PARAM_LENGTH: 'route_not_found', // No name of ours is so long.
}

/** What a request ended with as a refusal; undefined for a bug. */
export function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error
  if (!(error instanceof Error)) return undefined
  const { code, statusCode } = error as Error & { code?: string; statusCode?: number }
  const known = FASTIFY_CODES[code ?? '']
  if (known) return new AppError(known)
  if (isUnavailable(error)) return new AppError('overloaded')
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? new AppError('invalid_request') : undefined
}

/** Logs a failure of ours. Only what says where to look: messages of a database may carry values. */
export function logFailure(log: Log, request: FastifyRequest, failure: { status: number; error: unknown }): void {
  const { status, error } = failure
  const { name, message, code, stack } = error as Error & { code?: string }
  log.error(
    {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions?.url ?? 'none',
      status,
      error: error instanceof AppError ? { code } : { name, message, code, stack },
    },
    'a request failed',
  )
}

// Fastify closes the connection after a body that it refused. A client that is still sending would then see a reset
// instead of the answer, so a body of bearable length is read to its end and thrown away.
function keepConnection(request: FastifyRequest, reply: FastifyReply): void {
  if (request.raw.complete || Number(request.headers['content-length']) <= DRAIN_BYTES_MAX) {
    reply.removeHeader('connection')
  }
}
