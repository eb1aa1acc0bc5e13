// A process that runs the worker of callbacks on a database until it is killed.
import { createPool } from '../../src/db/pool.ts'
import { createEgress } from '../../src/http/egress.ts'
import { createLog } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { startWebhookWorker } from '../../src/webhooks/worker.ts'
import { CALLBACKS_AT_ONCE, renderPayment } from './payment-face.ts'

const { FLORIN_TEST_URL = '', FLORIN_TEST_KEY = '', FLORIN_TEST_LEASE_MS = '' } = process.env
const log = createLog('error')
startWebhookWorker({
  pool: createPool(FLORIN_TEST_URL, { log }),
  log,
  egress: createEgress({ allow: 'loopback', timeoutMs: 1000 }),
  webhookKey: new Secret(Buffer.from(FLORIN_TEST_KEY, 'hex')),
  render: renderPayment,
  retry: { ...CALLBACKS_AT_ONCE, delaysMs: [100], jitter: () => 1 },
  leaseMs: Number(FLORIN_TEST_LEASE_MS),
  intervalMs: 50,
})
process.stdout.write('started\n')
