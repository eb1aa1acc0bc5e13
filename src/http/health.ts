// What a load balancer and a monitor ask: is the process alive, may it be sent requests, how is it doing.
import type { FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.ts'

/** What must be true before requests are sent here. `problem` says what is not, for an operator. */
export type Readiness = () => Promise<
  { readonly isReady: true } | { readonly isReady: false; readonly problem: string }
>

export interface HealthOptions {
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly isClosing: () => boolean
}

const READINESS_TIMEOUT_MS = 2_000 // A probe that hangs is as bad as one that fails, and balancers give up after seconds.

/** Serves `/healthz`, `/readyz` and `/metrics`. */
export function registerHealth(app: FastifyInstance, { readiness, metrics, isClosing }: HealthOptions): void {
  app.get('/healthz', { exposeHeadRoute: true }, async () => ({ status: 'ok' }))

  app.get('/readyz', { exposeHeadRoute: true }, async (_request, reply) => {
    const problem = isClosing() ? 'the server is stopping' : await findProblem(readiness)
    if (problem === undefined) return { status: 'ready' }
    return reply.code(503).send({ status: 'not ready', problem })
  })

  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.registry.metrics()
    return reply.type(metrics.registry.contentType).send(text)
  })
}

async function findProblem(readiness: Readiness): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, READINESS_TIMEOUT_MS, 'the readiness check takes too long')
  })
  // The reason of a failure is not told: it may name hosts and users of the database.
  const check = readiness().then(
    (answer) => (answer.isReady ? undefined : answer.problem),
    () => 'the readiness check failed',
  )
  try {
    return await Promise.race([check, timeout])
  } finally {
    clearTimeout(timer)
  }
}
