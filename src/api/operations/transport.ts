// How this face speaks: API keys or users, JSON or forms in, JSON out.
import type { Authenticator } from '../../http/authentication.ts'
import type { Transport } from '../../http/transport.ts'
import { FORM_TYPE, JSON_TYPE, MULTIPART_TYPE, NO_BODY, readBody } from './body.ts'

/** The transport for API keys and users, whom `authenticator` knows. */
export const createOperationsTransport = (authenticator: Authenticator): Transport => ({
  challenges: authenticator.challenges,
  authenticate: (request) => authenticator.authenticate(request),
  bodyTypes: [JSON_TYPE, FORM_TYPE, MULTIPART_TYPE],
  readBody,
  // The wire reads every field by itself and tells all that is wrong at once.
  compileBody: () => (body) => body ?? NO_BODY,
  write: (answer) => ({ type: 'application/json; charset=utf-8', text: JSON.stringify(answer) }),
  description: {
    securitySchemes: {
      apiKey: {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description: '`Api-Key <key>`: may do everything for its merchant.',
      },
      basic: {
        type: 'http',
        scheme: 'basic',
        description: 'A user of the merchant, with the permissions he was given.',
      },
    },
    answerTypes: ['application/json'],
    error: {
      type: 'object',
      description: '`{"detail": …}`, or texts by field. A refused operation also has `operation` and `result`.',
      properties: { detail: { type: 'string' }, operation: { type: 'string' }, result: { type: 'string' } },
    },
    hasIdempotencyKeys: false, // The Tracking-Key of external operations does that here.
  },
})
