// Where gateways post their notifications: verified by the account's connector, kept once, applied later through the same finish
// as every answer.
import type { FastifyInstance } from 'fastify'
import type { Pool } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import { isUuid } from '../ids.ts'
import type { GatewayAccess } from './access.ts'
import { insertNotification } from './notification-queries.ts'
import { operationIdOf } from './reference.ts'

export interface NotificationRoutes {
  readonly pool: Pool
  readonly gateways: Pick<GatewayAccess, 'open'>
  /** Says that a notification was kept. */
  readonly nudge: () => void
}

const NO_REFUND = { chargeId: null, amount: null, currency: null } as const

const BODY_BYTES_MAX = 256 * 1024

/** Serves `POST /gateways/notifications/<gateway account id>`. An authentic notification is answered 200, also a repeated one. */
export function registerNotifications(app: FastifyInstance, { pool, gateways, nudge }: NotificationRoutes): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX }, (_request, body, done) =>
    done(null, body),
  )
  app.post<{ Params: { id: string } }>('/gateways/notifications/:id', async ({ params, headers, body }) => {
    const opened = isUuid(params.id) ? await gateways.open(params.id) : undefined
    const parse = opened?.connector.parseNotification
    const text = Buffer.isBuffer(body) ? body.toString('utf8') : ''
    const notification = opened && parse?.call(opened.connector, opened.gateway, { headers, body: text })
    const operationId = notification && operationIdOf(notification.reference)
    // One answer for an unknown account and a forged signature: who sends either learns nothing.
    if (!notification || operationId === undefined) throw new AppError('authentication_failed')
    const { eventId, refund } = notification
    const chargeId = refund && operationIdOf(refund.chargeReference)
    const about = chargeId === undefined ? NO_REFUND : { chargeId, ...refund?.amount }
    await insertNotification(pool, { gatewayAccountId: params.id, eventId, operationId, ...NO_REFUND, ...about })
    nudge()
    return { received: true }
  })
}
