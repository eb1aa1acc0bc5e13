// A process that starts the bundled PostgreSQL and then waits to be killed. It writes the addresses as one JSON line.
import { startEmbedded } from '../../src/db/embedded.ts'
import { createLog } from '../../src/log.ts'

const { adminUrl, appUrl, cluster } = await startEmbedded({
  dataDir: process.env.FLORIN_TEST_DATA ?? '',
  log: createLog('warn'),
})
process.stdout.write(`${JSON.stringify({ adminUrl, appUrl, cluster })}\n`)
setInterval(() => undefined, 60_000)
