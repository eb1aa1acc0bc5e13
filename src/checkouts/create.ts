// Makes a checkout, or changes one that nobody has paid yet.
import type { Books, Need, Note } from '../books/books.ts'
import type { Command } from '../books/command.ts'
import { after, hasPassed } from '../clock.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { newId, siblingId } from '../ids.ts'
import { claimShelf, newClaim } from '../payments/claim.ts'
import { isPayable } from '../payments/claim-states.ts'
import { drawShortCodes, needShortCodes, takeShortCode } from '../short-codes/short-code.ts'
import { needNoticeEndpoint, openNoticeEndpoint } from '../webhooks/notices.ts'
import { requireAccounts } from './accounts.ts'
import { exchangeFile, needFiles, tidyFile } from './attach.ts'
import { type Checkout, type CheckoutView, checkoutShelf, needCheckout } from './checkout.ts'
import { recordCheckout } from './events.ts'
import { findInvoice } from './invoice-queries.ts'
import { findCheckout, findCheckoutByOrderNo } from './queries.ts'

/** What a merchant says of a checkout. */
export type CheckoutTerms = Pick<
  Checkout,
  | 'type'
  | 'paymentType'
  | 'orderNo'
  | 'currency'
  | 'amount'
  | 'pgCodes'
  | 'customerId'
  | 'language'
  | 'redirectUrl'
  | 'webhookUrl'
  | 'details'
> & {
  /** From its creation on. */
  readonly lifeMs: number
  /** Its creation unless told. */
  readonly dueAt: Date | null
}

export interface CreateCheckoutRequest {
  readonly merchantId: string
  readonly terms: CheckoutTerms
  readonly initiator: Checkout['initiator']
  /** Whether it gets a short address, too. */
  readonly isShort: boolean
  /** Whether a number of the merchant's own may be used once only. */
  readonly uniqueOrderNo: boolean
  readonly note?: CheckoutNote
}

/** What else is written in the commit that makes a checkout. */
export interface CheckoutNote {
  readonly needs: readonly Need[]
  /** Throws an `AppError` when there may be no such checkout: then there is none. */
  write(books: Books, checkout: Checkout): void
}

export type CreateDeps = Pick<Deps, 'lane' | 'pool' | 'gateways'>

/** The checkout is there, in state `created`. Throws `invalid_request` naming the field, in the words of the contract. */
export async function createCheckout(
  deps: CreateDeps,
  { merchantId, terms, initiator, isShort, uniqueOrderNo, note }: CreateCheckoutRequest,
): Promise<CheckoutView> {
  await requireAccounts(deps, merchantId, terms)
  if (uniqueOrderNo) await requireNewOrderNo(deps, merchantId, terms.orderNo)
  const id = newId()
  const candidates = isShort ? drawShortCodes() : []
  const { lifeMs, dueAt, ...told } = terms
  const command: Command<CheckoutView> = {
    name: 'create checkout',
    needs: [
      ...needCheckout(id),
      ...needToldUrl(merchantId, terms.webhookUrl),
      ...needShortCodes(candidates),
      ...needFiles(undefined, terms.details),
      ...(note?.needs ?? []),
    ],
    decide: (books) => {
      if (terms.webhookUrl !== null) openNoticeEndpoint(books, merchantId, terms.webhookUrl)
      exchangeFile(books, { merchantId, after: terms.details })
      const claim = books.insert(claimShelf, newClaim(id))
      const expiresAt = after(books.now, lifeMs)
      const shortCode = isShort ? takeShortCode(books, candidates, { kind: 'checkout', targetId: id }) : null
      const checkout = books.insert<Checkout>(checkoutShelf, {
        ...{
          ...told,
          id,
          merchantId,
          initiator,
          shortCode,
          isOrderNoUnique: uniqueOrderNo,
          cashCode: null,
          invalidatedBecause: null,
          deletedAt: null,
        },
        ...{ dueAt: dueAt ?? books.now, expiresAt, expiryDueAt: expiresAt, createdAt: books.now },
      })
      note?.write(books, checkout)
      recordCheckout(books, 'checkout.created', { checkout, eventId: siblingId(id, 1) })
      return { ...checkout, state: claim.state, heldBy: null, paidBy: null }
    },
  }
  return deps.lane.run(command).catch(asTaken)
}

