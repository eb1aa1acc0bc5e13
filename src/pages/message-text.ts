// The words of what people are sent, by SMS, by e-mail and in the sandbox's list. Made when they are needed, as plain text.
import { MINUTE_MS } from '../clock.ts'
import type { Deps } from '../deps.ts'
import { invoiceUrl } from '../invoices/link.ts'
import { formatAmount } from '../money.ts'
import {
  CODE_KINDS,
  type CodeKind,
  FAILURE_KIND,
  INVOICE_KINDS,
  type InvoiceKind,
  oneLine,
  PAYMENT_KIND,
} from '../notify/message.ts'
import type { RenderedMessage } from '../notify/worker.ts'
import { paymentText } from './payment-message.ts'
import { type FailureDetails, findMessage, type InvoiceDetails, type MessageDetails } from './queries.ts'
import { timeText } from './times.ts'

/** What the words are made with. */
export interface MessageTextDeps extends Pick<Deps, 'codes' | 'settings'> {
  /** How people reach us, without a trailing slash. */
  readonly baseUrl: () => string
}

/** The e-mail of a message; undefined when it is of no use any more: its code used, over or replaced, its link dead. */
export async function renderMessage(
  deps: MessageTextDeps & Pick<Deps, 'pool'>,
  { id }: { readonly id: string },
): Promise<RenderedMessage | undefined> {
  const message = await findMessage(deps.pool, id)
  return message?.isUsable ? messageText(deps, message) : undefined
}

/** The words of a message, whether or not it is still of use. */
export function messageText(deps: MessageTextDeps, message: MessageDetails): RenderedMessage {
  const { kind, challengeId, invoice } = message
  if (isCode(kind) && challengeId !== null) {
    const code = deps.codes.codeOf(challengeId)
    return { subject: CODE_TITLES[kind], text: codeText(kind, code, deps.settings.codeLifeMs, message), code }
  }
  if (kind === FAILURE_KIND && message.failure) return failureText(message.failure, message)
  if (kind === PAYMENT_KIND && message.payment) return paymentText(deps, message.payment, message)
  if (!isInvoice(kind) || invoice === null) throw new Error(`message ${message.id} says nothing`)
  return invoiceText(deps, kind, invoice, message)
}

const isCode = (kind: MessageDetails['kind']): kind is CodeKind => CODE_KINDS.some((known) => known === kind)

const isInvoice = (kind: MessageDetails['kind']): kind is InvoiceKind => INVOICE_KINDS.some((known) => known === kind)

const CODE_TITLES: Readonly<Record<CodeKind, string>> = {
  'binding-code': 'Your code to add a card',
  'purchase-code': 'Your code to approve a payment',
  '3ds-code': 'Your code to approve a payment',
  login: 'Your code to sign in',
}

type Subject = Pick<MessageDetails, 'merchantName' | 'last4' | 'amount' | 'currency'>

function codeText(kind: CodeKind, code: string, lifeMs: number, subject: Subject): string {
  const minutes = Math.max(1, Math.round(lifeMs / MINUTE_MS))
  const valid = `It is valid for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`
  const card = subject.last4 === null ? 'your card' : `your card ending in ${subject.last4}`
  const merchant = oneLine(subject.merchantName ?? 'the merchant')
  switch (kind) {
    case 'binding-code':
      return `Your code is ${code}. ${valid} and lets ${merchant} keep ${card} for payments. If you did not ask for it, ignore this message.`
    case 'purchase-code':
      return `Your code is ${code}. ${valid} and approves a payment to ${merchant} with ${card}. If you are not buying anything, give it to nobody.`
    case '3ds-code':
      return `Your code is ${code}. ${valid} and approves a payment of ${amountText(subject)} to ${merchant} with ${card}. If you are not buying anything, give it to nobody.`
    case 'login':
      return `Your code is ${code}. ${valid} and signs you in. If it is not you, give it to nobody.`
  }
}

const amountText = ({ amount, currency }: Subject): string =>
  amount === null || currency === null ? 'money' : `${formatAmount({ amount, currency })} ${currency}`

function invoiceText(
  { codes, baseUrl }: MessageTextDeps,
  kind: InvoiceKind,
  invoice: InvoiceDetails,
  message: MessageDetails,
): RenderedMessage {
  const merchant = oneLine(message.merchantName ?? 'A merchant')
  const name = oneLine(invoice.name)
  const what = [`Invoice: ${name}`, ...(invoice.description ? [`For: ${oneLine(invoice.description)}`] : [])].join('\n')
  const amount = amountText(message)
  if (kind === 'invoice-cancelled' || message.linkId === null) {
    const text = `${merchant} has cancelled an invoice of ${amount}. There is nothing left to pay, and its link no longer works.\n\n${what}\n`
    return { subject: `Cancelled: invoice ${name} from ${merchant}`, text }
  }
  const url = invoiceUrl(codes, baseUrl(), { number: BigInt(invoice.number), linkId: message.linkId })
  const isReminder = kind === 'invoice-reminder'
  return {
    subject: `${isReminder ? 'Reminder: invoice' : 'Invoice'} ${name} from ${merchant}`,
    text:
      `${merchant} ${isReminder ? 'reminds you of an invoice of' : 'asks you to pay'} ${amount}.\n\n${what}\n\n` +
      `Pay it here until ${timeText(new Date(invoice.expiresAt))}:\n${url}\n\n` +
      'If you do not know what this is about, do nothing: nothing is paid without you.\n',
    url,
  }
}

function failureText(failure: FailureDetails, message: MessageDetails): RenderedMessage {
  const { url, eventName, objectId, messageId, at, attempts, status, error, suspendedBecause } = failure
  if (suspendedBecause !== null) return suspensionText({ ...failure, suspendedBecause }, message)
  const tries = `${attempts} ${attempts === 1 ? 'try' : 'tries'}`
  const outcome = status === null ? oneLine(error ?? 'no answer') : `the answer was ${status}`
  return {
    subject: `A webhook of ${oneLine(message.merchantName ?? 'a merchant')} was not delivered`,
    text:
      `${oneLine(url)} did not take a message after ${tries}: ${outcome}. Only the answers 200 and 201 take one.\n\n` +
      `Event: ${oneLine(eventName)}\n${objectId === null ? '' : `About: ${oneLine(objectId)}\n`}` +
      `webhook-id: ${messageId}\nMade: ${timeText(new Date(at))}\n\n` +
      'It will not be sent again unless you ask for it. If more messages to this URL fail within the next hour, you will get no ' +
      'other mail about them: the list of deliveries has them all.\n',
  }
}

const SUSPENDED = {
  failing: 'has failed for five days',
  gone: 'has said that it is gone (410)',
} as const

function suspensionText(
  { url, suspendedBecause }: FailureDetails & { readonly suspendedBecause: keyof typeof SUSPENDED },
  { merchantName }: MessageDetails,
): RenderedMessage {
  return {
    subject: `Callbacks of ${oneLine(merchantName ?? 'a merchant')} are suspended`,
    text:
      `${oneLine(url)} ${SUSPENDED[suspendedBecause]}, so nothing is sent to it any more. What happens is queued meanwhile, and is sent ` +
      'when you resume the URL or ask for a replay.\n',
  }
}
