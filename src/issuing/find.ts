// Looking up what a client owns. What is another client's does not exist for this one.
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { CardAccount } from './card-account.ts'
import { type CardProduct, type CardWithProduct, findCardAccount, findProduct, listCards } from './queries.ts'

/** Throws `card_account_not_found`. */
export async function getCardAccount(deps: Pick<Deps, 'pool'>, clientId: string, id: string): Promise<CardAccount> {
  const account = await findCardAccount(deps.pool, clientId, id)
  if (!account) throw new AppError('card_account_not_found', { field: 'cardAccountId' })
  return account
}

/** Throws `product_not_found`. */
export async function getProduct(deps: Pick<Deps, 'pool'>, clientId: string, id: string): Promise<CardProduct> {
  const product = await findProduct(deps.pool, clientId, id)
  if (!product) throw new AppError('product_not_found', { field: 'productId' })
  return product
}

/** The client's card with its product. */
export async function findCard(
  deps: Pick<Deps, 'pool'>,
  clientId: string,
  cardId: string,
): Promise<CardWithProduct | undefined> {
  const { rows } = await listCards(deps.pool, { clientId, cardId }, { size: 1 })
  return rows[0]
}
