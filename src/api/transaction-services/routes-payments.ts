// Payments: charging, what is done to them afterwards, asking for them, and listing them.
import { AppError } from '../../errors.ts'
import { type Route, route } from '../../http/face.ts'
import { formatAmount } from '../../money.ts'
import { payOutOrder } from '../../orders/pay-out.ts'
import { getStanding, listStandings, type Standing } from '../../orders/standing.ts'
import { capturePayment } from '../../payments/capture.ts'
import type { Step } from '../../payments/finish.ts'
import { refundPayment } from '../../payments/refund.ts'
import { voidPayment } from '../../payments/void.ts'
import type { Principal } from '../../principals/principal.ts'
import { answerLike, OF_CHARGES } from './answers.ts'
import { chargeAndRender, checkCallbackUrl } from './charge.ts'
import { renderingFor, type TransactionServicesDeps } from './context.ts'
import * as examples from './examples.ts'
import { declineCodeOf, declineMessageOf, viewOf } from './view-of.ts'
import * as charges from './wire-charge.ts'
import * as follow from './wire-follow-up.ts'
import { filterOf, ListBody, readList, renderList } from './wire-list.ts'
import {
  type FollowUpOutcome,
  type Rendering,
  renderDuplicate,
  renderFollowUp,
  renderInquiry,
  renderPayment,
} from './wire-payment.ts'
import { PayoutBody, type PayoutOrder, readPayout } from './wire-payout.ts'

/** The routes for payments. */
export const paymentRoutes = (deps: TransactionServicesDeps): Route[] => [
  route({
    method: 'POST',
    path: '/payments',
    summary: 'Charge a card',
    description:
      'PA holds the money for a capture, DB takes it. The answer is final, or pending (`00003`) with the news to come to `notificationUrl`, or it has a `redirect` for the cardholder’s browser.',
    body: charges.PaymentBody,
    response: answerLike(examples.payment.response, OF_CHARGES),
    examples: examples.payment,
    handle: async ({ principal, body }) =>
      chargeAndRender(deps, charges.readPayment(principal, body), await renderingFor(deps, principal)),
  }),
  route({
    method: 'POST',
    path: '/payments/:paymentId([^/]{1,300})',
    summary: 'Capture, refund, reverse, ask for, or repeat a payment',
    description:
      'CP takes held money once, all of it or a part; RF sends captured money back, once; RV gives a hold back; IN asks; DB or PA with `recurringType=REPEATED` charges the card of an INITIAL payment again.',
    query: follow.PaymentPath,
    body: follow.FollowUpBody,
    response: answerLike(examples.followUp.response, OF_CHARGES),
    examples: examples.followUp,
    handle: async ({ principal, query, body }) => {
      const order = follow.readFollowUp(principal, query.paymentId, body)
      const rendering = await renderingFor(deps, principal)
      switch (order.operation) {
        case 'inquiry':
          return inquire(deps, order, rendering)
        case 'repeat':
          return chargeAndRender(deps, order.charge, rendering)
        case 'capture':
        case 'refund':
        case 'void':
          return followUp(deps, order, rendering)
      }
    },
  }),
  route({
    method: 'GET',
    path: '/payments/:paymentId([^/]{1,300})',
    summary: 'Ask for a payment by its resourcePath',
    query: follow.InquiryQuery,
    response: answerLike(examples.inquiry.response, OF_CHARGES),
    examples: { response: examples.inquiry.response },
    handle: async ({ principal, query }) => {
      const { id, fields } = follow.splitQuery(query)
      return inquire(deps, follow.readInquiry(principal, id, fields), await renderingFor(deps, principal))
    },
  }),
  route({
    method: 'POST',
    path: '/inquiry',
    summary: 'Ask for a payment',
    description: 'By `paymentId`, or with `idType=MID` by `merchantTransactionId`. Another member’s is not found.',
    body: follow.InquiryBody,
    response: answerLike(examples.inquiry.response, OF_CHARGES),
    examples: examples.inquiry,
    handle: async ({ principal, body }) =>
      inquire(deps, follow.readInquiry(principal, undefined, body), await renderingFor(deps, principal)),
  }),
  route({
    method: 'POST',
    path: '/getTransactionList',
    summary: 'List payments, newest first',
    description: 'By days and long status, in pages from 1. Without a match the answer has no `transaction`.',
    body: ListBody,
    response: answerLike(examples.list.response),
    examples: examples.list,
    handle: async ({ principal, body }) => {
      const filter = filterOf(readList(principal, body))
      const found = filter ? await listStandings(deps.pool, filter) : []
      return renderList(found.map(viewOf), await renderingFor(deps, principal))
    },
  }),
  route({
    method: 'POST',
    path: '/payout',
    summary: 'Pay the merchant’s money out',
    description: 'To a card, or to the payer of an earlier payment: no more than is available to the merchant.',
    body: PayoutBody,
    response: answerLike(examples.payout.response),
    examples: examples.payout,
    handle: async ({ principal, body }) => payOut(deps, principal, readPayout(principal, body)),
  }),
]

