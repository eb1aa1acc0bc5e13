// A payer's browser without scripts: it opens pages, follows redirects, and posts forms as they are written.
import { unescapeHtml } from '../../src/markup.ts'

export interface Payer {
  /** The page that is shown. */
  readonly page: () => {
    readonly status: number
    readonly url: string
    readonly html: string
    readonly headers: Headers
  }
  open(url: string): Promise<void>
  /** Goes where a payment's `redirect` says. */
  follow(redirect: Redirect): Promise<void>
  /** Posts the form that has this button (by its value or its words), with these fields filled in. */
  submit(button: string, fields?: Readonly<Record<string, string>>): Promise<void>
  /** The form that has this button, as it would be posted. */
  form(button: string): { readonly action: string; readonly body: URLSearchParams }
}

export interface Redirect {
  readonly url: string
  readonly method: string
  readonly parameters: readonly { readonly name: string; readonly value: string }[]
}

/** A payer at no page yet. */
export function createPayer(): Payer {
  let page = { status: 0, url: '', html: '', headers: new Headers() }
  const load = async (url: string, body?: URLSearchParams): Promise<void> => {
    const response = await fetch(url, body ? { method: 'POST', body } : {})
    const html = (await response.text()).replace(/<style>.*?<\/style>/s, '')
    page = { status: response.status, url: response.url, html, headers: response.headers }
  }
  const form: Payer['form'] = (words) => {
    for (const [, attributes = '', content = ''] of page.html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)) {
      const button = [...content.matchAll(/<button([^>]*)>([^<]*)<\/button>/g)].find(
        ([, text = '', label]) => attributeOf(text, 'value') === words || plain(label) === words,
      )
      if (!button) continue
      const body = new URLSearchParams()
      for (const [, text = ''] of [...content.matchAll(/<input([^>]*)>/g), button]) {
        const name = attributeOf(text, 'name')
        if (name) body.append(name, attributeOf(text, 'value'))
      }
      return { action: new URL(attributeOf(attributes, 'action'), page.url).href, body }
    }
    throw new Error(`the page has no ${words}: ${page.status} ${page.html.slice(-2000)}`)
  }
  return {
    page: () => page,
    open: (url) => load(url),
    follow: ({ url, method, parameters }) => {
      const body = new URLSearchParams(parameters.map(({ name, value }): [string, string] => [name, value]))
      return method === 'POST' ? load(url, body) : load(`${url}${parameters.length ? `?${body}` : ''}`)
    },
    form,
    submit: (button, fields = {}) => {
      const { action, body } = form(button)
      for (const [name, value] of Object.entries(fields)) body.set(name, value)
      return load(action, body)
    },
  }
}

const attributeOf = (text: string, name: string): string => plain(new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1])

const plain = (text = ''): string => unescapeHtml(text).trim()
