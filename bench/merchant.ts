// A merchant of a bench run, the cards that pay it, and how it calls.
import type { Pool as HttpPool } from 'undici'
import { newId } from '../src/ids.ts'
import type { Card } from '../src/issuing/card.ts'
import { issueCard } from '../src/issuing/issue-card.ts'
import { insertProduct } from '../src/issuing/queries.ts'
import { insertMerchant } from '../src/merchants/queries.ts'
import type { World } from './world.ts'

/** Answers its id. */
export async function addMerchant({ pool }: World): Promise<string> {
  const id = newId()
  await insertMerchant(pool, { id, name: 'Bench', mcc: '5999', category: 'Bench', country: 'HK' })
  return id
}

/** Issues so many cards, each on an account of its own. */
export async function issueCards({ deps, clientId, cardAccounts }: World, count: number): Promise<Card[]> {
  const productId = newId()
  await insertProduct(deps.pool, {
    id: productId,
    clientId,
    name: 'Bench',
    cardType: 'Platinum',
    network: 'mastercard',
    bin: '545188',
    imageUrl: 'https://florin.example/card.png',
  })
  return Promise.all(
    cardAccounts.slice(0, count).map((cardAccountId, i) => {
      const mobile = `8526${String(i).padStart(7, '0')}`
      const labels = { type: 'virtual', embossedName: 'BENCH', mobile } as const
      return issueCard(deps, { clientId, cardAccountId, productId, ...labels, keys: [] })
    }),
  )
}

/** Posts JSON. Throws when the answer is no success. */
export async function post(
  http: HttpPool,
  path: string,
  authorization: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const response = await http.request({
    method: 'POST',
    path,
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const answer = (await response.body.json()) as Record<string, unknown>
  if (response.statusCode >= 300)
    throw new Error(`${path} was answered with ${response.statusCode}: ${JSON.stringify(answer)}`)
  return answer
}
