// The pages of checkouts in a real browser: both languages, a phone and a desktop, with scripts and without. Pictures of every page are
// left in screenshots/.
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { wordsOf } from '../../src/pages/words.ts'
import { openChromium, takePicture } from '../helpers/chromium.ts'
import { CHALLENGED, DECLINED, openPayerPages } from './payer-setup.ts'

const { shop } = await openPayerPages()
const browser = await openChromium()
const shopPage = await openShop()
const PICTURES = join(import.meta.dirname, '..', '..', 'screenshots')
mkdirSync(PICTURES, { recursive: true })
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A shop to which payers go back. */
async function openShop(): Promise<{ readonly url: string }> {
  const server = createServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html; charset=utf-8')
      .end('<!doctype html><title>Shop</title><h1>Shop</h1>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => new Promise((resolve) => server.close(resolve)))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/back?cart=1` }
}

interface Way {
  readonly language: 'en' | 'ar'
  readonly width: number
  readonly scripts: boolean
  readonly dark: boolean
  /** Whether each page is examined and a picture of it kept. The others are only walked through. */
  readonly isExamined: boolean
}

// All eight are walked through. Of two that differ in nothing but scripts the pages are the same, so that one of them is examined: each
// language and each width once with scripts and once without.
const WAYS: readonly Way[] = (['en', 'ar'] as const).flatMap((language) =>
  [360, 1280].flatMap((width) =>
    [true, false].map((scripts) => {
      const isExamined = scripts === ((language === 'ar') === (width === 360))
      return { language, width, scripts, isExamined, dark: width === 1280 && language === 'en' }
    }),
  ),
)

const nameOf = ({ language, width, scripts, dark }: Way): string =>
  `${language}-${width}${dark ? '-dark' : ''}${scripts ? '' : '-without-scripts'}`

const PAID = '4111111111111111'
const LATER = '4000000001000134'
const AGREEMENT = { id: 'plan', type: 'recurring', amount_variability: 'fixed', frequency: 'monthly' }

describe.each(browser ? WAYS.map((way) => [nameOf(way), way, browser] as const) : [])(
  '%s',
  { timeout: 120_000 },
  (name, way, chromium) => {
    const words = wordsOf(way.language)
    const complaints: string[] = []
    let [context, examiner]: [BrowserContext, BrowserContext] = [] as never
    let page: Page

    beforeAll(async () => {
      examiner = await openContext(chromium, { ...way, scripts: true })
      context = await openContext(chromium, way)
      page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        // A form that comes back has the status of what is wrong with it, which the console repeats.
        if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
      })
    })
    afterAll(async () => {
      await examiner.close()
      await context.close()
    })
    afterEach(() => {
      expect(complaints).toEqual([])
    })

    const look = async (what: string): Promise<void> => {
      if (!way.isExamined) return
      await takePicture(page, join(PICTURES, `${name}-${what}.png`))
      expect(await page.getAttribute('html', 'lang')).toBe(way.language)
      expect(await page.getAttribute('html', 'dir')).toBe(way.language === 'ar' ? 'rtl' : 'ltr')
      expect(await examine(examiner, await page.content(), way)).toEqual([])
    }

    const fill = async (card: string, cvv = '123'): Promise<void> => {
      await page.getByLabel(words.card.number, { exact: true }).fill(card)
      await page.getByLabel(words.card.expiry, { exact: true }).fill('12/32')
      await page.locator('#cvv').fill(cvv)
      await page.getByLabel(words.card.holder, { exact: true }).fill('Ada Lovelace')
    }
    const submit = () => page.locator('form:has([name="cardNumber"]) button').click()
    const see = (text: string) => page.getByRole('heading', { name: text, exact: true }).waitFor()

    const checkout = (fields: object = {}) => shop.checkout({ language: way.language, order_no: 'A-1001', ...fields })

    /** Pays with a card that is saved for its customer. */
    const keep = async (customer_id: string, card: string): Promise<void> => {
      await page.goto((await checkout({ customer_id })).checkout_url)
      if (await page.getByText(words.newCard).count()) await page.getByText(words.newCard).click()
      await fill(card)
      await page.locator('[name="keep"]').check()
      await submit()
      await see(words.states.paid.title)
    }

    test('a payer chooses, errs, is declined, proves who he is, and goes back to the shop', async () => {
      const session = await checkout({
        ...{ customer_id: `chooser-${name}`, vendor_name: 'Dār al-Shāy', redirect_url: shopPage.url },
        pg_codes: ['cards-usd', 'fee-usd', 'fx-kwd', 'share-usd', 'cash'],
        attachment_upload_url: 'https://files.example/Invoice%201001.pdf',
      })
      await page.goto(session.checkout_url)
      await look('01-choice')
      await page.locator('a[href*="pg_code=fx-kwd"]').click()
      await look('02-other-currency')
      await page.getByRole('link', { name: words.chooseAnother }).click()
      await page.locator('a[href*="pg_code=fee-usd"]').click()
      await look('03-form')
      await submit()
      await look('04-problems')
      await fill(DECLINED.cardNumber)
      await submit()
      await look('05-declined')
      await fill(CHALLENGED.cardNumber, CHALLENGED.cvv)
      await submit()
      if (!way.scripts) {
        await see(words.bank.title)
        await look('06-to-the-bank')
        await page.getByRole('button', { name: words.bank.button }).click()
      }
      const code = (await page.locator('code').textContent()) ?? ''
      await page.locator('#code').fill(code)
      await page.locator('button[value="approve"]').click()
      await page.getByRole('button', { name: 'Back to the shop' }).click()
      await page.waitForURL(/\/back\?cart=1/)
      expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({
        ...{ cart: '1', order_no: 'A-1001', session_id: session.session_id },
        reference_number: expect.stringMatching(/^FL/),
      })
    })

    test('without a shop to go back to there is a summary; a saved card pays with its code', async () => {
      const customer_id = `saver-${name}`
      await keep(customer_id, '5101080000000009')
      await keep(customer_id, PAID)
      await page.goto((await checkout({ customer_id, pg_codes: ['fee-usd'] })).checkout_url)
      await look('07-saved-cards')
      await page.getByText(words.newCard).click()
      await look('08-another-card')
      await page.getByText(words.savedCard('Mastercard', '0009')).click()
      await page.locator('form:has(#savedCvv) button').click()
      await look('09-code-missing')
      await page.locator('#savedCvv').fill('123')
      await page.locator('form:has(#savedCvv) button').click()
      await see(words.states.paid.title)
      await page.getByText(words.savedCard('Mastercard', '0009')).waitFor()
      await look('10-paid')
    })

    test('a payment that is not decided is waited for', async () => {
      await page.goto((await checkout()).checkout_url)
      await fill(LATER)
      await submit()
      await see(words.states.pending.title)
      await look('11-pending')
      if (way.scripts) return see(words.states.paid.title)
      for (let times = 0; times < 20 && (await page.getByText(words.lookAgain).count()) > 0; times++)
        await page.getByText(words.lookAgain).click({ delay: 500 })
      await see(words.states.paid.title)
    })

    test('who leaves his bank is led there again, and may give up there', async () => {
      const session = await checkout()
      await page.goto(session.checkout_url)
      await fill(CHALLENGED.cardNumber, CHALLENGED.cvv)
      await submit()
      await (way.scripts ? page.locator('#code').waitFor() : see(words.bank.title))
      await page.goto(session.checkout_url)
      await see(words.states.atBank.title)
      await look('12-at-the-bank')
      await page.getByRole('link', { name: words.bank.button }).click()
      if (!way.scripts) await page.getByRole('button', { name: words.bank.button }).click()
      await page.locator('button[value="cancel"]').click()
      await page.getByRole('button', { name: 'Back to the shop' }).click()
      await see(words.states.gaveUp.title)
      await look('13-gave-up')
    })

    test('the other ends of a payment', async () => {
      await page.goto((await checkout({ pg_codes: ['once-usd'] })).checkout_url)
      await fill(DECLINED.cardNumber)
      await submit()
      await see(words.states.failed.title)
      await look('14-failed')
      const left = await checkout()
      await page.goto(left.checkout_url)
      await page.getByRole('button', { name: words.giveUp }).click()
      await see(words.states.gaveUp.title)
      await page.goto((await checkout({ pg_codes: ['cash'] })).checkout_url)
      await look('15-cash')
      await page.getByRole('button', { name: words.payCash }).click()
      await see(words.states.cod.title)
      await look('16-promised')
      await shop.operate('expire', left)
      await page.goto(left.checkout_url)
      await look('17-expired')
      const cancelled = await checkout()
      await shop.operate('cancel', cancelled)
      await page.goto(cancelled.checkout_url)
      await look('18-cancelled')
      await page.goto(`${cancelled.checkout_url}0&lang=${way.language}`)
      await look('19-unknown')
    })

    test('an agreement is made, and a card is saved for nothing', async () => {
      const customer_id = `agreeing-${name}`
      const dates = { start_date: '01/01/2027', expiry_date: '31/12/2030', cycle_interval_days: 30 }
      const agreement = { ...AGREEMENT, ...dates, max_amount_per_cycle: '120.00' }
      await page.goto((await checkout({ customer_id, payment_type: 'auto_debit', agreement })).checkout_url)
      await look('20-agreement')
      await page.goto((await checkout({ customer_id, payment_type: 'save_card', amount: '0' })).checkout_url)
      await look('21-save-card')
      await fill(PAID)
      await submit()
      await see(words.states.saved.title)
      await look('22-saved')
    })

    test('the language can be changed, and a payment be made with the keyboard alone', async () => {
      await page.goto((await checkout({ language: way.language === 'en' ? 'ar' : 'en' })).checkout_url)
      await page.locator('header a').click()
      expect(await page.getAttribute('html', 'lang')).toBe(way.language)
      for (const text of ['', PAID, '12/32', '123', 'Ada Lovelace']) {
        await page.keyboard.press('Tab')
        await page.keyboard.type(text)
      }
      await page.keyboard.press('Enter')
      await see(words.states.paid.title)
    })
  },
)

