// The contract on a stand-in of Acme. Where the gateway has a sandbox of its own, or recorded answers, use these instead: a
// stand-in only shows that the connector is right about a gateway that is as we imagine it.
import { createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { acmeConnector as connector } from '../../src/gateways/acme.ts'
import type { Gateway, IncomingNotification } from '../../src/gateways/connector.ts'
import { createGatewayHttp, type GatewayExchange } from '../../src/gateways/http.ts'
import { Secret } from '../../src/secret.ts'
import { testConnector } from './contract.ts'
import { type Breakage, cardOf } from './driver.ts'

const DECLINED = '4000000001000050'

interface Body {
  readonly reference: string
  readonly amount: string
  readonly currency: string
  readonly chargeReference?: string
  readonly card?: { readonly number?: string; readonly token?: string }
}

interface KeptCard {
  readonly reference: string
  readonly token: string
  readonly last4: string
  readonly isDeclined: boolean
}

interface Row extends Body {
  readonly id: string
  readonly operation: string
  readonly status: 'approved' | 'declined'
  readonly reason?: string
}

/** What the gateway remembers of one account. */
class Books {
  readonly rows = new Map<string, Row>()
  readonly cards = new Map<string, KeptCard>()

  /** Keeps one card under one reference. Undefined when it was used for another one. */
  keep({ reference, card: { number = '' } = {} }: Body): KeptCard | undefined {
    const last4 = number.slice(-4)
    const known = [...this.cards.values()].find((card) => card.reference === reference)
    if (known) return known.last4 === last4 ? known : undefined
    const kept: KeptCard = { reference, token: randomUUID(), last4, isDeclined: number === DECLINED }
    this.cards.set(kept.token, kept)
    return kept
  }

  /** Executes a reference once. Undefined when it was used for something else. */
  execute(operation: string, body: Body): Row | undefined {
    const known = this.rows.get(body.reference)
    if (known) return known.amount === body.amount && known.operation === operation ? known : undefined
    const reason = this.refuse(operation, body)
    const { card: _, ...kept } = body
    const row: Row = {
      ...{ ...kept, operation, id: randomUUID() },
      ...(reason === undefined ? { status: 'approved' } : { status: 'declined', reason }),
    }
    this.rows.set(body.reference, row)
    return row
  }

  private refuse(operation: string, { card, chargeReference = '', amount, currency }: Body): string | undefined {
    if (card?.token !== undefined) {
      const kept = this.cards.get(card.token)
      if (!kept) return 'card_invalid'
      return kept.isDeclined ? 'insufficient_funds' : undefined
    }
    if (card) return card.number === DECLINED ? 'insufficient_funds' : undefined
    const charge = this.rows.get(chargeReference)
    if (charge?.status !== 'approved' || charge.currency !== currency) return 'state_invalid'
    const done = (name: string): bigint =>
      [...this.rows.values()]
        .filter((row) => row.chargeReference === chargeReference && row.operation === name && row.status === 'approved')
        .reduce((sum, row) => sum + BigInt(row.amount), 0n)
    const captured = charge.operation === 'purchase' ? BigInt(charge.amount) : done('capture')
    const isHeld = charge.operation === 'authorize' && captured === 0n && done('void') === 0n
    if (operation !== 'refund' && !isHeld) return 'state_invalid'
    const left = operation === 'refund' ? captured - done('refund') : BigInt(charge.amount)
    return BigInt(amount) > left ? 'amount_too_large' : undefined
  }
}

const BROKEN: Readonly<Partial<Record<Breakage, object>>> = {
  other_amount: { amount: '1' },
  other_currency: { currency: 'XXX' },
  other_reference: { reference: '0' },
}

testConnector('acme', async () => {
  const accounts = new Map<string, Books>()
  const notified: IncomingNotification[] = []
  const exchanges: GatewayExchange[] = []
  let broken: Breakage | undefined

  const booksOf = (apiKey: string): Books => {
    const books = accounts.get(apiKey) ?? new Books()
    accounts.set(apiKey, books)
    return books
  }
  const notify = (apiKey: string, reference: string, copies: number): void => {
    const body = JSON.stringify({ eventId: randomUUID(), reference })
    const headers = { 'x-acme-signature': createHmac('sha256', apiKey).update(body).digest('hex') }
    for (let i = 0; i < copies; i++) notified.push({ headers, body })
  }

  const answerOperation = (operation: string, apiKey: string, body: Body, response: ServerResponse): void => {
    const how = broken
    broken = undefined
    if (how === 'silence') return
    if (how === 'too_many') return void response.writeHead(429).end()
    const books = booksOf(apiKey)
    const row = operation === 'cards' ? books.keep(body) : books.execute(operation, body)
    if (!row) return void response.writeHead(409).end()
    if (operation !== 'cards') notify(apiKey, row.reference, how === 'notified_twice' ? 2 : 1)
    const text = JSON.stringify({ ...row, ...BROKEN[how ?? 'silence'] })
    if (how === 'reset') response.socket?.resetAndDestroy()
    else if (how === 'server_error') response.writeHead(500).end()
    else if (how === 'html') response.writeHead(200).end('<!doctype html><p>Please try again later.')
    else response.writeHead(200).end(how === 'cut' ? text.slice(0, 20) : text)
  }

  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const apiKey = request.headers.authorization?.replace('Bearer ', '') ?? ''
    const [, first = '', reference = ''] = (request.url ?? '').split('/')
    if (request.method === 'POST') {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Body & { readonly token?: string }
      if (first !== 'forget') return answerOperation(first, apiKey, body, response)
      booksOf(apiKey).cards.delete(body.token ?? '')
      return void response.writeHead(200).end()
    }
    const row = booksOf(apiKey).rows.get(reference)
    response.writeHead(row ? 200 : 404).end(JSON.stringify(row ?? { notFound: reference }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const transport = createGatewayHttp({ totalMs: 2000 })
  const gateway: Gateway = {
    ...{ baseUrl, terminalId: '1', credentials: { apiKey: new Secret('acme_key_1') } },
    http: {
      send: (request) => {
        const isRefused = broken === 'refused' && request.method === 'POST'
        if (isRefused) broken = undefined
        const url = isRefused ? request.url.replace(baseUrl, 'http://127.0.0.1:1') : request.url // Where nobody listens.
        return transport.send({ ...request, url }, (exchange) => exchanges.push(exchange))
      },
    },
  }

  return {
    connector,
    gateway,
    otherGateway: { ...gateway, credentials: { apiKey: new Secret('acme_key_2') } },
    cards: { approved: cardOf('4111111111111111'), declined: cardOf(DECLINED) },
    notificationUrl: 'https://shop.example/notifications',
    notified: () => notified,
    exchanges: () => exchanges,
    breakNext: async (how) => {
      broken = how
    },
    book: async (reference) => {
      const row = booksOf('acme_key_1').rows.get(reference)
      return row && { amount: BigInt(row.amount), currency: row.currency }
    },
    close: async () => {
      await transport.close()
      server.closeAllConnections()
      server.close()
    },
  }
})
