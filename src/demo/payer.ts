// A payer with a very plain browser: it opens a page, fills its first form and submits it, without scripts.
import { unescapeHtml } from '../markup.ts'

export interface Page {
  readonly url: string
  readonly html: string
}

/** Opens an address, as a link or with fields as a form does. Redirects are followed. */
export async function openPage(url: string, fields?: Readonly<Record<string, string>>): Promise<Page> {
  const response = await fetch(url, fields ? { method: 'POST', body: new URLSearchParams(fields) } : {})
  return { url: response.url, html: await response.text() }
}

/** Submits the page's first form with what it carries and what is typed in. */
export function submitForm(page: Page, typed: Readonly<Record<string, string>>): Promise<Page> {
  const { action, fields } = readForm(page)
  return openPage(action, { ...fields, ...typed })
}

/** Where the page's first form goes, and the fields that it carries by itself. */
export function readForm({ url, html }: Page): { readonly action: string; readonly fields: Record<string, string> } {
  const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(html)
  if (!form) throw new Error(`there is no form on the page ${new URL(url).pathname}`)
  const [, action = '', content = ''] = form
  const fields: Record<string, string> = {}
  for (const [input] of content.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    fields[attribute(input, 'name')] = attribute(input, 'value')
  }
  return { action: new URL(unescapeHtml(action), url).href, fields }
}

/** The code of six digits that a sandbox shows on the page. */
export const codeOn = ({ html }: Page): string =>
  /\b(\d{6})\b/.exec(html.replace(/<style>[\s\S]*?<\/style>/, ''))?.[1] ?? ''

const attribute = (tag: string, name: string): string =>
  unescapeHtml(new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
