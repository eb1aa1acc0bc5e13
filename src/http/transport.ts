// How a face speaks: how its callers are known, which bodies it reads and how its answers are written. All faces share the
// server, its limits and the order of checks; only this differs.
import type { IncomingHttpHeaders } from 'node:http'
import type { TSchema } from 'typebox'
import type { Authenticator } from './authentication.ts'
import { parseJson } from './json.ts'
import { type Check, compileBody } from './validate.ts'

/** How bodies become values. */
export interface BodyReader {
  /** The content types that it reads. Any other is `unsupported_media_type`, and so is a charset that is not UTF-8. */
  readonly bodyTypes: readonly [string, ...string[]]
  /**
   * Reads a body that is not empty, of one of these types; `header` is the whole Content-Type. Throws an AppError, and never repeats
   * what it read.
   */
  readBody(raw: Buffer, type: string, header: string): unknown
}

export interface Transport extends Authenticator, BodyReader {
  /** What checks bodies, the missing one (`undefined`) too, before a route sees them. */
  compileBody(schema: TSchema | undefined): Check
  /** Writes an answer or an error as this caller wants it. Without it the server writes JSON by the route's schema. */
  write?(answer: object, headers: IncomingHttpHeaders): Written
  readonly description: TransportDescription
}

/** A body on its way out. */
export interface Written {
  /** The Content-Type. */
  readonly type: string
  readonly text: string
}

/** What the OpenAPI document says of it. */
export interface TransportDescription {
  /** By name; a caller needs one of them. */
  readonly securitySchemes: Readonly<Record<string, object>>
  readonly answerTypes: readonly string[]
  /** The JSON Schema of every error. */
  readonly error: object
  /** Whether the `Idempotency-Key` header does something. */
  readonly hasIdempotencyKeys: boolean
}

/** Bodies that are one JSON object. */
export const JSON_BODIES: BodyReader = { bodyTypes: ['application/json'], readBody: parseJson }

/** JSON bodies and answers, for callers with API credentials. */
export const createJsonTransport = (authenticator: Authenticator): Transport => ({
  challenges: authenticator.challenges,
  authenticate: (request) => authenticator.authenticate(request),
  ...JSON_BODIES,
  compileBody,
  description: JSON_DESCRIPTION,
})

export const JSON_DESCRIPTION: TransportDescription = {
  securitySchemes: {
    basic: { type: 'http', scheme: 'basic', description: 'Username and password of an API credential.' },
    bearer: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'An RS256 JWT made for this one request, living 30 seconds at most. Claims: `sub` (access key), `iat`, `exp`, ' +
        '`uri` (path with query), `method`, `body` (lower-case hex SHA-256 of the request body).',
    },
  },
  answerTypes: ['application/json'],
  error: {
    type: 'object',
    required: ['code', 'message'],
    properties: { code: { type: 'string' }, message: { type: 'string' } },
  },
  hasIdempotencyKeys: true,
}
