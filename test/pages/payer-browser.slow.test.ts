// The pages of checkouts in a real browser: both languages, a phone and a desktop, with scripts and without. Pictures of every page are
// left in screenshots/.
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { openOperations } from '../api/operations/setup.ts'
import { openChromium } from '../helpers/chromium.ts'

const world = await openOperations()
const { shop } = world
const browser = await openChromium()
const shopPage = await openShop()
const PICTURES = join(import.meta.dirname, '..', '..', 'screenshots')
mkdirSync(PICTURES, { recursive: true })
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A shop to which payers go back. */
async function openShop(): Promise<{ readonly url: string; readonly seen: URL[] }> {
  const seen: URL[] = []
  const server = createServer((request, response) => {
    seen.push(new URL(request.url ?? '/', 'http://shop'))
    response
      .setHeader('content-type', 'text/html; charset=utf-8')
      .end('<!doctype html><title>Shop</title><h1>Shop</h1>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => new Promise((resolve) => server.close(resolve)))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/back?cart=1`, seen }
}

interface Way {
  readonly language: 'en' | 'ar'
  readonly width: number
  readonly scripts: boolean
  readonly dark: boolean
}

const WAYS: readonly Way[] = [
  { language: 'en', width: 360, scripts: false, dark: false },
  { language: 'ar', width: 360, scripts: false, dark: true },
  { language: 'en', width: 1280, scripts: true, dark: true },
  { language: 'ar', width: 1280, scripts: true, dark: false },
]

const nameOf = ({ language, width, scripts, dark }: Way): string =>
  `${language}-${width}${dark ? '-dark' : ''}${scripts ? '' : '-without-scripts'}`

const LABELS = {
  en: { number: 'Card number', expiry: 'Expiry date', holder: 'Name on card' },
  ar: { number: 'رقم البطاقة', expiry: 'تاريخ الانتهاء', holder: 'الاسم على البطاقة' },
} as const

describe.each(browser ? WAYS.map((way) => [nameOf(way), way] as const) : [])(
  '%s',
  { timeout: 120_000 },
  (name, way) => {
    let context: BrowserContext

    const enter = async (): Promise<Page> => {
      context = await (browser ?? fail()).newContext({
        ...{ viewport: { width: way.width, height: 800 }, colorScheme: way.dark ? 'dark' : 'light' },
        javaScriptEnabled: way.scripts,
      })
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      return page
    }
    const complaints: string[] = []

    const look = async (page: Page, what: string): Promise<void> => {
      await page.screenshot({ path: join(PICTURES, `${name}-${what}.png`), fullPage: true })
      expect(await page.getAttribute('html', 'lang')).toBe(way.language)
      expect(await page.getAttribute('html', 'dir')).toBe(way.language === 'ar' ? 'rtl' : 'ltr')
      const { content, window, violations } = await examine(page, way)
      expect(content).toBeLessThanOrEqual(window)
      expect(violations).toEqual([])
    }

    const fill = async (page: Page, card: string): Promise<void> => {
      const labels = LABELS[way.language]
      await page.getByLabel(labels.number).fill(card)
      await page.getByLabel(labels.expiry).fill('12/32')
      await page.locator('#cvv').fill('123')
      await page.getByLabel(labels.holder).fill('Ada Lovelace')
    }
    const submit = (page: Page) => page.locator('form:has([name="cardNumber"]) button').click()

    const checkout = (fields: object = {}) =>
      shop.checkout({ language: way.language, order_no: 'A-1001', customer_id: `customer-${name}`, ...fields })

    test('a payer chooses, errs, is declined, pays, and goes back to the shop', async () => {
      const page = await enter()
      const session = await checkout({
        pg_codes: ['cards-usd', 'fee-usd', 'fx-kwd', 'share-usd', 'cash'],
        redirect_url: shopPage.url,
      })
      await page.goto(session.checkout_url)
      await look(page, '1-choice')
      await page.locator('a[href*="pg_code=fee-usd"]').click()
      await look(page, '2-form')
      await submit(page)
      await look(page, '3-problems')
      await fill(page, '4000000001000050')
      await submit(page)
      await look(page, '4-declined')
      await fill(page, '4111111111111111')
      await page.locator('[name="keep"]').check()
      await submit(page)
      await page.waitForURL(/\/back\?cart=1/)
      expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({
        ...{ cart: '1', order_no: 'A-1001', session_id: session.session_id },
        reference_number: expect.stringMatching(/^FL/),
      })
      await context.close()
      expect(complaints.filter((text) => !/402|422/.test(text))).toEqual([])
    })

    test('without a shop to go back to there is a summary; a saved card pays with its code', async () => {
      const page = await enter()
      const session = await checkout()
      await page.goto(session.checkout_url)
      await look(page, '5-saved-card')
      await page.locator('#savedCvv').fill('123')
      await page.locator('form:has(#savedCvv) button').click()
      await page.waitForURL(/\/done\//)
      await look(page, '6-paid')
      await context.close()
    })

    test('the other ends of a payment', async () => {
      const page = await enter()
      const once = await checkout({ pg_codes: ['once-usd'] })
      await page.goto(once.checkout_url)
      await fill(page, '4000000001000050')
      await submit(page)
      await look(page, '7-failed')
      const left = await checkout()
      await page.goto(left.checkout_url)
      await page.locator('form:has([value="give-up"]) button').click()
      await look(page, '8-gave-up')
      const cash = await checkout({ pg_codes: ['cash'] })
      await page.goto(cash.checkout_url)
      await look(page, '9-cash')
      await page.locator('form:has([value="cash"]) button').click()
      await look(page, '10-promised')
      await shop.operate('expire', left)
      await page.goto(left.checkout_url)
      await look(page, '11-expired')
      const later = await checkout({ customer_id: `later-${name}` })
      await page.goto(later.checkout_url)
      await fill(page, '4000000001000134')
      await submit(page)
      await page.waitForURL(/\/done\//)
      await page.screenshot({ path: join(PICTURES, `${name}-12-pending.png`) })
      await context.close()
    })
  },
)

const fail = (): never => {
  throw new Error('there is no browser')
}

interface Examined {
  readonly content: number
  readonly window: number
  readonly violations: readonly string[]
}

// What the visitor got is examined in a page beside his, where scripts run whether or not they do in his.
async function examine(page: Page, way: Way): Promise<Examined> {
  const context = await (browser ?? fail()).newContext({
    ...{ viewport: { width: way.width, height: 800 }, colorScheme: way.dark ? 'dark' : 'light' },
  })
  const copy = await context.newPage()
  await copy.setContent(await page.content())
  await copy.addScriptTag({ content: AXE })
  const examined = await copy.evaluate<Examined>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) => ({
       content: document.documentElement.scrollWidth, window: window.innerWidth,
       violations: violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')) }))`,
  )
  await context.close()
  return examined
}
