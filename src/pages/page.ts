// What all pages have in common: the layout, the headers that leave a browser no choice, and how a page is answered. They
// work without JavaScript; the one script there is submits a form that has a button, too.
import type { FastifyReply } from 'fastify'
import { Html, html } from './html.ts'
import { STYLE, sourceOf } from './style.ts'
import { directionOf, type Language, wordsOf } from './words.ts'

export interface Page {
  readonly title: string
  readonly content: Html
  /** English unless told; with its direction and footer. */
  readonly language?: Language
  /** Two columns where there is room: what is paid, and how. */
  readonly isWide?: boolean
  /** Goes on after so many seconds: to the same address again, or to another one. */
  readonly refresh?: { readonly seconds: number; readonly url?: string }
  /** Where its forms may go, as sources of a Content-Security-Policy; nowhere unless told. */
  readonly formAction?: string
  /** Submits the first form as soon as the page is there, if the browser runs scripts. */
  readonly submitsItself?: boolean
}

/** Forms that come back to us. */
export const TO_US = "'self'"

/**
 * Forms to this URL. Not to its origin alone: Chromium applies the policy also to where the answer to a POST redirects, as a shop's
 * handler does to another host of its own, and its payer, who has paid, would be stuck here. Nothing on such a page is worth stealing.
 */
export function onwardTo(url: string): string {
  const { origin, protocol } = new URL(url)
  return `${origin} ${protocol}` // `http:` matches https, too
}

/** Answers with the page. */
export const sendPage = (reply: FastifyReply, status: number, page: Page): FastifyReply =>
  reply.code(status).headers(headersOf(page)).send(renderPage(page).text)

/** Sends the browser to another page of ours by GET, so that reloading does not repeat a POST. */
export const seeOther = (reply: FastifyReply, path: string): FastifyReply =>
  reply
    .code(303)
    .headers({ ...HEADERS, location: path })
    .send('')

/** A page that only says something. `text` is one sentence or two. */
export const notice = (title: string, text: string, more?: Html): Page => ({
  title,
  content: html`<section class="sheet"><h1>${title}</h1><p>${text}</p>${more}</section>`,
})

/** What every answer to a browser says. */
export const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
  'cross-origin-opener-policy': 'same-origin',
}

const SUBMIT = 'document.forms[0].submit()'

const headersOf = ({ formAction = "'none'", submitsItself = false }: Page) => ({
  ...HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${sourceOf(STYLE)}`,
    ...(submitsItself ? [`script-src ${sourceOf(SUBMIT)}`] : []),
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join('; '),
})

// The stylesheet and the script are compared with their hashes, so they must not be escaped.
const renderPage = ({
  title,
  content,
  language = 'en',
  isWide,
  refresh,
  submitsItself,
}: Page): Html => html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh && html`<meta http-equiv="refresh" content="${refresh.seconds}${refresh.url !== undefined && html`; url=${refresh.url}`}">`}
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main${isWide === true && html` class="wide"`}>
    ${content}
</main>
<footer>${wordsOf(language).footer}</footer>
${submitsItself === true && html`<script>${new Html(SUBMIT)}</script>`}
</body>
</html>
`
