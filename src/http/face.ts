// The shape of a face: a table of routes that reads as the whole API on one screen. The server, the OpenAPI document and
// the metrics are all made from it.
import type { IncomingHttpHeaders } from 'node:http'
import type { Static, TSchema } from 'typebox'
import type { ErrorCode, ErrorDetails } from '../errors.ts'
import type { Principal, PrincipalKind } from '../principals/principal.ts'
import type { Transport } from './transport.ts'

export interface Face {
  /** Names the face in metrics and in its OpenAPI document, `/docs/<name>.json`. */
  readonly name: string
  readonly title: string
  readonly description: string
  /** Where the routes are served; the first is the documented one. The longest prefix of a path decides whose it is. */
  readonly prefixes: readonly [string, ...string[]]
  readonly principal: PrincipalKind
  readonly routes: readonly Route[]
  /** Whether every path may be called with or without its last slash. */
  readonly slashIsOptional?: boolean
  /** How it authenticates, reads and writes; JSON with API credentials when it does not say. */
  readonly transport?: Transport
  renderError(code: ErrorCode, details: ErrorDetails, refused?: RefusedRequest): RenderedError
}

/** What is known of a request that is refused: less, the earlier that happens. */
export interface RefusedRequest {
  readonly principal: Principal | undefined
  readonly method: string
  /** The Content-Type, as it was sent. */
  readonly contentType: string
  /** As the transport read it. */
  readonly body: unknown
  /** The parameters of the path. */
  readonly params: Readonly<Record<string, string>>
}

/** An error as a face's callers see it. */
export interface RenderedError {
  readonly status: number
  readonly body: object
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the prefix, with a leading slash. A parameter is written `:name(pattern)` and is a member of `query`, too. */
  readonly path: string
  readonly summary: string
  readonly description?: string
  /** Of an answer that is no error; 200 unless told. */
  readonly status?: 201 | 204
  /** How large a body may be, where that is more than usual. */
  readonly bodyBytesMax?: number
  /** Of which types a body may be, where that is less than its face reads. */
  readonly bodyTypes?: readonly string[]
  /** Whether anybody may call it, because the body itself says who is calling; see `openRoute`. */
  readonly isOpen?: boolean
  readonly body?: TSchema
  readonly query?: TSchema
  /** Headers of its own that it reads, for the documentation. */
  readonly headers?: TSchema
  readonly response: TSchema
  readonly examples?: RouteExamples
  /** Called with what the schemas have accepted; see `route`. */
  readonly handle: (call: AnyCall) => Promise<unknown>
}

/** What the documentation shows. Each must be accepted by its schema. */
export interface RouteExamples {
  readonly body?: unknown
  readonly response?: unknown
}

/** One authenticated, validated request. */
export interface Call<B, Q> {
  readonly principal: Principal
  readonly body: B
  readonly query: Q
  /** The `Idempotency-Key` header: 1 to 255 printable ASCII characters. */
  readonly idempotencyKey?: string
  readonly headers: IncomingHttpHeaders
  /** The `x-request-id` of the answer. */
  readonly requestId: string
  readonly ip: string
  /** Method and documented path, whichever prefix was used: `POST /v1/cardaccounts/transfer`. */
  readonly route: string
}

/** What fits every handler, whichever of the two calls it takes. */
export type AnyCall = Call<never, never> & OpenCall<never, never>

interface RouteOf<B extends TSchema, Q extends TSchema, R extends TSchema> extends Omit<Route, 'handle'> {
  readonly body?: B
  readonly query?: Q
  readonly response: R
  readonly handle: (call: Call<Static<B>, Static<Q>>) => Promise<Static<R>>
}

/** A route whose handler's types follow from its schemas. */
export const route = <B extends TSchema, Q extends TSchema, R extends TSchema>(definition: RouteOf<B, Q, R>): Route =>
  definition

/** One validated request of somebody who is not known yet. */
export interface OpenCall<B, Q> extends Omit<Call<B, Q>, 'principal'> {
  /** Whether credentials that this process has not seen lately are refused without looking them up. */
  readonly refuseUnknown: boolean
}

interface OpenRouteOf<B extends TSchema, Q extends TSchema, R extends TSchema>
  extends Omit<RouteOf<B, Q, R>, 'handle' | 'isOpen'> {
  readonly handle: (call: OpenCall<Static<B>, Static<Q>>) => Promise<Static<R>>
}

/** A route that anybody may call. It throws `authentication_failed` itself, which is counted as everywhere. */
export const openRoute = <B extends TSchema, Q extends TSchema, R extends TSchema>(
  definition: OpenRouteOf<B, Q, R>,
): Route => ({ ...definition, isOpen: true })

/** The name of a route whichever prefix it was called by: `POST /v1/cardaccounts/transfer`. */
export const routeName = (face: Face, route: Route): string => `${route.method} ${documentedPath(face, route)}`

/** The path by which a route is documented, with its parameters in braces: `/v1/things/{id}`. */
export const documentedPath = (face: Face, { path }: Route): string =>
  face.prefixes[0] + path.replace(/:(\w+)\([^)]*\)/g, '{$1}')

/** The face that a path belongs to, by the longest prefix; undefined when it is none's. */
export function faceOfPath(faces: readonly Face[], path: string): Face | undefined {
  let found: { face: Face; length: number } | undefined
  for (const face of faces) {
    for (const prefix of face.prefixes) {
      const isBelow = path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
      if (isBelow && prefix.length > (found?.length ?? -1)) found = { face, length: prefix.length }
    }
  }
  return found?.face
}
