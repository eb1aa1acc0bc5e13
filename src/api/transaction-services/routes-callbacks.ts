// Callbacks as their merchant can look them up: the log with bodies, pulling by number, and sending again. An extension.
import Type from 'typebox'
import { type Route, route } from '../../http/face.ts'
import type { Principal } from '../../principals/principal.ts'
import {
  type DeliveryWithTries,
  getDelivery,
  type LoggedDelivery,
  listAfter,
  listDeliveries,
} from '../../webhooks/log.ts'
import { replayDelivery, replayRange } from '../../webhooks/replay.ts'
import { answerLike } from './answers.ts'
import { resultOf } from './codes.ts'
import { renderingFor, type TransactionServicesDeps } from './context.ts'
import * as examples from './examples.ts'
import { formatTimestamp } from './times.ts'
import * as wire from './wire-callbacks.ts'

/** The routes for callbacks. */
export const callbackRoutes = (deps: TransactionServicesDeps): Route[] => [
  route({
    method: 'GET',
    path: '/callbacks',
    summary: 'Pull callbacks by their number (extension)',
    description:
      'Those behind `after`, without a gap, whatever became of their delivery; `newest` says whether there are more.',
    query: wire.PullQuery,
    response: answerLike(examples.callbacks.response),
    examples: examples.callbacks,
    handle: async ({ principal, query }) => {
      const { deliveries, newest } = await listAfter(deps.pool, wire.readPull(principal, query))
      return answer(deps, principal, {
        callbacks: deliveries.map((one) => renderCallbackRow({ ...one, tries: [] })),
        newest: newest.toString(),
      })
    },
  }),
  route({
    method: 'POST',
    path: '/callbacks',
    summary: 'The log of callbacks, newest first, with every try (extension)',
    body: wire.LogBody,
    response: answerLike(examples.callbackLog.response),
    examples: examples.callbackLog,
    handle: async ({ principal, body }) => {
      const { filter, page } = wire.readLog(principal, body)
      const { rows, next } = await listDeliveries(deps.pool, filter, page)
      return answer(deps, principal, {
        callbacks: rows.map(renderCallbackRow),
        ...(next !== undefined && { pageToken: wire.renderPageToken(next) }),
      })
    },
  }),
  route({
    method: 'POST',
    path: '/callbacks/:callbackId([0-9A-Fa-f-]{1,64})/replay',
    summary: 'Send a callback again (extension)',
    description: 'The same message under the same id, with all its tries.',
    query: Type.Object({ callbackId: Type.String() }),
    body: wire.ProofBody,
    response: answerLike(examples.callbackReplayed.response),
    examples: examples.callbackReplayed,
    handle: async ({ principal, query, body }) => {
      const { merchantId } = wire.readProof(principal, body)
      const { id } = await getDelivery(deps.pool, { ownerId: merchantId, id: query.callbackId.toLowerCase() })
      return answer(deps, principal, textsOf(await replayDelivery(deps.pool, { ownerId: merchantId, id })))
    },
  }),
  route({
    method: 'POST',
    path: '/callbacks/replay',
    summary: 'Send the callbacks of a time again (extension)',
    description: 'What was made from `from` until `to`, as timestamps with their zone.',
    body: wire.ReplayBody,
    response: answerLike(examples.callbacksReplayed.response),
    examples: examples.callbacksReplayed,
    handle: async ({ principal, body }) =>
      answer(deps, principal, textsOf(await replayRange(deps.pool, wire.readReplay(principal, body)))),
  }),
]

const textsOf = ({ queued, waiting }: { readonly queued: number; readonly waiting: number }) => ({
  queued: queued.toString(),
  waiting: waiting.toString(),
})

async function answer(deps: TransactionServicesDeps, principal: Principal, content: object): Promise<object> {
  const { member, now } = await renderingFor(deps, principal)
  return { ...content, result: resultOf('succeeded'), timestamp: formatTimestamp(now, member.timeZone) }
}

const renderCallbackRow = (delivery: LoggedDelivery & Pick<DeliveryWithTries, 'tries'>) => ({
  id: delivery.id,
  sequence: delivery.sequence.toString(),
  messageId: delivery.messageId,
  paymentId: delivery.objectId ?? '',
  event: delivery.eventName,
  url: delivery.url,
  state: delivery.state,
  attempts: delivery.attempts.toString(),
  body: delivery.body,
  createdAt: delivery.createdAt.toISOString(),
  tries: delivery.tries.map(({ at, status, responseBody, error, durationMs }) => ({
    at: at.toISOString(),
    status: status?.toString() ?? '',
    response: responseBody ?? '',
    error: error ?? '',
    durationMs: durationMs.toString(),
  })),
})
