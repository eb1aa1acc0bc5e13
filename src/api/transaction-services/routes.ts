// Transaction Services: the white-label gateway REST API, for merchants that are members.
import type { Face, Route } from '../../http/face.ts'
import { createMemberAuthenticator } from '../../members/authenticate.ts'
import type { SignInDeps } from '../../members/sign-in.ts'
import type { TransactionServicesDeps } from './context.ts'
import { createErrorRenderer } from './errors.ts'
import { callbackRoutes } from './routes-callbacks.ts'
import { cardRoutes } from './routes-cards.ts'
import { invoiceRoutes } from './routes-invoices.ts'
import { paymentRoutes } from './routes-payments.ts'
import { regenerateTokenRoute, tokenRoutes } from './routes-tokens.ts'
import { createTransactionServicesTransport } from './transport.ts'

const DESCRIPTION = `Get a token with \`authToken\`, send it as the header \`AuthToken\`, and a checksum (or an \`X-Signature\`) with every request.
Bodies are forms with dotted names, JSON with dotted names or nested JSON; answers are JSON, or XML when \`Accept\` prefers it.
\`result.code\` says what became of a request: whatever is about a payment has status 200.`

export type EdgeDeps = SignInDeps & Pick<TransactionServicesDeps, 'legacyHttp200' | 'wallNow'>

/** The two faces of this API: transactions and invoices. */
export const createTransactionServicesFaces = (deps: TransactionServicesDeps): readonly Face[] =>
  facesOf(deps, {
    transactions: [...tokenRoutes(deps), ...paymentRoutes(deps), ...cardRoutes(deps), ...callbackRoutes(deps)],
    invoices: [...invoiceRoutes(deps), regenerateTokenRoute(deps)],
  })

/** The faces with these routes: how this API authenticates, reads, writes and refuses. */
export function facesOf(
  deps: EdgeDeps,
  { transactions, invoices }: { readonly transactions: readonly Route[]; readonly invoices: readonly Route[] },
): readonly Face[] {
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
      routes: transactions,
    },
    {
      ...shared,
      name: 'invoice-services',
      title: 'Transaction Services: invoices',
      prefixes: ['/invoiceServices/REST/v1'],
      routes: invoices,
    },
  ]
}
