// What whoever runs the platform may ask of it: the unknown inbox, and to settle what is in it.
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { listExchanges } from '../gateways/queries.ts'
import { createBearerGate } from '../http/bearer.ts'
import { compileBody } from '../http/validate.ts'
import { isUuid } from '../ids.ts'
import { formatAmount } from '../money.ts'
import { settleByHand } from '../payments/inbox.ts'
import { listInbox } from '../payments/inbox-queries.ts'
import type { Secret } from '../secret.ts'

export interface OperatorOptions {
  readonly deps: Pick<Deps, 'lane' | 'pool'>
  /** Whoever has it may do all of this. */
  readonly token: Secret<string>
}

const ITEMS_MAX = 500

const SettleBody = Type.Object({
  verdict: Type.Union([Type.Literal('approved'), Type.Literal('declined')]),
  evidence: Type.String({ minLength: 1, maxLength: 4096 }),
  gatewayReference: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
})

/** Serves `GET /operator/inbox` and, below it, `/<operation>/exchanges` and `POST /<operation>/settle`. */
export function registerOperator(app: FastifyInstance, { deps, token }: OperatorOptions): void {
  const readBody = compileBody(SettleBody)
  app.addHook('onRequest', createBearerGate(token))

  app.get('/operator/inbox', async () => {
    const items = await listInbox(deps.pool, ITEMS_MAX)
    return items.map((item) => ({ ...item, amount: formatAmount({ amount: item.amount, currency: item.currency }) }))
  })

  app.get<{ Params: { id: string } }>('/operator/inbox/:id/exchanges', async ({ params }) => {
    if (!isUuid(params.id)) throw new AppError('resource_not_found')
    return listExchanges(deps.pool, params.id)
  })

  app.post<{ Params: { id: string } }>('/operator/inbox/:id/settle', async ({ params, body }) => {
    const { verdict, evidence, gatewayReference } = readBody(body) as Static<typeof SettleBody>
    if (!isUuid(params.id)) throw new AppError('resource_not_found')
    const step = await settleByHand(deps, {
      operationId: params.id,
      verdict,
      evidence,
      gatewayReference,
      by: 'operator',
    }).catch((error: unknown) => {
      throw error instanceof AppError && error.code === 'payment_not_found' ? new AppError('resource_not_found') : error
    })
    return { operationId: step.operation.id, state: step.operation.state, payment: step.payment.state }
  })
}
