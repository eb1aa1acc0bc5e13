// Invoices: checkouts that say what they are for, item by item. Once made they stay as they are.
import { createInvoice } from '../../checkouts/create-invoice.ts'
import { type Route, route } from '../../http/face.ts'
import { requirePermission } from '../../users/user.ts'
import type { OperationsDeps } from './context.ts'
import { INVOICE_EXAMPLE } from './examples.ts'
import { type CheckoutCall, makeCheckout } from './routes-checkout.ts'
import { FILE_FORM_BYTES_MAX } from './routes-files.ts'
import { CHECKOUT_RESPONSE, INVOICE_BODY } from './schemas.ts'
import { readInvoice } from './wire-invoice.ts'

/** The route of invoices. */
export const invoiceRoutes = (deps: OperationsDeps): readonly Route[] => [
  route({
    method: 'POST',
    path: '/invoice/v1/invoice/',
    status: 201,
    bodyBytesMax: FILE_FORM_BYTES_MAX,
    summary: 'Make an invoice',
    description:
      'A checkout whose amount is what its items come to, rounded half up at each step. Totals that are sent are compared. It cannot be changed.',
    body: INVOICE_BODY,
    response: CHECKOUT_RESPONSE,
    examples: INVOICE_EXAMPLE,
    handle: (call) => create(deps, call as unknown as CheckoutCall),
  }),
]

async function create(deps: OperationsDeps, call: CheckoutCall): Promise<object> {
  requirePermission(call.principal, 'invoice.add')
  const { draft, ...read } = readInvoice(call.body, await deps.now())
  const answer = await makeCheckout(deps, call, {
    ...read,
    action: 'invoice.add',
    create: (request) => createInvoice(deps, request, draft),
  })
  // A payment in one step is answered like any other; an invoice tells its amount as it tells all its figures.
  return 'total_incl_tax' in answer ? { ...answer, amount: answer.total_incl_tax } : answer
}
