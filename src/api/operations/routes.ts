// The Operations face: checkouts, and six operations that are the same whichever gateway carried a payment.
import type { Authenticator } from '../../http/authentication.ts'
import type { Face } from '../../http/face.ts'
import type { OperationsDeps } from './context.ts'
import { renderOperationsError } from './errors.ts'
import { checkoutRoutes } from './routes-checkout.ts'
import { fileRoutes } from './routes-files.ts'
import { invoiceRoutes } from './routes-invoice.ts'
import { messageRoutes } from './routes-messages.ts'
import { operationRoutes } from './routes-operation.ts'
import { paymentRoutes } from './routes-payment.ts'
import { createOperationsTransport } from './transport.ts'

const DESCRIPTION = `\`Authorization: Api-Key <key>\`, or Basic with a user who has the permissions. Bodies are JSON, forms or multipart forms; every path
may be called with or without its last slash. A payment keeps its state and amount when it was paid; what is done to it later are children.`

/** The face, for callers whom the authenticator knows with an actor. */
export const createOperationsFace = (deps: OperationsDeps, authenticator: Authenticator): Face => ({
  name: 'operations',
  title: 'Operations',
  description: DESCRIPTION,
  prefixes: ['/b'],
  principal: 'merchant',
  slashIsOptional: true,
  routes: [
    ...operationRoutes(deps),
    ...checkoutRoutes(deps),
    ...invoiceRoutes(deps),
    ...paymentRoutes(deps),
    ...messageRoutes(deps),
    ...fileRoutes(deps),
  ],
  transport: createOperationsTransport(authenticator),
  renderError: renderOperationsError,
})
