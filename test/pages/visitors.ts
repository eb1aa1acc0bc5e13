// Payers who walk through the pages: in a browser with scripts, in one without, and over HTTP alone.

import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { unescapeHtml } from '../../src/markup.ts'

export interface Visitor {
  open(url: string): Promise<void>
  /** Fills the field with this label in. */
  fill(label: string, text: string): Promise<void>
  /** Presses the button, or follows the link, with these words. */
  press(words: string): Promise<void>
  /** The same on a page that goes on by itself where scripts run. */
  goOn(words: string): Promise<void>
  /** Waits until a page shows these words, and returns everything that it shows. */
  see(words: string): Promise<string>
  /** What the browser complained about, and what is wrong with the pages that were seen. */
  readonly complaints: readonly string[]
}

export interface Look {
  readonly width: number
  readonly colorScheme: 'light' | 'dark'
  readonly hasScripts: boolean
}

/** A payer with a browser of this size. */
export async function enterBrowser(browser: Browser, { width, colorScheme, hasScripts }: Look): Promise<Visitor> {
  const viewport = { width, height: 800 }
  const context = await browser.newContext({ viewport, colorScheme, javaScriptEnabled: hasScripts })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // A form that comes back has the status of what is wrong with it, which the console repeats.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const press = async (words: string): Promise<void> => {
    await page
      .getByRole('button', { name: words, exact: true })
      .or(page.getByRole('link', { name: words, exact: true }))
      .click()
  }
  return {
    complaints,
    open: async (url) => {
      await page.goto(url)
    },
    fill: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
    press,
    goOn: (words) => (hasScripts ? Promise.resolve() : press(words)),
    see: async (words) => {
      await page.getByText(words).first().waitFor()
      complaints.push(...(await findFlaws(page)))
      return (await page.locator('body').textContent()) ?? ''
    },
  }
}

/** What of a page does not fit, cannot be read out, or is too small to be touched. */
async function findFlaws(page: Page): Promise<string[]> {
  if (!(await page.getByText('Payments by Florin').count())) return [] // The shop's own.
  return page.evaluate(() => {
    const flaws: string[] = []
    const { document, window } = globalThis as unknown as { document: Dom; window: { innerWidth: number } }
    const title = document.title
    if (document.documentElement.scrollWidth > window.innerWidth) flaws.push(`${title}: wider than the window`)
    if (document.querySelectorAll('h1').length !== 1) flaws.push(`${title}: not one heading`)
    for (const element of [...document.querySelectorAll('input:not([type=hidden]), button, a.button')]) {
      const { height } = element.getBoundingClientRect()
      if (height < 44) flaws.push(`${title}: ${element.tagName} is ${height} high`)
    }
    for (const input of [...document.querySelectorAll('input:not([type=hidden])')]) {
      if (!document.querySelector(`label[for="${input.id}"]`)) flaws.push(`${title}: ${input.id} has no label`)
      for (const id of (input.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean))
        if (!document.querySelector(`[id="${id}"]`)) flaws.push(`${title}: there is no ${id}`)
    }
    return flaws
  })
}

// What of the DOM is used above: the project is not compiled for browsers.
interface Dom {
  readonly title: string
  readonly documentElement: { readonly scrollWidth: number }
  querySelector(selector: string): DomElement | null
  querySelectorAll(selector: string): Iterable<DomElement> & { readonly length: number }
}

interface DomElement {
  readonly id: string
  readonly tagName: string
  getAttribute(name: string): string | null
  getBoundingClientRect(): { readonly height: number }
}

/** A payer without any browser: reads the HTML and posts the forms as they say. */
export function enterWithoutBrowser(): Visitor {
  let page = { url: '', html: '' }
  const entered = new Map<string, string>()
  const load = async (url: string, body?: URLSearchParams): Promise<void> => {
    const response = await fetch(url, body ? { method: 'POST', body } : {})
    page = { url: response.url, html: await response.text() }
    entered.clear()
  }
  const press = async (words: string): Promise<void> => {
    const link = [...page.html.matchAll(/<a [^>]*?href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].find(
      ([, , text]) => plain(text) === words,
    )
    if (link) return load(new URL(plain(link[1]), page.url).href)
    for (const [, attributes = '', content = ''] of page.html.matchAll(/<form ([^>]*)>(.*?)<\/form>/gs)) {
      const button = [...content.matchAll(/<button([^>]*)>([^<]*)<\/button>/g)].find(
        ([, , text]) => plain(text) === words,
      )
      if (!button) continue
      const body = new URLSearchParams()
      const inputs = [...content.matchAll(/<input([^>]*)>/g)].map(([, text = '']) => text)
      for (const text of [...inputs, button[1] ?? '']) {
        const name = attributeOf(text, 'name')
        if (name) body.append(name, entered.get(attributeOf(text, 'id')) ?? attributeOf(text, 'value'))
      }
      return load(new URL(attributeOf(attributes, 'action'), page.url).href, body)
    }
    throw new Error(`the page has no ${words}`)
  }
  return {
    complaints: [],
    open: (url) => load(url),
    fill: async (label, text) => {
      const found = [...page.html.matchAll(/<label for="([^"]*)">([^<]*)<\/label>/g)].find(
        ([, , words]) => plain(words) === label,
      )
      if (!found?.[1]) throw new Error(`the page has no ${label}`)
      entered.set(found[1], text)
    },
    press,
    goOn: press,
    see: async (words) => {
      const text = plain(page.html.replace(/<(style|script|title)>.*?<\/\1>/gs, ' ').replace(/<[^>]+>/g, ' '))
      expect(text).toContain(words)
      return text
    },
  }
}

const attributeOf = (text: string, name: string): string => plain(new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1])

const plain = (text = ''): string => unescapeHtml(text).replace(/\s+/g, ' ').trim()
