// The page that shows a card to its holder once: number, expiry and CVV. Works without JavaScript, and has none.
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { type OpenedLink, openSecureLink } from '../issuing/secure-links/open.ts'
import { html } from './html.ts'
import { notice, type Page, sendPage } from './page.ts'

/** GET /v1/secure-content/<id>: whoever has the link may look, once. */
export function registerSecureContent(app: FastifyInstance, deps: Pick<Deps, 'pool' | 'vault'>): void {
  app.get<{ Params: { id: string } }>('/v1/secure-content/:id', async ({ params }, reply) => {
    const opened = await openSecureLink(deps, params.id.toLowerCase())
    switch (opened.kind) {
      case 'card':
        return sendPage(reply, 200, cardPage(opened))
      case 'gone':
        return sendPage(reply, 410, GONE)
      case 'unknown':
        return sendPage(reply, 404, UNKNOWN)
    }
  })
}

function cardPage(card: Extract<OpenedLink, { kind: 'card' }>): Page {
  const pan = card.pan.reveal()
  // Groups for the eye; what is copied is the number without spaces, as forms want it.
  const groups = pan.match(/\d{1,4}/g) ?? []
  const expiry = `${String(card.expiryMonth).padStart(2, '0')}/${card.expiryYear}`
  return {
    title: 'Your card',
    content: html`<h1>Your card</h1>
    <dl class="card">
      <div><dt>Card number</dt><dd class="number"><data value="${pan}">${groups.map(span)}</data></dd></div>
      <div class="row">
        <div><dt>Expires</dt><dd>${expiry}</dd></div>
        <div><dt>CVV</dt><dd>${card.cvv}</dd></div>
      </div>
      <div><dt>Name</dt><dd class="name">${card.embossedName}</dd></div>
    </dl>
    <p class="soft">This page can be opened only once. Close it when you have what you need.</p>`,
  }
}

const span = (group: string) => html`<span>${group}</span>`

const GONE = notice(
  'This link is no longer valid',
  'It was opened before, or its time is over. Ask for a new link where you got this one.',
)

const UNKNOWN = notice(
  'There is nothing here',
  'The address is incomplete or wrong. Open it exactly as you received it.',
)
