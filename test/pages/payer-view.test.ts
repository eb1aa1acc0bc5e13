// The pages of checkouts as they are rendered: whatever merchants, accounts and payers write, in both languages.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CheckoutDetails, CheckoutView } from '../../src/checkouts/checkout.ts'
import type { PayOption } from '../../src/checkouts/options.ts'
import type { SavedCard } from '../../src/checkouts/saved-cards.ts'
import { type GatewayAccount, PLAIN_TERMS } from '../../src/gateways/account.ts'
import { newId } from '../../src/ids.ts'
import { type Page, renderPage } from '../../src/pages/page.ts'
import { payingPage, type Rejected } from '../../src/pages/payer-form.ts'
import { outcomePage } from '../../src/pages/payer-outcome.ts'
import { choicePage, rateText, type Shown, statePage } from '../../src/pages/payer-view.ts'
import { type PageState, wordsOf } from '../../src/pages/words.ts'
import { priceAt } from '../../src/payments/price.ts'
import { flawsOf, readMarkup } from './markup.ts'

const ID = newId()
const NOW = new Date('2026-03-12T10:15:00Z')

function checkoutOf(changes: Partial<CheckoutView> = {}): CheckoutView {
  return {
    ...{ id: ID, merchantId: ID, type: 'e_commerce', paymentType: 'one_off', orderNo: 'A-1', isOrderNoUnique: false },
    ...{ currency: 'USD', amount: 10_000n, pgCodes: ['cards'], customerId: 'c', language: 'en', redirectUrl: null },
    ...{ webhookUrl: null, details: {}, initiator: null, shortCode: null, cashCode: null, invalidatedBecause: null },
    ...{ dueAt: NOW, expiresAt: NOW, expiryDueAt: null, deletedAt: null, createdAt: NOW },
    ...{ state: 'pending', heldBy: null, paidBy: null, ...changes },
  }
}

const accountOf = (changes: Partial<GatewayAccount> = {}): GatewayAccount => ({
  ...{ id: ID, merchantId: ID, code: 'cards', connector: 'sandbox', currency: 'USD', mode: 'purchase' },
  ...{ terminalId: '1', brands: null, priority: 1, isSandbox: true, canHaveMultipleAttempts: true, baseUrl: '' },
  ...{ sealedCredentials: Buffer.alloc(0), isActive: true, name: 'Card', ...PLAIN_TERMS, ...changes },
})

const optionOf = (account: GatewayAccount, kind: PayOption['kind'] = 'card'): PayOption => ({
  ...{ account, kind },
  price: priceAt(account, { amount: 10_000n, currency: 'USD' }),
})

const savedOf = (token: string): SavedCard => ({
  ...{ registrationId: ID, token, customerId: 'c', pgCode: 'cards', connector: 'sandbox', isSandbox: true },
  ...{ agreementId: null, brand: 'VISA', bin: '411111', last4: '1111', expiryMonth: 1, expiryYear: 2032 },
  ...{ holder: null, createdAt: NOW },
})

const shownOf = (changes: Partial<Shown> = {}): Shown => ({
  ...{ checkout: checkoutOf(), sessionId: 'ab'.repeat(20), merchantName: 'Tea House', language: 'en', ...changes },
})

const htmlOf = (page: Page): string => renderPage(page).text

interface Texts {
  readonly merchant: string
  readonly order: string
  readonly name: string
  readonly own: string
  readonly vendor: string
  readonly file: string
  readonly token: string
  readonly holder: string
}

const FX = { currency: 'KWD', rates: [{ currency: 'USD', numerator: '308', denominator: '100' }] }
const FEE = { kind: 'fix', value: '2.00', chargesOwnCurrency: true, description: 'x' } as const
const STATES = Object.keys(wordsOf('en').states) as PageState[]

/** Every page that there is, with these texts in it. */
function pagesOf(texts: Texts, language: Shown['language']): Page[] {
  const details: CheckoutDetails = {
    ...{ vendorName: texts.vendor, branding: { own: { text: texts.own, color: '#fff', weight: 700 } } },
    agreement: { type: 'recurring', frequency: 'monthly', maxAmountPerCycle: '5.00', expiryDate: '01/01/2030' },
  }
  const checkout = checkoutOf({ orderNo: texts.order, details, redirectUrl: 'https://shop.example/?a=1&b=2' })
  const attachment = { name: texts.file, url: 'https://files.example/a?b&c' }
  const shown = shownOf({ checkout, merchantName: texts.merchant, language, attachment })
  const [card, fx, fee, cash] = [
    optionOf(accountOf({ name: texts.name })),
    optionOf(accountOf({ name: 'x', code: 'own', ...FX })),
    optionOf(accountOf({ name: texts.name, fee: FEE })),
    optionOf(accountOf({ name: texts.name, connector: 'cod' }), 'cash'),
  ]
  const paying = { ...shown, option: fee, hasOthers: true, saved: [savedOf(texts.token), savedOf('b')] }
  const wrong = { field: 'cardNumber', message: wordsOf(language).card.numberWrong }
  const rejections: Rejected[] = [
    { problems: [wrong], kept: { expiry: texts.holder, holder: texts.holder } },
    {
      problems: [
        { field: 'token', message: 'x' },
        { field: 'savedCvv', message: 'y' },
      ],
      token: '',
    },
    { problems: [], isDeclined: true, token: texts.token },
  ]
  return [
    choicePage(shown, [card, fx, fee, cash]),
    payingPage({ ...paying, option: cash }),
    payingPage({ ...paying, option: fx, saved: [] }),
    payingPage({ ...paying, checkout: { ...checkout, paymentType: 'auto_debit' }, saved: [] }),
    payingPage({ ...paying, checkout: { ...checkout, amount: 0n, paymentType: 'save_card' }, saved: [] }),
    payingPage(paying),
    ...rejections.map((rejected) => payingPage(paying, rejected)),
    ...STATES.map((state) => statePage(state, language)),
    ...STATES.map((state) =>
      outcomePage({
        ...shown,
        state,
        referenceNumber: texts.order,
        onward: 'https://shop.example/?a&b',
        mayTryAgain: true,
      }),
    ),
  ]
}

