// What all pages have in common: the layout, the headers that leave a browser no choice, and how a page is answered. They
// work without JavaScript: of the two scripts there are, one submits a form that has a button, too, and one looks whether a payment
// is decided.
import type { FastifyReply } from 'fastify'
import { Html, html } from './html.ts'
import { STYLE, sourceOf } from './style.ts'
import { directionOf, type Language, NAMES, wordsOf } from './words.ts'

export interface Page {
  readonly title: string
  readonly content: Html
  /** English unless told; with its direction and footer. */
  readonly language?: Language
  /** Two columns where there is room: what is paid, and how. */
  readonly isWide?: boolean
  /** The same page in another language. */
  readonly otherLanguage?: { readonly language: Language; readonly url: string }
  /** Goes on to this address at once. */
  readonly leadsTo?: string
  /** Waits for something to be decided, and is to be answered with `WAITING` so long: looks again by itself, at this address. */
  readonly waitsAt?: string
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

/** Answers with a PDF, which a browser shows or keeps under this name. */
export const sendPdf = (reply: FastifyReply, bytes: Buffer, filename: string): FastifyReply =>
  reply
    .code(200)
    .headers({
      ...HEADERS,
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="${filename}"`,
      // Browsers bring styles and plug-ins of their own to show it, which a stricter policy would stop.
      'content-security-policy': "frame-ancestors 'none'",
    })
    .send(bytes)

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

/** The status of a page that waits. */
export const WAITING = 202

const SUBMIT = 'document.forms[0].submit()'

// Looks without anybody noticing, and moves only when there is something new: whoever reads the page is not disturbed.
const LOOK = `const look = async () => {
  const { status, type } = await fetch(location.href, { redirect: 'manual', cache: 'no-store' }).catch(() => ({}))
  if (status === 200 || type === 'opaqueredirect') location.replace(location.href)
  else setTimeout(look, 3000)
}
setTimeout(look, 2000)`

// Without scripts there is no other way than to open it again, in so many seconds.
const REOPENED_AFTER_SECONDS = 20

const scriptOf = ({ submitsItself, waitsAt }: Page): string | undefined => {
  if (waitsAt !== undefined) return LOOK
  return submitsItself === true ? SUBMIT : undefined
}

const headersOf = (page: Page) => ({
  ...HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${sourceOf(STYLE)}`,
    ...scriptSources(page),
    "base-uri 'none'",
    `form-action ${page.formAction ?? "'none'"}`,
    "frame-ancestors 'none'",
  ].join('; '),
})

function scriptSources(page: Page): readonly string[] {
  const script = scriptOf(page)
  if (script === undefined) return []
  return [`script-src ${sourceOf(script)}`, ...(script === LOOK ? ["connect-src 'self'"] : [])]
}

const metaRefresh = (seconds: number, url: string): Html =>
  html`<meta http-equiv="refresh" content="${seconds}; url=${url}">`

const languageLink = ({ language, url }: NonNullable<Page['otherLanguage']>): Html =>
  html`<header><a href="${url}" lang="${language}" hreflang="${language}">${NAMES[language]}</a></header>`

/** The page as it is sent. Its style and script are compared with their hashes, so they are not escaped. */
export function renderPage(page: Page): Html {
  const { title, content, language = 'en', otherLanguage, isWide, leadsTo, waitsAt } = page
  const script = scriptOf(page)
  return html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${leadsTo !== undefined && metaRefresh(0, leadsTo)}${waitsAt !== undefined && html`<noscript>${metaRefresh(REOPENED_AFTER_SECONDS, waitsAt)}</noscript>`}
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${otherLanguage && languageLink(otherLanguage)}
<main${isWide === true && html` class="wide"`}>
    ${content}
</main>
<footer>${wordsOf(language).footer}</footer>
${script !== undefined && html`<script>${new Html(script)}</script>`}
</body>
</html>
`
}
