// Issues a card on a card account: a random number under the product's BIN, sealed in the same commit.
import { tableShelf } from '../books/shelf.ts'
import { type ClientLabels, claimXid, needXid } from '../clients/xids.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, siblingId } from '../ids.ts'
import { generatePan } from '../vault/pan.ts'
import type { SealedPan } from '../vault/vault.ts'
import { type Card, cardShelf } from './card.ts'
import { cardAccountOf, needCardAccount } from './card-account.ts'
import { findProduct } from './queries.ts'

export interface IssueCardRequest extends ClientLabels {
  readonly clientId: string
  readonly cardAccountId: string
  readonly productId: string
  readonly type: 'virtual' | 'physical'
  readonly embossedName: string
  /** The last four digits that the client wishes for. */
  readonly suffix?: string
  readonly mobile?: string
  readonly email?: string
  readonly keys: readonly KeyClaim[]
}

export const panShelf = tableShelf<SealedPan>({
  name: 'vault.pans',
  columns: { id: 'uuid', dataKeyId: 'uuid', sealed: 'bytea', blindIndex: 'bytea', last4: 'text', purpose: 'text' },
})

const YEARS_VALID = 4

/** A virtual card is active at once; a physical one waits for activation. Throws `product_not_found`, `card_account_not_found`, `xid_taken`. */
export async function issueCard(deps: Pick<Deps, 'lane' | 'pool' | 'vault'>, request: IssueCardRequest): Promise<Card> {
  const { clientId, cardAccountId, type, xid } = request
  const product = await findProduct(deps.pool, clientId, request.productId)
  if (!product) throw new AppError('product_not_found', { field: 'productId' })
  const id = newId()
  const sealed = deps.vault.seal(id, await freePan(deps, product.bin, request.suffix))
  return deps.lane.run(
    keyed(request.keys, {
      name: 'issue card',
      needs: [...needXid(clientId, xid), needCardAccount(cardAccountId)],
      decide: (books) => {
        const account = cardAccountOf(books, clientId, cardAccountId)
        claimXid(books, { clientId, xid, resourceType: 'card', resourceId: id })
        books.append(panShelf, sealed)
        recordEvent(books, { id: siblingId(id, 1), type: 'card.created', ownerId: clientId, subjectId: id, data: {} })
        return books.insert(cardShelf, {
          id,
          clientId,
          cardAccountId,
          productId: product.id,
          currency: account.currency,
          type,
          status: type === 'virtual' ? 'active' : 'pending-activation',
          embossedName: request.embossedName,
          last4: sealed.last4,
          expiryMonth: books.now.getUTCMonth() + 1,
          expiryYear: books.now.getUTCFullYear() + YEARS_VALID,
          mobile: request.mobile ?? account.phoneNumber,
          email: request.email ?? account.email,
          ...NO_LIMITS,
          spentOn: null,
          spentToday: 0n,
          spentInTotal: 0n,
          xid: xid ?? null,
          xmetadata: request.xmetadata ?? null,
          createdAt: books.now,
        })
      },
    }),
  )
}

const NO_LIMITS = {
  singleTransactionLimit: null,
  dailyLimit: null,
  dailyPurchaseLimit: null,
  cardPresentLimit: null,
  cardNotPresentLimit: null,
  cardLimit: null,
} as const

// Two cards never share a number: the unique blind index decides, this only makes the collision improbable.
async function freePan(deps: Pick<Deps, 'vault'>, bin: string, suffix: string | undefined): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const pan = generatePan(bin, 16, suffix)
    if ((await deps.vault.findByPan(pan)) === undefined) return pan
  }
  throw new AppError('invalid_request', { field: 'cardSuffix', message: 'cardSuffix leaves no free card number' })
}
