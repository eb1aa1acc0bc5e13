// The pages on a real server, with actions that stand in for those of Transaction Services: orders are charged for real, on cards
// that we issued. A card whose holder is `3D` has to be approved on our own page first.

import { createHash } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'
import { answerChallenge, challengeShelf, findChallenge, needChallenge } from '../../src/bindings/challenge.ts'
import { AppError, ERRORS, type ErrorCode } from '../../src/errors.ts'
import type { CardData } from '../../src/gateways/connector.ts'
import { createMetrics } from '../../src/http/metrics.ts'
import { createRateLimit } from '../../src/http/rate-limit.ts'
import { checkRedirectUrl } from '../../src/http/redirect-url.ts'
import { createServer } from '../../src/http/server.ts'
import { newId } from '../../src/ids.ts'
import { unescapeHtml } from '../../src/markup.ts'
import { parseAmount } from '../../src/money.ts'
import { chargeOrder } from '../../src/orders/charge.ts'
import { findOrderOfPayment } from '../../src/orders/queries.ts'
import type { ChallengeAnswer, ChallengeView, PageActions, PageOutcome, PagePayment } from '../../src/pages/actions.ts'
import { challengePath, returnPath } from '../../src/pages/links.ts'
import { registerPages } from '../../src/pages/register.ts'
import { findOperation, getStep } from '../../src/payments/queries.ts'
import { createAuthenticator } from '../../src/principals/authenticate.ts'
import { selectBusinessNow } from '../../src/sandbox/queries.ts'
import type { Settings } from '../../src/settings.ts'
import { type FundedCard, type Issuing, openIssuing } from '../helpers/seed.ts'
import { openPaymentChallenge } from './challenges.ts'

export interface ServedPages extends Issuing {
  readonly url: string
  readonly shop: Shop
  /** What the pages have asked to be paid, every call. */
  readonly asked: PagePayment[]
  /** Lets the next payments end like this instead of being charged. */
  answerWith(outcome: PageOutcome | ErrorCode | undefined): void
  /** The holder's mobile gets the codes of payments that have to be approved. */
  approveWith(holder: Pick<FundedCard, 'mobile' | 'email'>): void
}

/** A merchant's site: what was posted to it, by path with query, newest last. */
export interface Shop {
  readonly url: string
  readonly posts: { readonly path: string; readonly fields: URLSearchParams }[]
  /** A page to serve under a path. */
  readonly pages: Map<string, string>
}

const MEMBER = { memberId: '10042', key: 'sk_TEST_7f3c2a9b51' }

