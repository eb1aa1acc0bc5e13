// Transaction Services: the white-label gateway REST API, for merchants that are members.
import type { Face } from '../../http/face.ts'
import { createMemberAuthenticator } from '../../members/authenticate.ts'
import type { SignInDeps } from '../../members/sign-in.ts'
import { createErrorRenderer } from './errors.ts'
import { regenerateTokenRoute, tokenRoutes } from './routes-tokens.ts'
import { createTransactionServicesTransport } from './transport.ts'

const DESCRIPTION = `Get a token with \`authToken\`, send it as the header \`AuthToken\`, and a checksum (or an \`X-Signature\`) with every request.
Bodies are forms with dotted names, JSON with dotted names or nested JSON; answers are JSON, or XML when \`Accept\` prefers it.
\`result.code\` says what became of a request: whatever is about a payment has status 200.`

export interface TransactionServicesDeps extends SignInDeps {
  /** Answers invalid tokens with status 200 for everybody, not only for members with that setting. */
  readonly legacyHttp200?: boolean
  /** Wall clock in milliseconds, for signatures; the process's unless a test says otherwise. */
  readonly wallNow?: () => number
}

/** The two faces of this API: transactions and invoices. */
export function createTransactionServicesFaces(deps: TransactionServicesDeps): readonly Face[] {
  const transport = createTransactionServicesTransport(createMemberAuthenticator(deps))
  const renderError = createErrorRenderer({
    latest: () => deps.clock.latest(),
    legacyHttp200: deps.legacyHttp200 ?? false,
  })
  const shared = { description: DESCRIPTION, principal: 'merchant', transport, renderError } as const
  return [
    {
      ...shared,
      name: 'transaction-services',
      title: 'Transaction Services',
      prefixes: ['/transactionServices/REST/v1'],
      routes: tokenRoutes(deps),
    },
    {
      ...shared,
      name: 'invoice-services',
      title: 'Transaction Services: invoices',
      prefixes: ['/invoiceServices/REST/v1'],
      routes: [regenerateTokenRoute(deps)],
    },
  ]
}
