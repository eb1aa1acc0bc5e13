// A merchant that calls the Operations face as its documentation says, and knows nothing of the code that it calls.
import type { EnrolledOperations } from '../../src/demo/enrol-operations.ts'
import type { Answer } from './florin.ts'

export interface SendOptions {
  readonly as?: 'json' | 'form' | 'multipart'
  readonly headers?: Readonly<Record<string, string>>
  /** In the place of the key; an empty one sends none. */
  readonly authorization?: string
  readonly method?: string
}

export interface Operator extends EnrolledOperations {
  /** The merchant's. */
  readonly id: string
  send(path: string, body?: unknown, options?: SendOptions): Promise<Answer>
  /** Makes a checkout of 100.00 USD by `cards-usd` unless told. Answers the body. */
  checkout(fields?: object): Promise<Answer['body']>
  /** Makes one and pays it on its page with this card. Answers the checkout as it stands then. */
  operate(operation: string, session: { session_id: string }, more?: object, options?: SendOptions): Promise<Answer>
  retrieve(session: { session_id: string }): Promise<Answer['body']>
  inquire(session: { session_id: string }): Promise<Answer>
  /** Basic credentials of the user with this permission alone. */
  as(permission: string): string
}

/** Makes one that calls this server. */
export function createOperator(facts: EnrolledOperations & { readonly id: string }, baseUrl: string): Operator {
  const send: Operator['send'] = async (path, body, options = {}) => {
    const {
      as = 'json',
      headers = {},
      authorization = `Api-Key ${facts.apiKey}`,
      method = body === undefined ? 'GET' : 'POST',
    } = options
    const response = await fetch(`${baseUrl}/b${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(authorization !== '' && { authorization }),
        ...(as === 'json' && body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: encode(body, as) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: readBody(text) }
  }
  return {
    ...facts,
    send,
    checkout: async (fields = {}) => {
      const asked = { type: 'e_commerce', amount: '100.00', currency_code: 'USD', pg_codes: ['cards-usd'], ...fields }
      const { status, body } = await send('/checkout/v1/pymt-txn/', asked)
      if (status !== 201) throw new Error(`making a checkout answered ${status} ${JSON.stringify(body)}`)
      return body
    },
    operate: (operation, { session_id }, more = {}, options) =>
      send('/pbl/v2/operation/', { operation, session_id, ...more }, options),
    retrieve: async ({ session_id }) => (await send(`/checkout/v1/pymt-txn/${session_id}/`)).body,
    inquire: ({ session_id }) => send('/pbl/v2/inquiry/', { session_id }),
    as: (permission) => {
      const user = facts.users.find(({ permissions }) => permissions.length === 1 && permissions[0] === permission)
      if (!user) throw new Error(`nobody has just ${permission}`)
      return `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
    },
  }
}

function encode(body: unknown, as: NonNullable<SendOptions['as']>): string | URLSearchParams | FormData {
  if (typeof body === 'string') return body
  const fields = Object.entries(body as object).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  switch (as) {
    case 'json':
      return JSON.stringify(body)
    case 'form':
      return new URLSearchParams(fields)
    case 'multipart': {
      const form = new FormData()
      for (const [name, value] of fields) form.append(name, value)
      return form
    }
  }
}

function readBody(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}
