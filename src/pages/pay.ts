// What the pages on which a card is entered have in common: the page itself, the payment, and what the payer sees of how it went.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Guard } from '../invoices/guard.ts'
import type { Money } from '../money.ts'
import type { Browser, PageActions, PageOrder, PageOutcome } from './actions.ts'
import { cardForm, type Kept, type ReadCard, readCard } from './card-form.ts'
import { html } from './html.ts'
import { returnPath } from './links.ts'
import { notice, type Page, seeOther, sendPage, TO_US } from './page.ts'
import { bigAmount, type CarriedField, facts, moneyText, type Problem, problemSummary, redirectPage } from './parts.ts'

export interface PayDeps extends Pick<Deps, 'codes' | 'settings'> {
  readonly actions: Pick<PageActions, 'payOnPage'>
  /** Business time. */
  readonly now: () => Promise<Date>
}

/** A page on which something is paid with a card. */
export interface PayPage {
  /** Where its form goes. */
  readonly action: string
  /** What the form carries so that the server knows what is paid. */
  readonly hidden: readonly CarriedField[]
  readonly merchantName: string
  readonly amount: Money
  readonly details: readonly (readonly [name: string, value: string | undefined])[]
}

/** The form was not accepted: what is wrong with it, or why the card was not. */
interface Rejected {
  readonly problems: readonly Problem[]
  readonly message?: string
  readonly kept: Kept
}

/** The page, with its problems if the form comes back. Each form has a name of its own, by which a double click is recognized. */
export function payPage(shown: PayPage, rejected?: Rejected): Page {
  const { merchantName, amount, details, action } = shown
  const problems = rejected?.problems ?? []
  const title = `Pay ${merchantName}`
  return {
    title: rejected ? `Error: ${title}` : title,
    isWide: true,
    formAction: TO_US,
    content: html`<section class="sheet plain">
      <h1>${title}</h1>
      ${bigAmount(amount)}
      ${facts(details)}
    </section>
    <section class="sheet">
      ${problemSummary(problems)}
      ${rejected?.message !== undefined && html`<div class="box bad" role="alert" tabindex="-1" autofocus><h2>Your card was declined</h2><p>${rejected.message} Nothing was charged. You can try another card.</p></div>`}
      ${cardForm({
        action,
        hidden: [...shown.hidden, { name: 'try', value: newId() }],
        button: `Pay ${moneyText(amount)}`,
        problems,
        ...(rejected && { kept: rejected.kept }),
      })}
      <p class="hint">Your card number goes to the payment platform only, not to ${merchantName}.</p>
    </section>`,
  }
}

/** What is paid when the form is good. */
export interface Payable {
  readonly order: PageOrder
  readonly claimId?: string
  readonly guard: Guard
}

const TRY = /^[0-9a-f-]{36}$/

/** Reads the form's card, pays, and answers. Throws what `payOnPage` throws, except what the payer can put right on this page. */
export async function payWithForm(
  deps: PayDeps,
  { request, reply, form, shown }: Submission,
  payable: Payable,
): Promise<FastifyReply> {
  const read = readCard(form, await deps.now())
  if (read.kind === 'problems') return sendPage(reply, 422, payPage(shown, read))
  const tryId = form.get('try') ?? ''
  if (!TRY.test(tryId)) throw new AppError('invalid_request', { message: 'The form is incomplete.' })
  const outcome = await pay(deps, { ...payable, card: read.card, tryId, browser: browserOf(request) })
  if (outcome.kind === 'unusable')
    return sendPage(reply, 422, payPage(shown, { problems: [UNUSABLE], kept: read.kept }))
  return answer(deps, { reply, shown, read }, outcome)
}

export interface Submission {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly form: ReadonlyMap<string, string>
  readonly shown: PayPage
}

const UNUSABLE = { field: 'cardNumber', message: 'This card cannot be used here: try another one' }

// Nobody can carry a payment with this card: that is the card's, and the payer's to change.
const OF_THE_CARD: ReadonlySet<ErrorCode> = new Set(['gateway_not_available', 'currency_not_supported'])

async function pay(
  { actions }: PayDeps,
  payment: Parameters<PageActions['payOnPage']>[0],
): Promise<PageOutcome | { readonly kind: 'unusable' }> {
  try {
    return await actions.payOnPage(payment)
  } catch (error) {
    if (error instanceof AppError && OF_THE_CARD.has(error.code)) return { kind: 'unusable' }
    throw error
  }
}

function answer(
  { codes }: PayDeps,
  { reply, shown, read }: { reply: FastifyReply; shown: PayPage; read: Extract<ReadCard, { kind: 'card' }> },
  outcome: PageOutcome,
): FastifyReply {
  switch (outcome.kind) {
    case 'paid':
    case 'pending':
      return seeOther(reply, returnPath(codes, outcome.operationId))
    case 'redirect':
      return sendPage(reply, 200, redirectPage(outcome.redirect))
    case 'declined': {
      if (!outcome.mayTryAgain) return seeOther(reply, returnPath(codes, outcome.operationId))
      return sendPage(reply, 402, payPage(shown, { problems: [], message: outcome.message, kept: read.kept }))
    }
  }
}

const HEADER_MAX = 2048

function browserOf({ ip, headers }: FastifyRequest): Browser {
  const text = (value: string | undefined): string => (value ?? '').slice(0, HEADER_MAX)
  return {
    ip,
    userAgent: text(headers['user-agent']),
    acceptHeader: text(headers.accept),
    language: text(headers['accept-language']).split(/[,;]/)[0] ?? '',
  }
}

/** The page of an error that a payer can meet; undefined when it is nothing to tell him in particular. */
export function errorPage({ code }: AppError): { readonly status: number; readonly page: Page } | undefined {
  switch (code) {
    case 'claim_held':
      return { status: 409, page: BUSY }
    case 'claim_paid':
    case 'invoice_paid':
      return { status: 410, page: PAID }
    case 'invoice_expired':
      return { status: 410, page: EXPIRED }
    case 'invoice_state_invalid':
      return { status: 410, page: GONE }
    case 'duplicate_order':
      return { status: 409, page: USED }
    case 'velocity_exceeded':
      return { status: 429, page: TOO_MANY }
    case 'outcome_unknown':
      return { status: 503, page: UNCERTAIN }
    default:
      return undefined
  }
}

export const BUSY = notice(
  'A payment is under way',
  'Somebody is paying this just now, maybe you in another window. Please wait until it is decided, and do not pay again before.',
)
export const PAID = notice('This is paid', 'There is nothing left to pay. Thank you.')
export const EXPIRED = notice(
  'This invoice has expired',
  'It can no longer be paid. Ask whoever sent it for a new link.',
)
export const GONE = notice(
  'This link is no longer valid',
  'The invoice was cancelled, or a newer link was sent to you. Nothing was charged.',
)
const USED = notice(
  'This order was used before',
  'It has been paid or tried already. Go back to the shop: it knows what became of it.',
)
const TOO_MANY = notice(
  'Too many tries',
  'Too many cards were tried here today. Nothing was charged. Please try again tomorrow.',
)
const UNCERTAIN = notice(
  'We do not know yet',
  'It is not certain yet whether you have paid. Please do not pay again, and ask the shop what became of your payment.',
)
