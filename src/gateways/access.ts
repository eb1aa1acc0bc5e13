// How the core reaches gateways: finds the account and its connector, keeps to the circuit breaker, keeps a scrubbed transcript,
// and turns everything that can go wrong into an outcome. It never throws because of a gateway.
import type { Pool } from '../db/pool.ts'
import { newId } from '../ids.ts'
import { type Log, maskCardNumbers } from '../log.ts'
import type { Vault } from '../vault/vault.ts'
import { type GatewayAccount, openCredentials } from './account.ts'
import type { Breaker } from './breaker.ts'
import type {
  Connector,
  Gateway,
  GatewayFacts,
  GatewayOperation,
  Inquiry,
  InquiryAnswer,
  Outcome,
} from './connector.ts'
import { createGatewayHttp, type GatewayExchange, NotSentError } from './http.ts'
import { findGatewayAccount, insertExchange, listGatewayAccounts } from './queries.ts'
import { askAgain, createRetryBudget } from './retry.ts'

/** One verb of a connector, applied. Undefined when the connector lacks the verb. */
export type Ask = (connector: Connector, gateway: Gateway) => Promise<Outcome> | undefined

/** What is asked for, and of whom. */
export interface GatewayCall {
  readonly accountId: string
  readonly operationId: string
  readonly operation: GatewayOperation
}

export interface GatewayAccess {
  /** The merchant's accounts. */
  listAccounts(merchantId: string): Promise<readonly GatewayAccount[]>
  /** The account, whoever's it is. Throws an Error when there is none: rows name it, so it exists. */
  getAccount(id: string): Promise<GatewayAccount>
  /** What is true of a connector. */
  factsOf(connector: string): GatewayFacts | undefined
  /** Asks for an operation. Takes at most as long as the transport allows. */
  ask(call: GatewayCall, ask: Ask): Promise<Outcome>
  /** Asks what became of one, and again while there is no answer, as far as time and budget allow. */
  inquire(call: GatewayCall, inquiry: Inquiry): Promise<InquiryAnswer>
  /** The account as its connector sees it, for what arrives without being asked. */
  open(accountId: string): Promise<{ readonly connector: Connector; readonly gateway: Gateway } | undefined>
  /** Where the gateway of an operation sends the payer's browser back to. */
  returnUrl(operationId: string): string
  /** Where the cardholder of one of our own cards is asked for a code. */
  challengeUrl(operationId: string): string
  /** Where a gateway posts its notifications about an account. */
  notificationUrl(accountId: string): string
  close(): Promise<void>
}

