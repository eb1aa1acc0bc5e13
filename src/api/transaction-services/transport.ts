// How this face speaks: a token in a header of its own, forms and JSON in, JSON or XML out.
import type { Authenticator } from '../../http/authentication.ts'
import type { Transport } from '../../http/transport.ts'
import { chooseFormat } from './accept.ts'
import { type Fields, NO_FIELDS, parseForm, parseJsonFields } from './fields.ts'
import { writeXml } from './xml.ts'

const FORM = 'application/x-www-form-urlencoded'

/** The transport for members, whom `authenticator` knows by their tokens. */
export const createTransactionServicesTransport = (authenticator: Authenticator): Transport => ({
  challenges: authenticator.challenges,
  authenticate: (request) => authenticator.authenticate(request),
  bodyTypes: [FORM, 'application/json'],
  readBody: (raw, type): Fields => (type === FORM ? parseForm(raw) : parseJsonFields(raw)),
  // The wire reads every field by itself, in the order in which this API refuses them.
  compileBody: () => (body) => body ?? NO_FIELDS,
  write: (answer, { accept }) =>
    chooseFormat(accept) === 'xml'
      ? { type: 'application/xml; charset=UTF-8', text: writeXml(answer) }
      : { type: 'application/json; charset=UTF-8', text: JSON.stringify(answer) },
  description: {
    securitySchemes: {
      authToken: {
        type: 'apiKey',
        in: 'header',
        name: 'AuthToken',
        description: 'From `authToken` or `regenerateToken`. It works for one hour.',
      },
    },
    answerTypes: ['application/json', 'application/xml'],
    error: {
      type: 'object',
      required: ['result', 'timestamp'],
      properties: {
        paymentId: { type: 'string', description: '`-` when there is no payment.' },
        result: {
          type: 'object',
          required: ['code', 'description'],
          properties: {
            code: { type: 'string' },
            description: { type: 'string' },
            reason: { type: 'string', description: 'A more exact code, where `code` is the general one.' },
          },
        },
        timestamp: { type: 'string', description: 'yyyy-MM-dd HH:mm:ss' },
      },
    },
    hasIdempotencyKeys: false, // A merchantTransactionId does that here.
  },
})