async function inquire(
  { pool }: TransactionServicesDeps,
  { merchantId, order }: follow.InquiryOrder,
  rendering: Rendering,
): Promise<object> {
  const name = 'paymentId' in order ? { number: order.paymentId } : order
  return renderInquiry(viewOf(await getStanding(pool, merchantId, name)), rendering)
}

type Amended = Extract<follow.FollowUpOrder, { operation: 'capture' | 'refund' | 'void' }>

async function followUp(deps: TransactionServicesDeps, order: Amended, rendering: Rendering): Promise<object> {
  const before = await getStanding(deps.pool, order.merchantId, { number: order.paymentId })
  const { operation } = await run(deps, order, before)
  const after = await getStanding(deps.pool, order.merchantId, { number: order.paymentId })
  const view = {
    operation: order.operation,
    outcome: outcomeOf(operation),
    amount: operation.amount,
    payment: viewOf(after),
  }
  return renderFollowUp(view, rendering)
}

function run(
  deps: TransactionServicesDeps,
  order: Amended,
  { payment, order: { merchantTransactionId } }: Standing,
): Promise<Step> {
  const named = {
    merchantId: order.merchantId,
    paymentId: payment.id,
    merchantReference: merchantTransactionId,
    keys: [],
  }
  switch (order.operation) {
    case 'capture':
      return capturePayment(deps, { ...named, amount: formatAmount(follow.amountIn(order.amount, payment.currency)) })
    case 'refund': {
      const amount = follow.amountIn(order.amount, payment.currency)
      return refundPayment(deps, {
        ...named,
        amount,
        description: `Refund of ${merchantTransactionId}`,
        reason: 'asked for',
      })
    }
    case 'void': {
      // The whole hold or nothing: an amount that is not its amount means something else.
      if (order.amount && follow.amountIn(order.amount, payment.currency).amount !== payment.amount)
        throw new AppError('amount_invalid', {
          field: 'amount',
          message: 'amount must be the authorized amount, or absent',
        })
      return voidPayment(deps, named)
    }
  }
}

function outcomeOf(operation: Step['operation']): FollowUpOutcome {
  switch (operation.state) {
    case 'approved':
      return 'done'
    case 'declined':
    case 'not_sent':
    case 'not_done':
      return { declined: declineMessageOf(operation), code: declineCodeOf(operation.code) }
    case 'calling':
    case 'redirected':
    case 'pending':
    case 'unknown':
      return 'pending'
  }
}

async function payOut(deps: TransactionServicesDeps, principal: Principal, order: PayoutOrder): Promise<object> {
  const rendering = await renderingFor(deps, principal)
  const { merchantId, merchantTransactionId, amount, details, to } = order
  await checkCallbackUrl(deps, details)
  const standing = () => getStanding(deps.pool, merchantId, { merchantTransactionId })
  const payee =
    to.kind === 'card'
      ? { card: to.card }
      : { paymentId: (await getStanding(deps.pool, merchantId, { number: to.paymentId })).payment.id }
  try {
    const { terminalId } = details
    await payOutOrder(deps, { merchantId, merchantTransactionId, amount, to: payee, details, terminalId })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'duplicate_order') throw error
    return renderDuplicate(viewOf(await standing()), rendering)
  }
  return renderPayment(viewOf(await standing()), rendering)
}
