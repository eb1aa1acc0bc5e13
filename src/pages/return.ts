// The page to which the payer comes back, from a gateway or from our own pages, and which carries him on to the merchant with
// what became of his payment.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { readBearer } from '../bindings/bearer.ts'
import type { Deps } from '../deps.ts'
import type { Finished, PageActions } from './actions.ts'
import { html } from './html.ts'
import { notice, type Page, sendPage, WAITING } from './page.ts'
import { carryOnPage, facts, moneyText, waitingLinks } from './parts.ts'
import { wordsOf } from './words.ts'

const WORDS = wordsOf('en')

export interface ReturnDeps extends Pick<Deps, 'codes'> {
  readonly actions: Pick<PageActions, 'finishRedirect'>
  /** The page for a payer of a checkout. */
  readonly findReturnPage: (operationId: string) => Promise<Page | undefined>
}

interface Visit {
  readonly Params: { readonly bearer: string }
  readonly Querystring: Readonly<Record<string, unknown>>
}

/** GET and POST /transaction/Return/<bearer>. What a gateway sends along is not looked at: it is asked instead. */
export function registerReturn(app: FastifyInstance, { codes, actions, findReturnPage }: ReturnDeps): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined))
  app.route<Visit>({
    method: ['GET', 'POST'],
    url: '/transaction/Return/:bearer',
    handler: async ({ params, query }, reply) => {
      const operationId = readBearer(codes, 'return-page', params.bearer)
      const page = operationId === undefined ? undefined : await findReturnPage(operationId)
      if (page) return sendPage(reply, 200, page)
      const finished = operationId === undefined ? undefined : await actions.finishRedirect(operationId)
      return answer(reply, finished, {
        path: `/transaction/Return/${params.bearer}`,
        isQuiet: query.quiet !== undefined,
      })
    },
  })
}

interface Place {
  readonly path: string
  /** Whether the payer wants the page not to look again by itself. */
  readonly isQuiet: boolean
}

function answer(reply: FastifyReply, finished: Finished | undefined, place: Place): FastifyReply {
  switch (finished?.kind) {
    case undefined:
      return sendPage(reply, 404, UNKNOWN)
    case 'pending':
      return sendPage(reply, WAITING, pendingPage(finished, place))
    case 'done':
      return sendPage(reply, 200, donePage(finished))
  }
}

const UNKNOWN = notice(
  'There is nothing here',
  'The address is incomplete or wrong. Ask the shop what became of your payment before you pay again.',
)

function pendingPage({ merchantName, amount }: Extract<Finished, { kind: 'pending' }>, { path, isQuiet }: Place): Page {
  const { title, text } = WORDS.states.pending
  const about = facts([
    [WORDS.amount, moneyText(amount)],
    [WORDS.to, merchantName],
  ])
  const links = waitingLinks(WORDS, { url: path, ...(!isQuiet && { quietUrl: `${path}?quiet=1` }) })
  return { ...notice(title, text, html`${about}${links}`), ...(!isQuiet && { waitsAt: path }) }
}

type Done = Extract<Finished, { kind: 'done' }>

const HEADINGS: Readonly<
  Record<Done['state'], { readonly title: string; readonly className: string; readonly text: string }>
> = {
  paid: { ...WORDS.states.paid, className: 'box good' },
  declined: { ...WORDS.states.failed, title: 'Payment declined', className: 'box bad' },
  cancelled: { ...WORDS.states.gaveUp, className: 'box' },
}

function donePage({ state, merchantName, amount, url, fields }: Done): Page {
  const { title, className, text } = HEADINGS[state]
  const content = html`<h1>${title}</h1><div class="${className}" role="status">${text}</div>${facts([
    [WORDS.amount, moneyText(amount)],
    [WORDS.to, merchantName],
  ])}`
  return carryOnPage({ title, content, button: WORDS.continueTo(merchantName) }, { url, fields })
}
