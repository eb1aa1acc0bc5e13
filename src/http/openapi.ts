// The OpenAPI 3.1 document of a face, made from its table of routes and nothing else.
import type { SchemaObject } from 'ajv'
import type { TSchema } from 'typebox'
import { documentedPath, type Face, type Route } from './face.ts'
import { JSON_DESCRIPTION } from './transport.ts'

/** The document as an object ready to be serialized. `version` is that of the API. */
export function describeFace(face: Face, version = '1.0.0'): Record<string, unknown> {
  const tags = [...new Set(face.routes.map(tagOf))]
  const { securitySchemes, error, answerTypes } = face.transport?.description ?? JSON_DESCRIPTION
  return {
    openapi: '3.1.0',
    info: { title: face.title, version, description: face.description },
    servers: [{ url: '/', description: 'This server' }],
    tags: tags.map((name) => ({ name })),
    security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    paths: describePaths(face),
    components: {
      securitySchemes,
      schemas: { Error: error },
      headers: HEADERS,
      responses: {
        Error: {
          description: 'Refused: nothing has happened.',
          headers: HEADER_REFS,
          content: contentOf(answerTypes, ERROR_REF),
        },
      },
    },
  }
}

const ERROR_REF = { $ref: '#/components/schemas/Error' }

const HEADERS = {
  'x-request-id': { description: 'Names this request in our logs.', schema: { type: 'string', format: 'uuid' } },
  'x-ratelimit-limit': { description: 'Requests a minute to this endpoint.', schema: { type: 'integer' } },
  'x-ratelimit-remaining': { description: 'Requests left in this minute.', schema: { type: 'integer' } },
  'x-ratelimit-reset': { description: 'Milliseconds until the minute starts again.', schema: { type: 'integer' } },
}
const HEADER_REFS = Object.fromEntries(
  Object.keys(HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
)

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A repeated request with the same key is answered with the first one’s result.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

function describePaths(face: Face): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of face.routes) {
    const path = documentedPath(face, route)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(face, route, path) }
  }
  return paths
}

function describeRoute({ transport }: Face, route: Route, path: string): Record<string, unknown> {
  const { answerTypes, hasIdempotencyKeys } = transport?.description ?? JSON_DESCRIPTION
  const bodyTypes = route.bodyTypes ?? transport?.bodyTypes ?? ['application/json']
  const { method, status = 200, summary, description, body, query, headers, response, examples } = route
  const parameters = [
    ...(query ? describeParameters(query, (name) => (path.includes(`{${name}}`) ? 'path' : 'query')) : []),
    ...(headers ? describeParameters(headers, () => 'header') : []),
    ...(method === 'POST' && hasIdempotencyKeys ? [IDEMPOTENCY_KEY] : []),
  ]
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+(.)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tagOf(route)],
    summary,
    ...(description !== undefined && { description }),
    ...(route.isOpen && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: contentOf(bodyTypes, plain(body), examples?.body) } }),
    responses: {
      [status]: {
        description: 'Done.',
        headers: HEADER_REFS,
        ...(status !== 204 && { content: contentOf(answerTypes, plain(response), examples?.response) }),
      },
      default: { $ref: '#/components/responses/Error' },
    },
  }
}

function describeParameters(schemas: TSchema, placeOf: (name: string) => string): Record<string, unknown>[] {
  const { properties = {}, required = [] } = plain(schemas)
  return Object.entries<SchemaObject>(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: placeOf(name),
    required: (required as string[]).includes(name),
    ...(description !== undefined && { description }),
    schema,
  }))
}

const tagOf = ({ path }: Route): string => path.split('/')[1] ?? ''

// The example is shown as JSON only: that is what it is.
const contentOf = (types: readonly string[], schema: SchemaObject, example?: unknown): Record<string, unknown> =>
  Object.fromEntries(
    types.map((type) => [type, { schema, ...(example !== undefined && type === 'application/json' && { example }) }]),
  )

// TypeBox keeps its own notes in hidden members of a schema; a round trip through JSON leaves only the schema.
const plain = (schema: TSchema): SchemaObject => JSON.parse(JSON.stringify(schema)) as SchemaObject