// What HTML, addresses and writing in two directions make something of. Not empty: a link without words is another flaw.
const SPECIAL = [...'<>"\'&;/=-# \u202e\u0645\u0661a1', '<b>', '</dd>', '" onclick="', '<!--', '&lt;', '\0']
const character = fc.oneof(fc.constantFrom(...SPECIAL), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
const text = fc.string({ unit: character, minLength: 1, maxLength: 20 }).map((some) => `${some}x`)
const texts = fc.record({
  ...{ merchant: text, order: text, name: text, own: text, vendor: text, file: text, token: text, holder: text },
})

test('whatever anybody writes, every page is well formed, labelled, and runs nothing', () => {
  fc.assert(
    fc.property(texts, fc.constantFrom('en', 'ar'), (written, language) => {
      for (const page of pagesOf(written, language)) {
        const elements = readMarkup(htmlOf(page))
        expect(flawsOf(elements)).toEqual([])
        const root = elements.find(({ tag }) => tag === 'html')?.attributes
        expect([root?.get('lang'), root?.get('dir')]).toEqual([language, language === 'ar' ? 'rtl' : 'ltr'])
      }
    }),
    { numRuns: 50 },
  )
})

test('what is written reaches its reader as it was written', () => {
  fc.assert(
    fc.property(texts, (written) => {
      const [choice] = pagesOf(written, 'ar')
      const elements = readMarkup(htmlOf(choice as Page))
      const values = elements.filter(({ tag }) => tag === 'bdi').map((element) => element.text)
      expect(values).toEqual(
        expect.arrayContaining([written.order, written.vendor, written.file, written.name, written.own]),
      )
      expect(elements.find(({ tag }) => tag === 'h1')?.text).toBe(`الدفع إلى \u2068${written.merchant}\u2069`)
    }),
    { numRuns: 50 },
  )
})

const ANY: Texts = { merchant: 'M', order: 'O', name: 'N', own: 'W', vendor: 'V', file: 'F', token: 'T', holder: 'H' }

// Letters of the other direction that do not stand apart move what is beside them: 100-5 in Arabic reads 5-100.
test('no amount stands among Arabic words without a direction of its own', () => {
  const AMOUNT = /\d[\d.]* (USD|KWD)/
  for (const page of pagesOf(ANY, 'ar')) {
    const elements = readMarkup(htmlOf(page))
    const innermost = elements.filter(
      (element) =>
        AMOUNT.test(element.text) &&
        !elements.some(({ parents, text: inner }) => parents.includes(element) && AMOUNT.test(inner)),
    )
    for (const { tag, attributes, text: shown, parents } of innermost) {
      const isApart = tag === 'bdi' && attributes.get('dir') === 'ltr'
      const isInner = parents.some((parent) => parent.attributes.get('dir') === 'ltr' && parent.tag === 'bdi')
      expect(isApart || isInner || /\u2066[^\u2069]*\d[^\u2069]*\u2069/.test(shown), shown).toBe(true)
    }
  }
})

test('each language leads to the other one, and back', () => {
  const [english, arabic] = [choicePage(shownOf(), []), choicePage(shownOf({ language: 'ar' }), [])]
  expect(english.otherLanguage).toEqual({
    ...{ language: 'ar', url: `/b/checkout/redirect/start/?session_id=${'ab'.repeat(20)}&lang=ar` },
  })
  expect(arabic.otherLanguage?.url).toBe(`/b/checkout/redirect/start/?session_id=${'ab'.repeat(20)}`)
  expect(htmlOf(english)).toMatch(/<header><a [^>]*lang="ar" hreflang="ar">العربية/)
})

test.each<[numerator: bigint, denominator: bigint, from: string, to: string, text: string]>([
  [308n, 100n, 'USD', 'KWD', '1 USD = 0.308 KWD'],
  [1n, 1n, 'USD', 'EUR', '1 USD = 1 EUR'],
  [325n, 1000n, 'KWD', 'USD', '1 KWD = 3.25 USD'],
  [1507n, 1000n, 'USD', 'JPY', '1 USD = 150.7 JPY'],
  [1n, 3n, 'USD', 'EUR', '1 USD = 0.333333 EUR'],
])('%i for %i of %s in %s is %s', (numerator, denominator, from, currency, said) => {
  expect(rateText({ numerator, denominator, currency }, from)).toBe(said)
})

test('forms go to us, and on to the shop alone', () => {
  const redirectUrl = 'https://shop.example/back?x'
  expect(choicePage(shownOf({ checkout: checkoutOf({ redirectUrl }) }), []).formAction).toBe(
    "'self' https://shop.example https:",
  )
  expect(choicePage(shownOf(), []).formAction).toBe("'self'")
})
