// How the sandbox gateway is called: as which account, at which address, and what a refusal to execute anything means.
import { asObject, type Json, outcomeOf, readObject } from './answers.ts'
import { DECLINE_CODES, type Declined, type Gateway, type Outcome } from './connector.ts'
import { type GatewayHttpAnswer, NotSentError } from './http.ts'

const DIRECTORY_MS = 5000

export interface Posting {
  /** What the directory is asked about; nothing secret. */
  readonly asked: Readonly<Record<string, string>>
  readonly path: string
  readonly body: object
}

/**
 * Posts to the address that the gateway's directory names. Until that is known nothing can have been done, so whatever goes
 * wrong before is a `NotSentError`; after it the transport's errors.
 */
export async function postWhereTold(gateway: Gateway, { asked, path, body }: Posting): Promise<GatewayHttpAnswer> {
  return postTo(gateway, `${await locate(gateway, asked)}${path}`, body)
}

/** Posts to the gateway itself. */
export const post = (gateway: Gateway, path: string, body: object): Promise<GatewayHttpAnswer> =>
  postTo(gateway, `${baseOf(gateway)}${path}`, body)

/** Reads from the gateway itself. */
export const get = (gateway: Gateway, path: string, totalMs?: number): Promise<GatewayHttpAnswer> =>
  gateway.http.send({
    ...{ method: 'GET', url: `${baseOf(gateway)}${path}`, headers: headersOf(gateway) },
    ...(totalMs !== undefined && { totalMs }),
  })

const postTo = (gateway: Gateway, url: string, body: object): Promise<GatewayHttpAnswer> =>
  gateway.http.send({
    ...{ method: 'POST', url, headers: { ...headersOf(gateway), 'content-type': 'application/json' } },
    body: JSON.stringify(body),
  })

const headersOf = ({ credentials, account }: Gateway): Record<string, string> => ({
  authorization: `Bearer ${credentials.apiKey?.reveal() ?? ''}`,
  accept: 'application/json',
  ...(account && {
    'x-account-id': Buffer.from(account.id).toString('base64url'),
    'x-account-code': Buffer.from(account.code).toString('base64url'),
  }),
})

const baseOf = ({ baseUrl }: Gateway): string => baseUrl.replace(/\/+$/, '')

async function locate(gateway: Gateway, asked: Posting['asked']): Promise<string> {
  const { status, body } = await get(gateway, `/v1/directory?${new URLSearchParams(asked)}`, DIRECTORY_MS).catch(
    (error: unknown) => {
      throw new NotSentError(`the directory: ${outcomeOf(error).cause}`)
    },
  )
  if (status !== 200) throw new NotSentError(`the directory answered ${status}`)
  const { url } = readObject(body) ?? {}
  if (typeof url !== 'string') throw new NotSentError('the directory named no address')
  return resolve(baseOf(gateway), url)
}

// The card goes where the directory says, so it may only name another port of the same host, or a host that there is not.
function resolve(baseUrl: string, reference: string): string {
  const base = `${baseUrl}/`
  if (!URL.canParse(reference, base)) throw new NotSentError('the directory named no address')
  const url = new URL(reference, base)
  const isOurs = url.hostname === new URL(base).hostname || url.hostname.endsWith('.invalid')
  if (!isOurs || !/^https?:$/.test(url.protocol)) throw new NotSentError('the directory named a foreign address')
  return url.href.replace(/\/+$/, '')
}

/** What any status but 200 means for a request under a reference. */
export function readRefusal(
  { status, body }: GatewayHttpAnswer,
  reference: string,
): Extract<Outcome, { kind: 'declined' | 'unknown' | 'not_sent' }> {
  const turnedAway = readTurnedAway(status)
  if (turnedAway) return turnedAway
  const answer = readObject(body)
  const { code, message } = asObject(answer?.error) ?? {}
  // A request that the gateway read and would not execute: only in its own words, and about our reference.
  if (answer?.reference === reference && typeof message === 'string') {
    if (status === 422 && code === 'charge_not_found') return { kind: 'declined', code: 'state_invalid', message }
    if (status === 400 && code === 'invalid_request') return { kind: 'declined', code: 'not_permitted', message }
  }
  return { kind: 'unknown', cause: `status ${status}` }
}

/** Whether whoever stands in front of the gateway has turned the request away unread: nothing was done. */
export function readTurnedAway(status: number): Extract<Outcome, { kind: 'not_sent' }> | undefined {
  if (status === 429) return { kind: 'not_sent', cause: 'too many requests' }
  if (status === 401) return { kind: 'not_sent', cause: 'the credentials are refused' }
  return undefined
}

/** The reason that an answer with the status `declined` gives; undefined when it gives none of ours. */
export function readDecline(answer: Json): Declined | undefined {
  const { code: given, message } = asObject(answer.decline) ?? {}
  const code = DECLINE_CODES.find((known) => known === given)
  return code && typeof message === 'string' ? { kind: 'declined', code, message } : undefined
}