/** Serves the pages until the file ends. */
export async function servePages({ settings }: { settings?: Partial<Settings> } = {}): Promise<ServedPages> {
  const issuing = await openIssuing(settings ? { settings } : {})
  const { deps, pool, keys, log } = issuing
  const asked: PagePayment[] = []
  const world = new World(issuing)
  const server = await createServer({
    faces: [],
    log,
    authenticator: createAuthenticator({ db: pool, secretKey: keys.credentialKey.reveal() }),
    rateLimit: createRateLimit({ requestsPerMinute: 10_000, failuresPerMinute: 1_000 }),
    metrics: createMetrics(),
    readiness: async () => ({ isReady: true }),
    extraRoutes: [
      (scope) =>
        registerPages(scope, {
          ...deps,
          now: () => selectBusinessNow(pool),
          baseUrl: () => world.url,
          whereNext: async () => 'summary',
          actions: {
            ...world.actions,
            payOnPage: (payment) => {
              asked.push(payment)
              return world.actions.payOnPage(payment)
            },
          },
        }),
    ],
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  world.url = url
  afterAll(() => server.close())
  return {
    ...issuing,
    url,
    shop: await openShop(),
    asked,
    answerWith: (outcome) => {
      world.fixed = outcome
    },
    approveWith: (holder) => {
      world.holder = holder
    },
  }
}

async function openShop(): Promise<Shop> {
  const [posts, pages]: [Shop['posts'], Shop['pages']] = [[], new Map()]
  const server = createHttpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const path = request.url ?? '/'
      if (request.method === 'POST') posts.push({ path, fields: new URLSearchParams(body) })
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(pages.get(path) ?? '<!doctype html><title>Shop</title><h1>Back in the shop</h1>')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts, pages }
}

/** The fields of a merchant's checkout form, checksum included. */
export function checkoutFields(order: { amount?: string; currency?: string; id?: string; redirectUrl: string }) {
  const { amount = '50.00', currency = 'USD', id = `ORD-${newId()}`, redirectUrl } = order
  const totype = 'Acme'
  const checksum = createHash('md5')
    .update([MEMBER.memberId, totype, amount, id, redirectUrl, MEMBER.key].join('|'))
    .digest('hex')
  return {
    memberId: MEMBER.memberId,
    totype,
    amount,
    currency,
    merchantTransactionId: id,
    merchantRedirectUrl: redirectUrl,
    orderDescription: 'Two cups of tea',
    checksum,
  }
}

class World {
  readonly #issuing: Issuing
  readonly #tries = new Map<string, Promise<PageOutcome>>()
  readonly #waiting = new Map<string, PagePayment>()
  readonly #redirected = new Map<string, { operationId?: string; order: PagePayment['order'] }>()
  url = ''
  fixed: PageOutcome | ErrorCode | undefined
  holder: Pick<FundedCard, 'mobile' | 'email'> = { mobile: '85260000000', email: 'holder@example.com' }

  constructor(issuing: Issuing) {
    this.#issuing = issuing
  }

  readonly actions: PageActions = {
    openCheckout: async (fields) => {
      const text = (name: string): string => fields.get(name) ?? ''
      const redirectUrl = checkRedirectUrl(text('merchantRedirectUrl'))
      const [amount, currency, id] = [text('amount'), text('currency'), text('merchantTransactionId')]
      if (text('checksum') !== checkoutFields({ amount, id, redirectUrl }).checksum)
        throw new AppError('invalid_request', { field: 'checksum', message: 'checksum is wrong' })
      return {
        merchantId: this.#issuing.merchantId,
        merchantName: 'Tea House',
        merchantTransactionId: id,
        amount: parseAmount(amount, currency),
        authentication: 'auto',
        details: { redirectUrl, descriptor: text('orderDescription'), customer: {}, shipping: {}, device: {} },
      }
    },
    payOnPage: (payment) => {
      const known = this.#tries.get(payment.tryId) ?? this.#pay(payment)
      this.#tries.set(payment.tryId, known)
      return known
    },
    finishRedirect: async (operationId) => {
      const waiting = this.#redirected.get(operationId)
      if (waiting && !waiting.operationId) {
        const { merchantName, amount, details } = waiting.order
        const fields = [{ name: 'status', value: 'C' }]
        return { kind: 'done', state: 'cancelled', merchantName, amount, url: details.redirectUrl, fields }
      }
      return this.#finished(waiting?.operationId ?? operationId)
    },
    challenges: {
      find: async (paymentId) => this.#findChallenge(paymentId),
      approve: (paymentId, code) => this.#approve(paymentId, code),
      decline: async (paymentId) => ({ kind: 'over', reason: 'answered', operationId: paymentId }),
      cancel: async (paymentId) => {
        this.#waiting.delete(paymentId)
        return { kind: 'over', reason: 'answered', operationId: paymentId }
      },
    },
  }

  async #pay(payment: PagePayment): Promise<PageOutcome> {
    if (typeof this.fixed === 'string') throw new AppError(this.fixed)
    if (this.fixed) return this.fixed
    const { deps } = this.#issuing
    if (payment.card.holder !== '3D') return this.#charge(payment)
    const id = newId()
    const { codes } = deps
    this.#waiting.set(id, payment)
    this.#redirected.set(id, { order: payment.order })
    await openPaymentChallenge(this.#issuing, id, this.holder)
    const parameters = [
      { name: 'PaReq', value: 'a"b' },
      { name: 'TermUrl', value: this.url + returnPath(codes, id) },
    ]
    return { kind: 'redirect', redirect: { url: this.url + challengePath(codes, id), method: 'POST', parameters } }
  }

  async #charge({ order, card, claimId, guard }: PagePayment): Promise<PageOutcome> {
    const { deps } = this.#issuing
    await deps.lane.run({ name: 'guard', needs: guard.needs, decide: (books) => guard.check(books) })
    const data: CardData = { ...card, brand: 'MC' }
    const { payment, operation } = await chargeOrder(deps, {
      merchantId: order.merchantId,
      merchantTransactionId: `${order.merchantTransactionId} ${newId()}`,
      kind: 'purchase',
      amount: order.amount,
      card: data,
      authentication: 'skip',
      details: { paymentMode: 'CC', paymentBrand: 'MC', ...order.details },
      createRegistration: false,
      isInitial: false,
      claimId,
    })
    if (payment.state === 'captured') return { kind: 'paid', operationId: operation.id }
    const code = (operation.code ?? 'internal') as ErrorCode
    return { kind: 'declined', operationId: operation.id, message: ERRORS[code], mayTryAgain: true }
  }

  async #finished(operationId: string): ReturnType<PageActions['finishRedirect']> {
    const { pool } = this.#issuing
    if (!(await findOperation(pool, operationId))) return undefined
    const { payment } = await getStep(pool, operationId)
    const order = await findOrderOfPayment(pool, payment.id)
    const isPaid = payment.state === 'captured'
    return {
      kind: 'done',
      state: isPaid ? 'paid' : 'declined',
      merchantName: 'Tea House',
      amount: { amount: payment.amount, currency: payment.currency },
      url: order?.details.redirectUrl ?? '',
      fields: [
        { name: 'trackingid', value: String(order?.number) },
        { name: 'status', value: isPaid ? 'Y' : 'N' },
        { name: 'desc', value: `"><script>alert('${payment.description}')</script>` },
      ],
    }
  }

  async #findChallenge(paymentId: string): Promise<ChallengeView | undefined> {
    const { deps } = this.#issuing
    const payment = this.#waiting.get(paymentId)
    if (!payment) return this.#redirected.has(paymentId) ? over(paymentId, 'answered') : undefined
    const challenge = await deps.lane.run({
      name: 'find challenge',
      needs: [needChallenge(paymentId, '3ds-code')],
      decide: (books) => {
        const found = findChallenge(books, paymentId, '3ds-code')
        return found && { ...found, isOver: found.expiresAt <= books.now }
      },
    })
    if (!challenge) return undefined
    if (challenge.isOver) return over(paymentId, 'expired')
    if (challenge.status === 'blocked') return over(paymentId, 'blocked')
    return {
      kind: 'open',
      merchantName: payment.order.merchantName,
      amount: payment.order.amount,
      last4: payment.card.pan.reveal().slice(-4),
      sentTo: '+852 •••• 123',
      challengeId: challenge.id,
      attemptsLeft: challenge.attemptsMax - challenge.attempts,
      expiresAt: challenge.expiresAt,
    }
  }

  async #approve(paymentId: string, code: string): Promise<ChallengeAnswer> {
    const { deps } = this.#issuing
    const answer = await deps.lane.run({
      name: 'answer challenge',
      needs: [needChallenge(paymentId, '3ds-code')],
      decide: (books) => {
        const challenge = findChallenge(books, paymentId, '3ds-code')
        const kind = answerChallenge(books, challenge, { digest: deps.codes.digest(paymentId, code), parameters: null })
        const { attempts, attemptsMax, status } = books.get(challengeShelf, `${paymentId}\u00003ds-code`)
        return { kind, attemptsLeft: attemptsMax - attempts, isBlocked: status === 'blocked' }
      },
    })
    if (answer.kind === 'wrong' && !answer.isBlocked) return { kind: 'wrong', attemptsLeft: answer.attemptsLeft }
    if (answer.kind !== 'right') return over(paymentId, answer.kind === 'expired' ? 'expired' : 'blocked')
    const payment = this.#waiting.get(paymentId)
    if (!payment) throw new Error('nothing waits')
    this.#waiting.delete(paymentId)
    const outcome = await this.#charge(payment)
    const operationId = 'operationId' in outcome ? outcome.operationId : ''
    this.#redirected.set(paymentId, { operationId, order: payment.order })
    return over(paymentId, 'answered')
  }
}