const needToldUrl = (merchantId: string, url: string | null | undefined): readonly Need[] =>
  url ? [needNoticeEndpoint(merchantId, url)] : []

// Of two at the same moment the database refuses the second.
async function requireNewOrderNo(
  { pool }: Pick<Deps, 'pool'>,
  merchantId: string,
  orderNo: string | null,
): Promise<void> {
  if (orderNo === null || !(await findCheckoutByOrderNo(pool, merchantId, orderNo))) return
  throw taken()
}

const taken = (): AppError =>
  new AppError('invalid_request', { field: 'order_no', message: 'A payment with this order_no already exists.' })

function asTaken(error: unknown): never {
  const isTaken = error instanceof Error && 'constraint' in error && error.constraint === 'order_no_is_used_once'
  throw isTaken ? taken() : error
}

export interface UpdateCheckoutRequest {
  readonly merchantId: string
  readonly id: string
  /** What is to be different. */
  readonly changes: Partial<CheckoutTerms>
  readonly isShort: boolean
  readonly note?: Note
}

/**
 * Changes a checkout. Throws `checkout_not_found`, `checkout_state_invalid` when it was paid or is over, or is an invoice, `claim_held` while a payment of
 * it is under way, and `invalid_request` naming the field.
 */
export async function updateCheckout(
  deps: CreateDeps,
  { merchantId, id, changes, isShort, note }: UpdateCheckoutRequest,
): Promise<CheckoutView> {
  const known = await findCheckout(deps.pool, merchantId, id)
  if (!known) throw new AppError('checkout_not_found')
  if (await findInvoice(deps.pool, id))
    throw new AppError('checkout_state_invalid', { message: 'An invoice cannot be changed.' })
  await requireAccounts(deps, merchantId, { ...known, ...changes })
  if (known.isOrderNoUnique && changes.orderNo && changes.orderNo !== known.orderNo)
    await requireNewOrderNo(deps, merchantId, changes.orderNo)
  const candidates = isShort && known.shortCode === null ? drawShortCodes() : []
  const target = { kind: 'checkout', targetId: id } as const
  const { lifeMs, dueAt, ...told } = changes
  const { details } = changes
  const command: Command<CheckoutView> = {
    name: 'update checkout',
    needs: [
      ...needCheckout(id),
      ...needToldUrl(merchantId, changes.webhookUrl),
      ...needShortCodes(candidates),
      ...(details ? needFiles(known.details, details) : []),
      ...(note?.needs ?? []),
    ],
    decide: (books) => {
      if (changes.webhookUrl) openNoticeEndpoint(books, merchantId, changes.webhookUrl)
      const [checkout, claim] = [books.get(checkoutShelf, id), books.get(claimShelf, id)]
      if (checkout.deletedAt !== null) throw new AppError('checkout_not_found')
      // Nobody may have looked since its time was over.
      const isOver = !isPayable(claim.state) || hasPassed(checkout.expiresAt, books.now)
      if (isOver) throw new AppError('checkout_state_invalid')
      if (claim.heldBy !== null) throw new AppError('claim_held', { retryAfterSeconds: 5 })
      if (details) exchangeFile(books, { merchantId, known: known.details, before: checkout.details, after: details })
      const expiresAt = lifeMs === undefined ? checkout.expiresAt : after(checkout.createdAt, lifeMs)
      const changed = books.put<Checkout>(checkoutShelf, {
        ...{ ...checkout, ...told, expiresAt, expiryDueAt: expiresAt },
        ...(dueAt && { dueAt }),
        shortCode: checkout.shortCode ?? (candidates.length > 0 ? takeShortCode(books, candidates, target) : null),
      })
      note?.write(books)
      return { ...changed, state: claim.state, heldBy: claim.heldBy, paidBy: claim.paidBy }
    },
  }
  const view = await deps.lane.run(command).catch(asTaken)
  if (details) await tidyFile(deps, known.details)
  return view
}
