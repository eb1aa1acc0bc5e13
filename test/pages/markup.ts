// Reads HTML as strictly as browsers do not: what is not well formed, has no label or leads nowhere is a flaw.
import { unescapeHtml } from '../../src/markup.ts'

export interface Element {
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
  readonly parents: readonly Element[]
  text: string
}

const VOID = new Set(['meta', 'input', 'br', 'img', 'link', 'hr'])
const TOKEN = /<!doctype html>|<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>|([^<>]+)|([<>])/gy
const ATTRIBUTE = /\s+([a-z-]+)(?:="([^"<>]*)")?/g

/** The elements of a page in their order. Throws an Error where it is not well formed. */
export function readMarkup(html: string): Element[] {
  // What browsers do not read as HTML.
  const page = html.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '<$1></$1>')
  const [elements, open]: [Element[], Element[]] = [[], []]
  for (const [token, closes, tag, attributes = '', text, stray] of page.matchAll(TOKEN)) {
    if (stray !== undefined) throw new Error(`there is a ${stray} in a text`)
    if (text !== undefined) {
      for (const element of open) element.text += unescapeHtml(text)
    } else if (closes === '/') {
      const last = open.pop()
      if (last?.tag !== tag) throw new Error(`${token} closes ${last?.tag}`)
    } else if (tag !== undefined) {
      const element = { tag, attributes: readAttributes(attributes), parents: [...open], text: '' }
      elements.push(element)
      if (!VOID.has(tag)) open.push(element)
    }
  }
  const read = [...page.matchAll(TOKEN)].reduce((length, [token]) => length + token.length, 0)
  if (read !== page.length) throw new Error(`cannot be read: ${page.slice(read, read + 80)}`)
  if (open.length > 0) throw new Error(`${open.map(({ tag }) => tag)} stay open`)
  return elements
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new Error(`${name} is there twice`)
    attributes.set(name, unescapeHtml(value))
  }
  return attributes
}

/** What is wrong with a page that is well formed. */
export function flawsOf(elements: readonly Element[]): string[] {
  const of = (...tags: readonly string[]): Element[] => elements.filter(({ tag }) => tags.includes(tag))
  const ids = elements.flatMap(({ attributes }) => attributes.get('id') ?? [])
  const root = of('html')[0]
  const labelled = new Set(of('label').map(({ attributes }) => attributes.get('for')))
  const named = (field: Element): boolean =>
    labelled.has(field.attributes.get('id')) || field.parents.some(({ tag }) => tag === 'label')
  const fields = of('input').filter(({ attributes }) => attributes.get('type') !== 'hidden')
  const levels = of('h1', 'h2', 'h3').map(({ tag }) => Number(tag.slice(1)))
  return [
    ...(root?.attributes.get('lang') && root.attributes.get('dir') ? [] : ['the language is not said']),
    ...(of('h1').length === 1 && of('main').length === 1 && levels[0] === 1
      ? []
      : ['it does not begin with its heading']),
    ...(levels.some((level, i) => level > (levels[i - 1] ?? 0) + 1) ? ['a heading is left out'] : []),
    ...(new Set(ids).size === ids.length ? [] : ['an id is there twice']),
    ...fields.filter((field) => !named(field)).map(({ attributes }) => `${attributes.get('name')} has no label`),
    ...of('button', 'a', 'summary', 'legend', 'label', 'h1', 'h2', 'h3', 'title')
      .filter(({ text }) => text.trim() === '')
      .map(({ tag }) => `a ${tag} says nothing`),
    ...elements.flatMap(({ tag, attributes }) => [
      ...[...attributes.keys()].filter((name) => /^on|^style$/.test(name)).map((name) => `${tag} has ${name}`),
      ...(attributes.get('aria-describedby') ?? '').split(' ').filter((id) => id !== '' && !ids.includes(id)),
      ...fragmentsOf(attributes).filter((id) => !ids.includes(id)),
      ...(/^\s*(javascript|data|vbscript):/i.test(attributes.get('href') ?? '') ? ['a link runs something'] : []),
    ]),
  ]
}

const fragmentsOf = (attributes: ReadonlyMap<string, string>): string[] => {
  const href = attributes.get('href') ?? ''
  return href.startsWith('#') ? [href.slice(1)] : []
}
