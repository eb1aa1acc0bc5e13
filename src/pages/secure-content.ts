// The page that shows a card to its holder once: number, expiry and CVV. Works without JavaScript, and has none.
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Deps } from '../deps.ts'
import { type OpenedLink, openSecureLink } from '../issuing/secure-links/open.ts'

/** GET /v1/secure-content/<id>: whoever has the link may look, once. */
export function registerSecureContent(app: FastifyInstance, deps: Pick<Deps, 'pool' | 'vault'>): void {
  app.get<{ Params: { id: string } }>('/v1/secure-content/:id', async ({ params }, reply) => {
    const opened = await openSecureLink(deps, params.id.toLowerCase())
    switch (opened.kind) {
      case 'card':
        return answer(reply, 200, renderCard(opened))
      case 'gone':
        return answer(reply, 410, GONE)
      case 'unknown':
        return answer(reply, 404, UNKNOWN)
    }
  })
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2330; --soft: #5b6675; --ground: #f3f5f8; --sheet: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f5; --soft: #a3adbb; --ground: #10141a; --sheet: #1a2029; } }
* { box-sizing: border-box; margin: 0; }
body { min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 420px; display: grid; gap: 20px; }
h1 { font-size: 20px; line-height: 1.3; }
p { color: var(--soft); }
.card { display: grid; gap: 22px; padding: 24px 20px; border-radius: 18px; color: #ffffff;
  background: linear-gradient(135deg, #21304a, #3d5a80); box-shadow: 0 10px 30px rgb(16 24 40 / 25%); }
.card dt { font-size: 12px; letter-spacing: 0.04em; color: #d3deec; }
.card dd { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.number { font-size: clamp(18px, 5.6vw, 24px); white-space: nowrap; user-select: all; }
.number span + span { margin-left: 0.5em; }
.row { display: flex; flex-wrap: wrap; gap: 14px 32px; }
.row dd { font-size: 18px; }
.name { overflow-wrap: anywhere; }
.sheet { padding: 28px 24px; border-radius: 18px; background: var(--sheet); display: grid; gap: 10px; }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
  'cross-origin-opener-policy': 'same-origin',
}

const answer = (reply: FastifyReply, status: number, page: string): FastifyReply =>
  reply.code(status).headers(HEADERS).send(page)

function renderCard(card: Extract<OpenedLink, { kind: 'card' }>): string {
  const pan = card.pan.reveal()
  // Groups for the eye; what is copied is the number without spaces, as forms want it.
  const groups = (pan.match(/\d{1,4}/g) ?? []).map((group) => `<span>${group}</span>`).join('')
  const expiry = `${String(card.expiryMonth).padStart(2, '0')}/${card.expiryYear}`
  return renderPage(
    'Your card',
    `<h1>Your card</h1>
    <dl class="card">
      <div><dt>Card number</dt><dd class="number"><data value="${pan}">${groups}</data></dd></div>
      <div class="row">
        <div><dt>Expires</dt><dd>${escapeHtml(expiry)}</dd></div>
        <div><dt>CVV</dt><dd>${escapeHtml(card.cvv)}</dd></div>
      </div>
      <div><dt>Name</dt><dd class="name">${escapeHtml(card.embossedName)}</dd></div>
    </dl>
    <p>This page can be opened only once. Close it when you have what you need.</p>`,
  )
}

const renderNotice = (title: string, text: string): string =>
  renderPage(title, `<section class="sheet"><h1>${title}</h1><p>${text}</p></section>`)

const renderPage = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
    ${content}
</main>
</body>
</html>
`

const GONE = renderNotice(
  'This link is no longer valid',
  'It was opened before, or its time is over. Ask for a new link where you got this one.',
)

const UNKNOWN = renderNotice(
  'There is nothing here',
  'The address is incomplete or wrong. Open it exactly as you received it.',
)

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
