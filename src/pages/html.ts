// HTML that cannot be forgotten to escape: texts become HTML only through the tag `html`, which escapes them.
import { escapeHtml } from '../markup.ts'

/** A piece of HTML that may stand in a page as it is. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may be put into a template; what is undefined or false leaves nothing. */
export type HtmlValue = string | number | Html | readonly Html[] | undefined | false

/** Makes HTML of a template: `html` on a template literal. Values are escaped, unless they are HTML already. */
export const html = (parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html =>
  new Html(parts.map((part, i) => part + textOf(values[i])).join(''))

function textOf(value: HtmlValue): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  return value.map(({ text }) => text).join('')
}