const over = (operationId: string, reason: 'answered' | 'expired' | 'blocked'): ChallengeAnswer & ChallengeView => ({
  kind: 'over',
  reason,
  operationId,
})

/** A page as a browser without scripts sees it. */
export interface SeenPage {
  readonly status: number
  readonly html: string
  readonly headers: Headers
}

/** Opens an address; with fields, as a form posts them. Redirections are not followed. */
export async function visit(url: string, fields?: Readonly<Record<string, string>>): Promise<SeenPage> {
  const response = await fetch(url, {
    redirect: 'manual',
    ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
  })
  return { status: response.status, html: await response.text(), headers: response.headers }
}

/** The first form of a page: where it goes, and the fields that it carries. */
export function formIn({ html }: Pick<SeenPage, 'html'>): { action: string; fields: Record<string, string> } {
  const [, attributes = '', content = ''] = /<form ([^>]*)>(.*?)<\/form>/s.exec(html) ?? []
  const action = unescapeHtml(/action="([^"]*)"/.exec(attributes)?.[1] ?? '')
  const hidden = [...content.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  return {
    action,
    fields: Object.fromEntries(hidden.map(([, name = '', value = '']) => [unescapeHtml(name), unescapeHtml(value)])),
  }
}

/** What a holder enters of a card of ours. */
export function cardFields({ deps }: Pick<Issuing, 'deps'>, { card, pan }: FundedCard, holder = 'CHAN TAI MAN') {
  const month = String(card.expiryMonth).padStart(2, '0')
  return {
    cardNumber: pan.replace(/(.{4})(?=.)/g, '$1 '),
    expiry: `${month}/${String(card.expiryYear).slice(2)}`,
    cvv: deps.vault.cvv(card.id, `${card.expiryYear}-${month}`),
    holder,
  }
}
