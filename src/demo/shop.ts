// A shop that takes payments through Transaction Services: it signs in, sends forms with checksums, and listens to callbacks.
import { createHash, randomUUID } from 'node:crypto'
import type { Answer } from './caller.ts'
import { listen } from './listen.ts'
import type { MerchantMember } from './world.ts'

/** A field value, or a call's result that is read from its answer. */
type Fields = Readonly<Record<string, string>>

export interface Shop {
  /** Signs in. */
  signIn(): Promise<Answer>
  /** Sends a form below a service's path, with the checksum over these values. */
  send(path: string, hashed: readonly string[], fields?: Fields): Promise<Answer>
  /** A new name for an order. */
  order(): string
  /** Where it wants to be told. */
  readonly notificationUrl: string
  /** The callbacks that came, and whether each one's checksum is right. */
  readonly callbacks: readonly { readonly body: Readonly<Record<string, string>>; readonly isRight: boolean }[]
  close(): Promise<void>
}

const SERVICES = '/transactionServices/REST/v1'

/** Opens the shop of a merchant, with a receiver of callbacks on this machine. */
export async function openShop(baseUrl: string, member: MerchantMember): Promise<Shop> {
  const { memberId, secureKey, partnerId, username } = member
  const callbacks: Shop['callbacks'][number][] = []
  const receiver = await listen((text) => {
    const body = JSON.parse(text) as Record<string, string>
    const { paymentId, merchantTransactionId, amount, transactionStatus, checksum } = body
    const expected = md5([paymentId, merchantTransactionId, amount, transactionStatus, secureKey])
    callbacks.push({ body, isRight: checksum === expected })
  })
  let token = ''
  const post = async (path: string, fields: Fields): Promise<Answer> => {
    const url = baseUrl + (path.startsWith('/') ? path : `${SERVICES}/${path}`)
    const headers = token === '' ? {} : { AuthToken: token }
    const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(fields) })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  return {
    callbacks,
    notificationUrl: receiver.url,
    async signIn() {
      const answer = await post('authToken', {
        'authentication.partnerId': partnerId,
        'merchant.username': username,
        'authentication.sKey': secureKey,
      })
      token = String(answer.body.AuthToken)
      return answer
    },
    send: (path, hashed, fields = {}) => {
      const checksum = md5(hashed.map((value) => (value === 'member' ? memberId : value === 'key' ? secureKey : value)))
      return post(path, { 'authentication.memberId': memberId, 'authentication.checksum': checksum, ...fields })
    },
    order: () => `ORD-${randomUUID().slice(0, 8)}`,
    close: receiver.close,
  }
}

const md5 = (parts: readonly (string | undefined)[]): string => createHash('md5').update(parts.join('|')).digest('hex')
