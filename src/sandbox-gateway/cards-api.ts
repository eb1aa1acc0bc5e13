// The part of the gateway's API that keeps cards and forgets them.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { compileBody } from '../http/validate.ts'
import { accountOf, callerOf } from './accounts.ts'
import { answerDone, answerUndone, type Faulty, failure } from './answer.ts'
import type { ApiOptions } from './api.ts'
import { eraseCard } from './card-queries.ts'
import { pickFault } from './faults.ts'
import { keepCard } from './keep-card.ts'
import { viewCard } from './view.ts'

export const Reference = Type.String({ pattern: '^[0-9a-f]{32}$' })
export const Token = Type.String({ pattern: '^[\\x21-\\x7e]{1,64}$' })
export const Cvv = Type.String({ pattern: '^\\d{3,4}$' })

export const CardFields = Type.Object({
  number: Type.String({ pattern: '^\\d{12,19}$' }),
  expiryMonth: Type.Integer({ minimum: 1, maximum: 12 }),
  expiryYear: Type.Integer({ minimum: 2000, maximum: 9999 }),
  cvv: Type.Optional(Cvv),
  holder: Type.Optional(Type.String({ maxLength: 200 })),
})

const KeepBody = Type.Object({ reference: Reference, card: CardFields })
const ForgetBody = Type.Object({ token: Token })

/** Serves `/v1/cards`. */
export function registerCards(app: FastifyInstance, options: ApiOptions): void {
  const readKeep = compileBody(KeepBody)
  const readForget = compileBody(ForgetBody)

  app.post('/v1/cards', (request, reply) =>
    handleCard(options, readKeep(request.body) as Static<typeof KeepBody>, { request, reply }),
  )

  // The token is in the body, because addresses end up in logs.
  app.post('/v1/cards/forget', async (request, reply) => {
    const { token } = readForget(request.body) as Static<typeof ForgetBody>
    const isErased = await eraseCard(options.pool, { accountId: accountOf(request), token, now: await options.now() })
    return isErased
      ? { status: 'forgotten' }
      : reply.code(404).send(failure('card_not_found', 'There is no such card.'))
  })
}

async function handleCard(
  { pool, now, holdMs, signal }: ApiOptions,
  { reference, card }: Static<typeof KeepBody>,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const fault = await pickFault(pool, 'operation', { operation: 'tokenize', ...callerOf(request) })
  const faulty: Faulty = { fault, holdMs, signal }
  const undone = answerUndone(request, reply, faulty)
  if (undone) return undone
  const kept = await keepCard(pool, { accountId: accountOf(request), reference, card, now: await now() })
  if (kept.kind === 'reference_reused') {
    return reply.code(409).send(failure('reference_reused', 'The reference was used for another card.', reference))
  }
  return answerDone(request, reply, viewCard(reference, kept), faulty)
}
