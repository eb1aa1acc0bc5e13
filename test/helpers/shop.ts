// The shop of a member: it receives callbacks and verifies each of them in the three ways that there are, and its customers come
// back to it by forms.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, expect, onTestFinished, vi } from 'vitest'
import { md5, type ServicesMember, signatureOf } from './services-member.ts'

export interface Callback {
  readonly body: Readonly<Record<string, string>> & {
    readonly result: { readonly code: string; readonly description: string }
  }
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** A customer who came back. */
export interface Visit {
  readonly method: string
  /** With its query string. */
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

export interface Shop {
  readonly url: string
  readonly notificationUrl: string
  /** With a query string of its own. */
  readonly redirectUrl: string
  readonly callbacks: readonly Callback[]
  readonly visits: readonly Visit[]
  /** The statuses that were told of a payment so far, in order. */
  told(paymentId: string): string[]
  /** Waits until the payment's callbacks say these statuses, in this order and no others. */
  expectTold(paymentId: string, statuses: readonly string[]): Promise<void>
  /** The newest visit, when its checksum is right. */
  newestVisit(): Visit
}

const PATIENCE_MS = 15_000

/** Opens it, until the test or the file ends. */
export async function openShop(member: ServicesMember): Promise<Shop> {
  const callbacks: Callback[] = []
  const visits: Visit[] = []
  const problems: unknown[] = []
  const server = createServer(async (request, response) => {
    const text = await readAll(request)
    if (request.url === '/callbacks') {
      try {
        callbacks.push(verify(member, text, request.headers))
      } catch (error) {
        problems.push(error)
      }
      response.end('ok')
      return
    }
    const fields = Object.fromEntries(new URLSearchParams(text))
    visits.push({ method: request.method ?? '', url: request.url ?? '', fields })
    response.setHeader('content-type', 'text/html').end('<h1>Welcome back</h1>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closeInTime(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const told = (paymentId: string) =>
    callbacks.filter(({ body }) => body.paymentId === paymentId).map(({ body }) => body.status ?? '')
  return {
    url,
    notificationUrl: `${url}/callbacks`,
    redirectUrl: `${url}/return?reference=7&lang=d%C3%A9`,
    callbacks,
    visits,
    told,
    expectTold: async (paymentId, statuses) => {
      await vi.waitFor(() => expect(told(paymentId)).toEqual(statuses), { timeout: PATIENCE_MS, interval: 25 })
      expect(problems).toEqual([])
    },
    newestVisit: () => {
      const visit = visits.at(-1)
      if (!visit) throw new Error('nobody came')
      const { paymentId, merchantTransactionId, amount, status, checksum } = visit.fields
      expect(checksum).toBe(md5([paymentId, merchantTransactionId, amount, status, member.secureKey].join('|')))
      return visit
    },
  }
}

// By C12 over the very texts of the body, by X-Signature over its bytes, and as a Standard Webhook.
function verify(member: ServicesMember, text: string, headers: IncomingMessage['headers']): Callback {
  const body = JSON.parse(text) as Callback['body']
  const { paymentId, merchantTransactionId, amount, transactionStatus, checksum } = body
  expect(checksum).toBe(md5([paymentId, merchantTransactionId, amount, transactionStatus, member.secureKey].join('|')))
  const signature = String(headers['x-signature'])
  expect(signature).toBe(signatureOf(member.secureKey, text, Number(/^t=(\d+),/.exec(signature)?.[1])))
  new Webhook(member.signingSecret).verify(text, headers as Record<string, string>)
  expect(headers['content-type']).toMatch(/^application\/json/)
  return { body, headers, text }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const closers: (() => Promise<unknown>)[] = []

afterAll(async () => {
  for (const close of closers) await close()
})

function closeInTime(close: () => Promise<unknown>): void {
  try {
    onTestFinished(async () => {
      await close()
    })
  } catch {
    closers.push(close) // Not inside a test.
  }
}