const openContext = (
  chromium: Browser,
  { width, dark, scripts }: Pick<Way, 'width' | 'dark' | 'scripts'>,
): Promise<BrowserContext> =>
  chromium.newContext({
    ...{ viewport: { width, height: 800 }, colorScheme: dark ? 'dark' : 'light', javaScriptEnabled: scripts },
  })

// Half of what phones show when their owner has made everything larger.
const NARROW = 320

/**
 * What is wrong with a page. It is examined in another one, where scripts run whether or not they do for its visitor; its own do not,
 * and what is there for visitors without scripts is seen as they see it.
 */
async function examine(examiner: BrowserContext, content: string, { width, scripts }: Way): Promise<string[]> {
  const copy = await examiner.newPage()
  const [head = '', body = ''] = content.replace(/<script>[\s\S]*?<\/script>/g, '').split('</head>')
  await copy.setContent(`${head}</head>${scripts ? body : body.replace(/<\/?noscript>/g, '')}`)
  const found: string[] = []
  for (const each of width < 400 ? [NARROW, width] : [width]) {
    await copy.setViewportSize({ width: each, height: 800 })
    const wide = await copy.evaluate<number>('document.documentElement.scrollWidth')
    if (wide > each) found.push(`it is ${wide} wide in ${each}`)
  }
  await copy.addScriptTag({ content: AXE })
  const violations = await copy.evaluate<string[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
       .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`,
  )
  await copy.close()
  return [...found, ...violations]
}
