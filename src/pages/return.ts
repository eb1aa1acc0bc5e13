// The page to which the payer comes back, from a gateway or from our own pages, and which carries him on to the merchant with
// what became of his payment.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { readBearer } from '../bindings/bearer.ts'
import type { Deps } from '../deps.ts'
import type { Finished, PageActions } from './actions.ts'
import { html } from './html.ts'
import { notice, type Page, sendPage } from './page.ts'
import { carryOnPage, facts, moneyText } from './parts.ts'

export interface ReturnDeps extends Pick<Deps, 'codes'> {
  readonly actions: Pick<PageActions, 'finishRedirect'>
  /** The page for a payer of a checkout. */
  readonly findReturnPage: (operationId: string) => Promise<Page | undefined>
}

/** GET and POST /transaction/Return/<bearer>. What a gateway sends along is not looked at: it is asked instead. */
export function registerReturn(app: FastifyInstance, { codes, actions, findReturnPage }: ReturnDeps): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined))
  app.route<{ Params: { bearer: string } }>({
    method: ['GET', 'POST'],
    url: '/transaction/Return/:bearer',
    handler: async ({ params }, reply) => {
      const operationId = readBearer(codes, 'return-page', params.bearer)
      const page = operationId === undefined ? undefined : await findReturnPage(operationId)
      if (page) return sendPage(reply, 200, page)
      const finished = operationId === undefined ? undefined : await actions.finishRedirect(operationId)
      return answer(reply, finished, params.bearer)
    },
  })
}

function answer(reply: FastifyReply, finished: Finished | undefined, bearer: string): FastifyReply {
  switch (finished?.kind) {
    case undefined:
      return sendPage(reply, 404, UNKNOWN)
    case 'pending':
      return sendPage(reply, 200, pendingPage(finished, `/transaction/Return/${bearer}`))
    case 'done':
      return sendPage(reply, 200, donePage(finished))
  }
}

const UNKNOWN = notice(
  'There is nothing here',
  'The address is incomplete or wrong. Ask the shop what became of your payment before you pay again.',
)

const REFRESH_SECONDS = 5

const pendingPage = ({ merchantName, amount }: Extract<Finished, { kind: 'pending' }>, path: string): Page => ({
  ...notice(
    'We are waiting for your bank',
    'Your payment is not decided yet. Please do not pay again. This page looks again every few seconds.',
    html`${facts([
      ['Amount', moneyText(amount)],
      ['To', merchantName],
    ])}<a class="button quiet" href="${path}">Look again now</a>`,
  ),
  refresh: { seconds: REFRESH_SECONDS, url: path },
})

type Done = Extract<Finished, { kind: 'done' }>

const HEADINGS: Readonly<
  Record<Done['state'], { readonly title: string; readonly className: string; readonly text: string }>
> = {
  paid: { title: 'Payment complete', className: 'box good', text: 'Thank you. Your payment has been made.' },
  declined: {
    title: 'Payment declined',
    className: 'box bad',
    text: 'Your payment was not made. Nothing was charged.',
  },
  cancelled: { title: 'Payment cancelled', className: 'box', text: 'You have not paid. Nothing was charged.' },
}

function donePage({ state, merchantName, amount, url, fields }: Done): Page {
  const { title, className, text } = HEADINGS[state]
  const content = html`<h1>${title}</h1><div class="${className}" role="status">${text}</div>${facts([
    ['Amount', moneyText(amount)],
    ['To', merchantName],
  ])}`
  return carryOnPage({ title, content, button: `Continue to ${merchantName}` }, { url, fields })
}
