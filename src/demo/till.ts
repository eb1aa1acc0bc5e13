// A shop that takes payments through checkouts: it calls the Operations face with its key, and listens to webhooks.
import { randomUUID } from 'node:crypto'
import type { Answer } from './caller.ts'
import type { EnrolledOperations } from './enrol-operations.ts'
import { listen } from './listen.ts'

export interface Till {
  readonly hmacKey: string
  send(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Makes a checkout of 100.00 USD unless told. */
  checkout(fields: object): Promise<Answer>
  operate(operation: string, session: Answer['body'], more?: object, trackingKey?: string): Promise<Answer>
  inquire(session: Answer['body']): Promise<Answer>
  /** The webhooks that came. */
  readonly notices: readonly Readonly<Record<string, unknown>>[]
  close(): Promise<void>
}

/** Opens it for a merchant. */
export async function openTill(baseUrl: string, { apiKey, hmacKey }: EnrolledOperations): Promise<Till> {
  const notices: Record<string, unknown>[] = []
  const receiver = await listen((text) => notices.push(JSON.parse(text) as Record<string, unknown>))
  const send: Till['send'] = async (path, body, headers = {}) => {
    const response = await fetch(`${baseUrl}/b${path}`, {
      method: 'POST',
      headers: { authorization: `Api-Key ${apiKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  return {
    hmacKey,
    notices,
    send,
    checkout: (fields) =>
      send('/checkout/v1/pymt-txn/', {
        ...{ type: 'e_commerce', amount: '100.00', currency_code: 'USD', pg_codes: ['cards-usd'] },
        ...{ order_no: `A-${randomUUID().slice(0, 8)}`, webhook_url: receiver.url, ...fields },
      }),
    operate: (operation, { session_id }, more = {}, trackingKey) =>
      send(
        '/pbl/v2/operation/',
        { operation, session_id, ...more },
        trackingKey === undefined ? {} : { 'tracking-key': trackingKey },
      ),
    inquire: ({ session_id }) => send('/pbl/v2/inquiry/', { session_id }),
    close: receiver.close,
  }
}
