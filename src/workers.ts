// Everything that runs beside requests: telling receivers, sending mail, expiring, resolving what is not known, tidying.
import { renderIssuingEvent } from './api/issuing/events.ts'
import { renderOperationsEvent } from './api/operations/events.ts'
import { headersOfCallback, renderTransactionServicesEvent } from './api/transaction-services/events.ts'
import type { Config } from './config.ts'
import type { Deps } from './deps.ts'
import type { Egress } from './http/egress.ts'
import { startExpiry } from './jobs/expire.ts'
import { startExpiringCheckouts } from './jobs/expire-checkouts.ts'
import { startNotifications } from './jobs/notifications.ts'
import { startRefundingSurplus } from './jobs/refund-surplus.ts'
import { startResolving } from './jobs/resolve.ts'
import { startTellingCustomers } from './jobs/tell-customers.ts'
import { startTidying } from './jobs/tidy.ts'
import type { Directory } from './members/directory.ts'
import { createMailer } from './notify/smtp.ts'
import { startMailWorker } from './notify/worker.ts'
import { renderMessage } from './pages/message-text.ts'
import type { Keys } from './vault/keys.ts'
import { REFRESH_INTERVAL_MS } from './vault/vault.ts'
import { renderAll } from './webhooks/fan-out.ts'
import { startWebhookWorker } from './webhooks/worker.ts'

export interface WorkerDeps extends Deps {
  readonly egress: Egress
  readonly directory: Directory
  readonly keys: Pick<Keys, 'webhookKey'>
  readonly smtp: Config['smtp']
  readonly baseUrl: () => string
}

export interface Workers {
  /** Something was committed, or somebody waits for a receiver. */
  committed(): void
  /** Business time was moved. */
  timePassed(): void
  /** A gateway told something. */
  notified(): void
  /** Finishes what is running; nothing else is started. */
  stop(): Promise<void>
}

/** Starts all workers. Any number of processes may run theirs on one database. */
export function startWorkers(deps: WorkerDeps): Workers {
  const { pool, log, egress, directory, keys } = deps
  const webhooks = startWebhookWorker({
    pool,
    log,
    egress,
    webhookKey: keys.webhookKey,
    render: renderAll([
      (event) => renderIssuingEvent(deps, event),
      (event) => renderTransactionServicesEvent({ pool, directory }, event),
      (event) => renderOperationsEvent(deps, event),
    ]),
    headersFor: (outgoing) => headersOfCallback({ directory }, outgoing),
  })
  const expiry = startExpiry({ deps, log })
  const checkouts = startExpiringCheckouts(deps)
  const resolving = startResolving(deps)
  const notifications = startNotifications(deps)
  const surplus = startRefundingSurplus(deps)
  const customers = startTellingCustomers({ pool, log })
  const tidying = startTidying({ pool, log })
  const mail = startMail(deps)
  const refreshing = setInterval(() => {
    deps.vault.refresh().catch((error: unknown) => log.warn({ err: error }, 'the vault did not refresh its data keys'))
  }, REFRESH_INTERVAL_MS)
  return {
    committed: () => webhooks.nudge(),
    timePassed: () => {
      expiry.nudge()
      checkouts.nudge()
      resolving.nudge()
    },
    notified: () => notifications.nudge(),
    async stop() {
      clearInterval(refreshing)
      const workers = [webhooks, expiry, checkouts, resolving, notifications, surplus, customers, tidying, mail]
      await Promise.all(workers.map((worker) => worker?.stop()))
    },
  }
}

function startMail({ smtp, ...deps }: WorkerDeps): { stop(): Promise<void> } | undefined {
  if (!smtp) return undefined
  const mailer = createMailer(smtp)
  const { pool, log } = deps
  const worker = startMailWorker({ pool, mailer, log, renderMessage: (message) => renderMessage(deps, message) })
  return {
    stop: async () => {
      await worker.stop()
      mailer.close()
    },
  }
}
