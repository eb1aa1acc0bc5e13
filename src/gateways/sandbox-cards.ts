// Has the sandbox gateway keep cards and forget them. What it says of a card is believed when it is about the card that was sent.
import { Secret } from '../secret.ts'
import { asObject, type Json, outcomeOf, readObject } from './answers.ts'
import {
  CARD_BRANDS,
  type CardData,
  type ForgetOutcome,
  type Gateway,
  type TokenizeOutcome,
  type TokenizeRequest,
} from './connector.ts'
import { post, postWhereTold, readDecline, readRefusal, readTurnedAway } from './sandbox-call.ts'

/** A card as the gateway wants it. */
export const cardBody = ({ pan, cvv, expiryMonth, expiryYear, holder }: CardData): object => ({
  ...{ number: pan.reveal(), expiryMonth, expiryYear },
  ...(cvv && { cvv: cvv.reveal() }),
  ...(holder !== undefined && { holder }),
})

/** Has it keep the card. */
export async function tokenize(gateway: Gateway, request: TokenizeRequest): Promise<TokenizeOutcome> {
  const { reference, card } = request
  try {
    const answer = await postWhereTold(gateway, {
      asked: { operation: 'tokenize', reference },
      path: '/v1/cards',
      body: { reference, card: cardBody(card) },
    })
    return answer.status === 200 ? readCard(readObject(answer.body), request) : readRefusal(answer, reference)
  } catch (error) {
    return outcomeOf(error)
  }
}

function readCard(answer: Json | undefined, { reference, card }: TokenizeRequest): TokenizeOutcome {
  const unknown = (cause: string): TokenizeOutcome => ({ kind: 'unknown', cause })
  if (!answer) return unknown('the answer is not JSON')
  if (answer.reference !== reference) return unknown('the answer has another reference')
  if (answer.status === 'declined') return readDecline(answer) ?? unknown('a refusal without a reason')
  if (answer.status !== 'kept') return unknown('the answer has no status')
  const { expiryMonth, expiryYear } = card
  const last4 = card.pan.reveal().slice(-4)
  const expected = { last4, expiryMonth, expiryYear }
  const other = Object.entries(expected).find(([name, value]) => answer[name] !== value)
  if (other) return unknown(`the answer has another ${other[0]}`)
  const brand = CARD_BRANDS.find((known) => known === answer.brand)
  const { token } = answer
  if (!brand || typeof token !== 'string' || token === '') return unknown('the answer has no token or no brand')
  return { kind: 'tokenized', token: new Secret(token), brand, ...expected }
}

/** Has it erase the card. Not through the directory: an address is only looked up for what carries a card number. */
export async function forget(gateway: Gateway, token: Secret<string>): Promise<ForgetOutcome> {
  try {
    const { status, body } = await post(gateway, '/v1/cards/forget', { token: token.reveal() })
    const answer = readObject(body)
    const isForgotten = status === 200 && answer?.status === 'forgotten'
    const wasNeverThere = status === 404 && asObject(answer?.error)?.code === 'card_not_found'
    if (isForgotten || wasNeverThere) return { kind: 'forgotten' }
    return readTurnedAway(status) ?? { kind: 'unknown', cause: `status ${status}` }
  } catch (error) {
    return outcomeOf(error)
  }
}
