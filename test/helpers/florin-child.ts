// A whole Florin in a process of its own, on a database and a gateway that outlive it. It says on one line that it listens, and
// then waits to be killed.
import { startApp } from '../../src/app.ts'
import { createLog } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { defaultSettings } from '../../src/settings.ts'
import { loadKeys } from '../../src/vault/keys.ts'

const { FLORIN_CHILD = '{}' } = process.env
const { port, databaseUrl, gatewayUrl, token, keys, settings } = JSON.parse(FLORIN_CHILD)

await startApp({
  config: {
    host: '127.0.0.1',
    port,
    publicUrl: undefined,
    requestsPerMinute: 10_000_000,
    allowBasic: true,
    legacyHttp200: false,
    allowLoopbackEgress: true,
    trustedProxies: [],
    smtp: undefined,
    sandboxGatewayUrl: gatewayUrl,
  },
  databaseUrl,
  keys: await loadKeys({ env: keys }),
  settings: { ...defaultSettings(true), ...settings },
  log: createLog('error'),
  sandboxToken: new Secret(token),
})
process.stdout.write('listening\n')