export interface GatewayAccessOptions {
  readonly pool: Pool
  readonly vault: Pick<Vault, 'openText'>
  readonly log: Log
  readonly findConnector: (name: string) => Connector | undefined
  readonly breaker: Breaker
  /** How people and gateways reach this server, without a trailing slash. */
  readonly baseUrl: () => string
  readonly returnPath: (operationId: string) => string
  readonly challengePath: (operationId: string) => string
  /** Of the whole call, in milliseconds; 30 s unless told. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 30_000 // What card networks allow themselves; less would make unknown what is merely slow.
const CACHE_MS = 5000
const KEPT_MAX = 8192 // Of a body, in characters.

/** Opens the way to gateways. The caller closes it. */
export function createGatewayAccess(options: GatewayAccessOptions): GatewayAccess {
  const { pool, findConnector, breaker, log, baseUrl, timeoutMs = TIMEOUT_MS } = options
  const known = new Map<string, { readonly account: GatewayAccount; readonly until: number }>()
  const transport = createGatewayHttp({ totalMs: timeoutMs })
  const budget = createRetryBudget()

  const getAccount = async (id: string): Promise<GatewayAccount> => {
    const kept = known.get(id)
    if (kept && kept.until > performance.now()) return kept.account
    const account = await findGatewayAccount(pool, id)
    if (!account) throw new Error(`there is no gateway account ${id}`)
    known.set(id, { account, until: performance.now() + CACHE_MS })
    return account
  }

  const open = async (accountId: string, operationId?: string) => {
    const account = await getAccount(accountId)
    const connector = findConnector(account.connector)
    if (!connector) return undefined
    const keeping: Promise<void>[] = []
    const keep = (exchange: GatewayExchange): void => {
      if (operationId === undefined) return
      const kept = insertExchange(pool, toExchange(connector, operationId, exchange)).catch((error: unknown) =>
        log.warn({ err: error, operation: operationId }, 'a transcript was not kept'),
      )
      keeping.push(kept)
    }
    const gateway: Gateway = {
      baseUrl: account.baseUrl,
      credentials: openCredentials(options.vault, account),
      terminalId: account.terminalId,
      account: { id: account.id, code: account.code },
      http: { send: (request) => transport.send(request, keep) },
    }
    // Whoever is told the outcome can read what was said.
    const kept = async (): Promise<void> => {
      await Promise.all(keeping)
    }
    return { connector, gateway, account, kept }
  }

  // What fails together: a gateway at its address.
  const circuitOf = ({ connector, baseUrl: url }: GatewayAccount): string => `${connector} ${url}`

  return {
    listAccounts: (merchantId) => listGatewayAccounts(pool, merchantId),
    getAccount,
    factsOf: (name) => findConnector(name)?.facts,
    async ask(call, ask) {
      const opened = await open(call.accountId, call.operationId)
      if (!opened) return { kind: 'not_sent', cause: 'there is no connector for this gateway account' }
      const gateway = circuitOf(opened.account)
      budget.earn(gateway)
      return breaker.call(gateway, call.operation, async () => {
        const { title } = opened.connector.facts
        const lacking = {
          kind: 'declined',
          code: 'not_permitted',
          message: `${title} has no ${call.operation}`,
        } as const
        const outcome = (await guarded(async () => ask(opened.connector, opened.gateway))) ?? lacking
        await opened.kept()
        return outcome
      })
    },
    async inquire(call, inquiry) {
      const opened = await open(call.accountId, call.operationId)
      const inquire = opened?.connector.inquire
      if (!opened || !inquire) return { kind: 'unknown', cause: 'the gateway cannot be asked' }
      const gateway = circuitOf(opened.account)
      const askOnce = () =>
        breaker.inquire(gateway, async () => {
          const answer = await guarded(() => inquire.call(opened.connector, opened.gateway, inquiry))
          await opened.kept()
          return answer.kind === 'not_sent' ? { kind: 'unknown', cause: answer.cause } : answer
        })
      budget.earn(gateway)
      return askAgain(askOnce, { budget, gateway, withinMs: timeoutMs })
    },
    open: (accountId) => open(accountId),
    returnUrl: (operationId) => baseUrl() + options.returnPath(operationId),
    challengeUrl: (operationId) => baseUrl() + options.challengePath(operationId),
    notificationUrl: (accountId) => `${baseUrl()}/gateways/notifications/${accountId}`,
    close: () => transport.close(),
  }
}

type Failure =
  | { readonly kind: 'not_sent'; readonly cause: string }
  | { readonly kind: 'unknown'; readonly cause: string }

// Whatever a connector throws says nothing about what its gateway did, except that nothing was sent.
async function guarded<T>(run: () => Promise<T>): Promise<T | Failure> {
  try {
    return await run()
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    return error instanceof NotSentError ? { kind: 'not_sent', cause } : { kind: 'unknown', cause }
  }
}

// A transcript is evidence and must not be a second vault: what a connector scrubs, and then anything like a card number.
function toExchange(
  connector: Connector,
  operationId: string,
  { request, answer, error, durationMs }: GatewayExchange,
) {
  const clean = (text: string): string => maskCardNumbers(connector.scrub(text)).replaceAll('\0', '').slice(0, KEPT_MAX)
  return {
    id: newId(),
    operationId,
    request: clean(`${request.method} ${request.url}\n${request.body ?? ''}`),
    status: answer?.status ?? null,
    response: answer ? clean(answer.body) : null,
    error: answer ? null : (error ?? 'no answer'),
    durationMs,
  }
}
