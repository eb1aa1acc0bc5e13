// Load on the Operations face over HTTP: checkouts that are paid while they are made, with saved cards, and refunded.
import { randomUUID } from 'node:crypto'
import { Pool as HttpPool } from 'undici'
import { type CheckoutTerms, createCheckout } from '../src/checkouts/create.ts'
import { saveCard } from '../src/checkouts/save-card.ts'
import { listSavedCards } from '../src/checkouts/saved-cards.ts'
import { PLAIN_TERMS, sealCredentials } from '../src/gateways/account.ts'
import { insertGatewayAccount } from '../src/gateways/queries.ts'
import { newId } from '../src/ids.ts'
import type { Card } from '../src/issuing/card.ts'
import { Secret } from '../src/secret.ts'
import { createApiKey } from '../src/users/create.ts'
import type { Load } from './http.ts'
import { type Measured, type Watch, watched } from './measure.ts'
import { addMerchant, issueCards, post } from './merchant.ts'
import type { World } from './world.ts'

const CODE = 'house-usd'

/** checkout, paid at once → refund with a Tracking-Key, each caller with a card of its own. */
export async function measureCheckouts(world: World, watch: Watch, { url, callers, seconds }: Load): Promise<Measured> {
  const { deps, keys } = world
  const merchantId = await addMerchant(world)
  await addHouseAccount(world, merchantId)
  const { key } = await createApiKey(deps.pool, keys.credentialKey.reveal(), { merchantId, name: 'bench' })
  const authorization = `Api-Key ${key.reveal()}`
  const cards = await issueCards(world, callers)
  const tokens = await Promise.all(cards.map((card) => keepCard(world, merchantId, card)))
  const http = new HttpPool(url, { connections: callers })
  const times: number[] = []
  const measured = await watched(watch, 'HTTP checkout, refund', times, async () => {
    const until = performance.now() + seconds * 1000
    await Promise.all(
      tokens.map(async (token, i) => {
        while (performance.now() < until) {
          const startedAt = performance.now()
          const { session_id } = await post(http, '/b/checkout/v1/pymt-txn/', authorization, {
            ...{
              type: 'e_commerce',
              amount: '0.01',
              currency_code: 'USD',
              pg_codes: [CODE],
              customer_id: cards[i]?.id,
            },
            payment_instrument: { instrument_type: 'token', payload: { token } },
          })
          const refund = { operation: 'refund', session_id }
          await post(http, '/b/pbl/v2/operation/', authorization, refund, { 'tracking-key': randomUUID() })
          times.push(performance.now() - startedAt)
        }
      }),
    )
  })
  await http.close()
  return measured
}

async function addHouseAccount({ deps, pool }: World, merchantId: string): Promise<void> {
  const id = newId()
  await insertGatewayAccount(pool, {
    ...{ id, merchantId, code: CODE, name: 'Florin card', connector: 'house', currency: 'USD', mode: 'purchase' },
    ...{ terminalId: '1', brands: null, priority: 1, isSandbox: true, canHaveMultipleAttempts: true, baseUrl: '' },
    ...{ ...PLAIN_TERMS, isActive: true, sealedCredentials: sealCredentials(deps.vault, id, {}) },
  })
}

// The card is its own customer's. Answers its token.
async function keepCard({ deps }: World, merchantId: string, card: Card): Promise<string> {
  const customerId = card.id
  const terms: CheckoutTerms = {
    ...{ type: 'e_commerce', paymentType: 'save_card', orderNo: null, pgCodes: [CODE], customerId },
    ...{ language: 'en', redirectUrl: null, webhookUrl: null, details: {}, lifeMs: 86_400_000, dueAt: null },
    ...{ amount: 0n, currency: 'USD' },
  }
  const request = { merchantId, initiator: null, isShort: false, uniqueOrderNo: false }
  const { id: checkoutId } = await createCheckout(deps, { ...request, terms })
  const { expiryMonth, expiryYear } = card
  const expiry = `${expiryYear}-${String(expiryMonth).padStart(2, '0')}`
  const cvv = new Secret(deps.vault.cvv(card.id, expiry))
  const data = { pan: await deps.vault.open(card.id), brand: 'MC', expiryMonth, expiryYear, cvv } as const
  await saveCard(deps, { checkoutId, pgCode: CODE, card: data })
  const [saved] = await listSavedCards(deps, { merchantId, customerId })
  if (!saved) throw new Error(`card ${card.id} was not kept`)
  return saved.token
}
