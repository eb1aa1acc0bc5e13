// Our own issuer's 3-D Secure page: the cardholder approves a payment with the code that was sent, says that it is none of his,
// or gives up. In a sandbox the code is on the page.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { readBearer } from '../bindings/bearer.ts'
import type { Deps } from '../deps.ts'
import type { ChallengeAnswer, ChallengeOver, ChallengeView, PageActions } from './actions.ts'
import { type Form, formOf, registerForms } from './form.ts'
import { html } from './html.ts'
import { returnPath } from './links.ts'
import { notice, type Page, seeOther, sendPage, TO_US } from './page.ts'
import { bigAmount, facts, field, type Problem, problemSummary } from './parts.ts'
import { timeText } from './times.ts'

export interface ChallengeDeps extends Pick<Deps, 'codes' | 'settings'> {
  readonly actions: Pick<PageActions, 'challenges'>
}

interface Params {
  readonly bearer: string
}

/** GET and POST /transaction/Challenge/<bearer>. A POST without an `action` is a merchant's form that brings the payer here. */
export function registerChallenge(app: FastifyInstance, deps: ChallengeDeps): void {
  registerForms(app)
  const { challenges } = deps.actions
  app.route<{ Params: Params }>({
    method: ['GET', 'POST'],
    url: '/transaction/Challenge/:bearer',
    handler: async (request, reply) => {
      const { bearer } = request.params
      const paymentId = readBearer(deps.codes, 'challenge-page', bearer)
      const view = paymentId === undefined ? undefined : await challenges.find(paymentId)
      if (paymentId === undefined || !view) return sendPage(reply, 404, UNKNOWN)
      if (view.kind === 'over') return over(deps, reply, view)
      const form = formOf(request)
      const tried = await act(deps, paymentId, form)
      if (tried === undefined) return sendPage(reply, 200, challengePage(deps, view, bearer))
      if (tried.kind === 'over') return over(deps, reply, tried)
      const attemptsLeft = tried.kind === 'wrong' ? tried.attemptsLeft : view.attemptsLeft
      return sendPage(reply, 422, challengePage(deps, { ...view, attemptsLeft }, bearer, problemOf(tried)))
    },
  })
}

const CODE = /^\d{6}$/

/** Undefined when nothing was asked for yet. */
async function act(
  { actions: { challenges } }: ChallengeDeps,
  paymentId: string,
  form: Form,
): Promise<ChallengeAnswer | { readonly kind: 'unreadable' } | undefined> {
  switch (form.get('action')) {
    case 'approve': {
      const code = (form.get('code') ?? '').replace(/\s/g, '')
      return CODE.test(code) ? challenges.approve(paymentId, code) : { kind: 'unreadable' } // which is no guess
    }
    case 'decline':
      return challenges.decline(paymentId)
    case 'cancel':
      return challenges.cancel(paymentId)
    default:
      return undefined
  }
}

const problemOf = (tried: Exclude<ChallengeAnswer, ChallengeOver> | { readonly kind: 'unreadable' }): Problem => ({
  field: 'code',
  message:
    tried.kind === 'unreadable'
      ? 'Enter the six digits of the code'
      : `This code is wrong. You have ${tried.attemptsLeft === 1 ? 'one try' : `${tried.attemptsLeft} tries`} left`,
})

// Who has just answered goes on at once. Whoever comes too late is told why before he goes on.
function over({ codes }: ChallengeDeps, reply: FastifyReply, { reason, operationId }: ChallengeOver): FastifyReply {
  const path = returnPath(codes, operationId)
  if (reason === 'answered') return seeOther(reply, path)
  const { title, text } = REASONS[reason]
  return sendPage(reply, 410, notice(title, text, html`<a class="button" href="${path}">Continue</a>`))
}

const REASONS = {
  expired: { title: 'The time is over', text: 'The code was not entered in time, so the payment was not made.' },
  blocked: { title: 'Too many wrong codes', text: 'The payment was not made. Nothing was charged.' },
} as const

const UNKNOWN = notice(
  'There is nothing here',
  'The address is incomplete or wrong. Go back to the shop and pay again.',
)

function challengePage(
  { codes, settings }: ChallengeDeps,
  view: Extract<ChallengeView, { kind: 'open' }>,
  bearer: string,
  problem?: Problem,
): Page {
  const { merchantName, amount, last4, sentTo, challengeId, expiresAt } = view
  const problems = problem ? [problem] : []
  const action = `/transaction/Challenge/${bearer}`
  const title = 'Approve this payment'
  return {
    title: problem ? `Error: ${title}` : title,
    formAction: TO_US,
    content: html`<section class="sheet">
      ${problemSummary(problems)}
      <h1>${title}</h1>
      ${bigAmount(amount)}
      ${facts([
        ['To', merchantName],
        ['Card', `•••• ${last4}`],
        ['Code sent to', sentTo],
        ['Valid until', timeText(expiresAt)],
      ])}
      ${settings.sandbox && html`<div class="box"><p>Sandbox: the code is <strong>${codes.codeOf(challengeId)}</strong></p></div>`}
      <form method="post" action="${action}" novalidate>
        ${field(CODE_FIELD, problems)}
        <button type="submit" name="action" value="approve">Approve the payment</button>
      </form>
      <div class="row">
        <form method="post" action="${action}"><button class="quiet" type="submit" name="action" value="cancel">Cancel</button></form>
        <form method="post" action="${action}"><button class="quiet" type="submit" name="action" value="decline">This is not mine</button></form>
      </div>
    </section>`,
  }
}

const CODE_FIELD = {
  name: 'code',
  label: 'Your code',
  hint: 'Six digits. Nobody from your bank or the shop will ever ask you for it.',
  autocomplete: 'one-time-code',
  inputmode: 'numeric',
  maxLength: 12,
  className: 'code',
} as const
