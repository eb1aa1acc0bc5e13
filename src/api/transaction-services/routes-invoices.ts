// Invoices: an amount that is asked for by a link.
import { type Route, route } from '../../http/face.ts'
import { cancelInvoice, regenerateInvoice, remindOfInvoice } from '../../invoices/change.ts'
import { getInvoice, type InvoiceRef } from '../../invoices/find.ts'
import { generateInvoice } from '../../invoices/generate.ts'
import type { InvoiceView } from '../../invoices/invoice.ts'
import { invoiceUrl } from '../../invoices/link.ts'
import { findPayingOrder } from '../../orders/queries.ts'
import type { Principal } from '../../principals/principal.ts'
import { answerLike } from './answers.ts'
import { checkCallbackUrl } from './charge.ts'
import { type ResultName, resultOf } from './codes.ts'
import { renderingFor, type TransactionServicesDeps } from './context.ts'
import * as examples from './examples.ts'
import { formatTimestamp } from './times.ts'
import * as wire from './wire-invoice.ts'

/** The routes for invoices. */
export const invoiceRoutes = (deps: TransactionServicesDeps): Route[] => [
  route({
    method: 'POST',
    path: '/generate',
    summary: 'Make an invoice and mail its link',
    description:
      'A merchantInvoiceId names one invoice: the same request again answers with it, another one is a duplicate.',
    body: wire.GenerateInvoiceBody,
    response: answerLike(examples.invoice.response),
    examples: examples.invoice,
    handle: async ({ principal, body }) => {
      const order = wire.readInvoice(principal, body)
      await checkCallbackUrl(deps, order)
      const { kind, invoice } = await generateInvoice(deps, requestOf(order))
      return answer(deps, principal, { invoice, result: kind === 'duplicate' ? 'duplicate' : 'invoiceGenerated' })
    },
  }),
  route({
    method: 'POST',
    path: '/regenerate',
    summary: 'Give an invoice a new link',
    description: 'The link before is dead from then on.',
    body: wire.RegenerateInvoiceBody,
    response: answerLike(examples.invoiceRegenerated.response),
    examples: examples.invoiceRegenerated,
    handle: async ({ principal, body }) => {
      const { merchantId, invoice: ref, redirectUrl } = wire.readInvoiceRegeneration(principal, body)
      const invoice = await regenerateInvoice(deps, { merchantId, ref, redirectUrl, keys: [] })
      return answer(deps, principal, { invoice, result: 'invoiceRegenerated' })
    },
  }),
  route({
    method: 'POST',
    path: '/cancel',
    summary: 'Cancel an invoice',
    body: wire.InvoiceRefBody,
    response: answerLike(examples.invoiceCancelled.response),
    examples: examples.invoiceCancelled,
    handle: async ({ principal, body }) => {
      const { merchantId, invoice: ref } = wire.readInvoiceFollowUp(principal, body)
      const invoice = await cancelInvoice(deps, { merchantId, ref: toRef(ref), keys: [] })
      return answer(deps, principal, { invoice, result: 'invoiceCancelled' })
    },
  }),
  route({
    method: 'POST',
    path: '/remind',
    summary: 'Mail the link again',
    body: wire.InvoiceRefBody,
    response: answerLike(examples.invoiceReminded.response),
    examples: examples.invoiceReminded,
    handle: async ({ principal, body }) => {
      const { merchantId, invoice: ref } = wire.readInvoiceFollowUp(principal, body)
      const invoice = await remindOfInvoice(deps, { merchantId, ref: toRef(ref), keys: [] })
      return answer(deps, principal, { invoice, result: 'invoiceReminded' })
    },
  }),
  route({
    method: 'POST',
    path: '/inquiry',
    summary: 'Ask for an invoice',
    body: wire.InvoiceInquiryBody,
    response: answerLike(examples.invoiceInquiry.response),
    examples: examples.invoiceInquiry,
    handle: async ({ principal, body }) => {
      const { merchantId, invoice: ref } = wire.readInvoiceInquiry(principal, body)
      const invoice = await getInvoice(deps, merchantId, toRef(ref))
      return answer(deps, principal, { invoice, result: 'found' })
    },
  }),
  route({
    method: 'POST',
    path: '/getinvoiceconfigdetails',
    summary: 'How this member’s invoices are made',
    body: wire.InvoiceConfigBody,
    response: answerLike(examples.invoiceConfig.response),
    examples: examples.invoiceConfig,
    handle: async ({ principal, body }) => {
      wire.readInvoiceConfig(principal, body)
      const { member, now } = await renderingFor(deps, principal)
      return {
        memberId: member.number,
        expirationPeriod: String(deps.settings.invoiceLifeHours),
        timeZone: member.timeZone,
        result: resultOf('invoiceConfigFound'),
        timestamp: formatTimestamp(now, member.timeZone),
      }
    },
  }),
]

const toRef = (ref: wire.InvoiceRef): InvoiceRef => ref

function requestOf({ customer, lifeHours, notificationUrl, terminalId, ...order }: wire.InvoiceOrder) {
  const { merchantId, merchantInvoiceId, amount, redirectUrl, description } = order
  const name = [customer.givenName, customer.surname].filter((part) => part !== undefined).join(' ')
  return {
    ...{ merchantId, merchantInvoiceId, amount, redirectUrl, description, keys: [] },
    ...(name !== '' && { customerName: name }),
    ...(customer.email !== undefined && { customerEmail: customer.email }),
    ...(customer.phone !== undefined && { customerPhone: customer.phone }),
    ...(lifeHours !== undefined && { lifeHours }),
    ...(notificationUrl !== undefined && { notificationUrl }),
    ...(terminalId !== undefined && { terminalId }),
  }
}

async function answer(
  deps: TransactionServicesDeps,
  principal: Principal,
  { invoice, result }: { readonly invoice: InvoiceView; readonly result: ResultName },
): Promise<object> {
  const paying = invoice.state === 'processed' ? await findPayingOrder(deps.pool, invoice.id) : undefined
  const view = {
    number: invoice.number,
    merchantInvoiceId: invoice.merchantInvoiceId,
    amount: { amount: invoice.amount, currency: invoice.currency },
    state: invoice.state,
    description: invoice.description,
    customerEmail: invoice.customerEmail ?? '',
    transactionUrl: invoiceUrl(deps.codes, deps.baseUrl(), invoice),
    createdAt: invoice.createdAt,
    expiresAt: invoice.expiresAt,
    ...(paying !== undefined && { paymentId: paying }),
  }
  return wire.renderInvoice(view, result, await renderingFor(deps, principal))
}
