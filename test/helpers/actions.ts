// Everything that callers can do, for histories that are made up: an action names what it is about by small numbers, which
// stand for whatever there is when its turn comes.
import { confirmBinding } from '../../src/bindings/confirm.ts'
import { initiateBinding, type Verification } from '../../src/bindings/initiate.ts'
import type { Deps } from '../../src/deps.ts'
import { createFundingAccount } from '../../src/funding/create.ts'
import { depositFunds } from '../../src/funding/deposit.ts'
import { transferFunds } from '../../src/funding/transfer.ts'
import { brandOf } from '../../src/gateways/brand.ts'
import type { CardData } from '../../src/gateways/connector.ts'
import type { KeyClaim } from '../../src/idempotency/keyed.ts'
import { newId } from '../../src/ids.ts'
import type { Card } from '../../src/issuing/card.ts'
import { changeCardStatus, changePin, limitSpending } from '../../src/issuing/change-card.ts'
import { createCardAccount } from '../../src/issuing/create-card-account.ts'
import { issueCard } from '../../src/issuing/issue-card.ts'
import { setMetadata } from '../../src/issuing/set-metadata.ts'
import { topUpCardAccount, withdrawFromCardAccount } from '../../src/issuing/top-up.ts'
import { transferBalance } from '../../src/issuing/transfer-balance.ts'
import { expirePayments } from '../../src/jobs/expire.ts'
import { resolveDue } from '../../src/jobs/resolve.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import { abandonChallenge, approveChallenge } from '../../src/payments/challenge.ts'
import { chargeCard } from '../../src/payments/charge.ts'
import type { Payment } from '../../src/payments/payment.ts'
import { type PayoutRequest, payOut } from '../../src/payments/payout.ts'
import { purchase } from '../../src/payments/purchase.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import {
  simulateAuthorization,
  simulateCapture,
  simulateFullReversal,
  simulatePartialReversal,
  simulateRefund,
} from '../../src/payments/simulate.ts'
import { verifyPurchase } from '../../src/payments/verify.ts'
import { voidPayment } from '../../src/payments/void.ts'
import { advanceBusinessClock } from '../../src/sandbox/queries.ts'
import { Secret } from '../../src/secret.ts'

/** What an action is about; `a`, `b` and `c` choose among what there is. */
export interface Particulars {
  readonly a: number
  readonly b: number
  readonly c: number
  /** Minor units. */
  readonly amount: bigint
  readonly hkd: boolean
  readonly xid: string | undefined
}

/** What a run has made so far. */
export interface Scene {
  readonly deps: Deps
  readonly clientId: string
  readonly productId: string
  readonly merchants: readonly string[]
  readonly fundings: string[]
  readonly cardAccounts: { readonly id: string; readonly currency: string }[]
  readonly cards: (Pick<Card, 'id' | 'cardAccountId' | 'expiryMonth' | 'expiryYear'> & { readonly pan: string })[]
  readonly verifications: (Verification & { readonly merchantId: string })[]
  readonly tokens: { readonly token: string; readonly merchantId: string }[]
  readonly payments: Payment[]
  /** Payments that wait for their cardholder. */
  readonly waiting: { readonly operationId: string; readonly paymentId: string }[]
  /** Obligations that are paid once. */
  readonly claims: readonly string[]
  readonly charges: { readonly cardTransactionId: string; readonly cardAccountId: string }[]
}

/** Does it; what it makes is put into the scene. Rejects like the verb. */
type Run = (scene: Scene, action: Particulars, keys: KeyClaim[]) => Promise<unknown>

// An id that nothing has, so that what is not there is asked for, too.
const NOBODY = '00000000-0000-7000-8000-00000000dead'

/** How many numbers there are to choose with. */
export const NUMBERS = 6
const pick = <T>(list: readonly T[], n: number): T | undefined => (n === NUMBERS - 1 ? list[n] : list[n % list.length])

const usd = (amount: bigint, hkd = false) => ({ amount, currency: hkd ? 'HKD' : 'USD' })
const text = (amount: bigint): string => `${amount / 100n}.${(amount % 100n).toString().padStart(2, '0')}`
const labels = ({ xid }: Particulars) => (xid === undefined ? {} : { xid, xmetadata: { note: xid } })

const fund: (verb: typeof topUpCardAccount) => Run = (verb) => (scene, action, keys) => {
  const { deps, clientId, fundings, cardAccounts } = scene
  const account = pick(cardAccounts, action.b)
  const to = { accountId: pick(fundings, action.a) ?? NOBODY, cardAccountId: account?.id ?? NOBODY }
  const amount = usd(action.amount * 10n, account?.currency === 'HKD')
  return verb(deps, { clientId, ...to, amount, ...labels(action), keys })
}

const cardRequest = ({ clientId, cards }: Scene, { a }: Particulars, keys: KeyClaim[]) => {
  const card = pick(cards, a)
  return { clientId, cardAccountId: card?.cardAccountId ?? NOBODY, cardId: card?.id ?? NOBODY, keys }
}

const CHANGES = ['lock', 'unlock', 'suspend', 'unsuspend', 'activate', 'cancel'] as const

const order = ({ merchants }: Scene, { a, amount, hkd }: Particulars, tokens: Scene['tokens']) => {
  const { token, merchantId } = pick(tokens, a) ?? { token: NOBODY, merchantId: merchants[0] ?? NOBODY }
  return { merchantId, token, amount: usd(amount, hkd), description: 'Order' }
}

const paymentRequest = ({ merchants, payments }: Scene, { a }: Particulars) => {
  const payment = pick(payments, a)
  return {
    merchantId: payment?.merchantId ?? merchants[0] ?? NOBODY,
    paymentId: payment?.id ?? NOBODY,
    payment,
  }
}

const chargeRequest = ({ clientId, charges }: Scene, { a }: Particulars, keys: KeyClaim[]) => ({
  clientId,
  ...(pick(charges, a) ?? { cardTransactionId: NOBODY, cardAccountId: NOBODY }),
  keys,
})

/** The code of the newest challenge of this binding, or a wrong one. */
async function codeFor({ deps }: Scene, token: string, isRight: boolean): Promise<string> {
  const { rows } = await deps.pool.query<{ id: string }>(
    `select ch.id from challenges ch join bindings b on b.id = ch.subject_id
      where b.token = $1 and ch.kind = 'purchase-code'`,
    [token],
  )
  return isRight && rows[0] ? deps.codes.codeOf(rows[0].id) : '000000'
}

/** The code of the payment's challenge, or a wrong one. */
async function codeOf({ deps }: Scene, paymentId: string, isRight: boolean): Promise<string> {
  const { rows } = await deps.pool.query<{ id: string }>(
    `select id from challenges where subject_id = $1 and kind = '3ds-code'`,
    [paymentId],
  )
  return isRight && rows[0] ? deps.codes.codeOf(rows[0].id) : '000000'
}

// What is printed on one of our cards, or something like it: a wrong code, a number under our BIN that is nobody's.
function cardData({ deps, cards }: Scene, { a, c }: Particulars): CardData {
  const card = pick(cards, a)
  const pan = card?.pan ?? '5451889999999995'
  const { expiryMonth, expiryYear } = card ?? { expiryMonth: 12, expiryYear: 2032 }
  const cvv = card && c > 0 ? deps.vault.cvv(card.id, `${expiryYear}-${String(expiryMonth).padStart(2, '0')}`) : '000'
  return { pan: new Secret(pan), brand: brandOf(pan) ?? 'MC', expiryMonth, expiryYear, cvv: new Secret(cvv) }
}

const BY_ITSELF = { merchantReference: 'order', attachment: { needs: [], write: () => undefined } }

/** Every action, and how likely it is. */
export const ACTIONS = {
  createFundingAccount: {
    weight: 1,
    run: async ({ deps, clientId, fundings }, action, keys) => {
      const assets = action.hkd ? ['USD', 'HKD'] : ['USD']
      fundings.push((await createFundingAccount(deps, { clientId, name: 'F', assets, ...labels(action), keys })).id)
    },
  },
  createCardAccount: {
    weight: 1,
    run: async ({ deps, clientId, cardAccounts, fundings }, action, keys) => {
      const { currency } = usd(0n, action.hkd)
      const backing = action.b === 0 ? { backingAccountId: pick(fundings, action.a) ?? NOBODY } : {}
      const accountType = action.b === 0 ? 'asset-link' : 'prepaid'
      const request = { clientId, accountType, currency, email: 'holder@cards.test', ...backing } as const
      cardAccounts.push(await createCardAccount(deps, { ...request, ...labels(action), keys }))
    },
  },
  issueCard: {
    weight: 1,
    run: async ({ deps, clientId, productId, cards, cardAccounts }, action, keys) => {
      const cardAccountId = pick(cardAccounts, action.a)?.id ?? NOBODY
      const type = action.b === 0 ? 'physical' : 'virtual'
      const request = { clientId, cardAccountId, productId, type, embossedName: 'A HOLDER' } as const
      const card = await issueCard(deps, { ...request, mobile: '85260000000', ...labels(action), keys })
      cards.push({ ...card, pan: (await deps.vault.open(card.id)).reveal() })
    },
  },
  deposit: {
    weight: 2,
    run: ({ deps, clientId, fundings }, { a, amount, hkd }, keys) =>
      depositFunds(deps, { clientId, accountId: pick(fundings, a) ?? NOBODY, amount: usd(amount * 10n, hkd), keys }),
  },
  transferFunds: {
    weight: 2,
    run: ({ deps, clientId, fundings }, action, keys) => {
      const ends = {
        sourceAccountId: pick(fundings, action.a) ?? NOBODY,
        destinationAccountId: pick(fundings, action.b) ?? NOBODY,
      }
      return transferFunds(deps, { clientId, ...ends, amount: usd(action.amount), ...labels(action), keys })
    },
  },
  topUp: { weight: 4, run: fund(topUpCardAccount) },
  withdraw: { weight: 2, run: fund(withdrawFromCardAccount) },
  transferBalance: {
    weight: 5,
    run: ({ deps, clientId, cardAccounts }, action, keys) => {
      const ends = {
        sourceCardAccountId: pick(cardAccounts, action.a)?.id ?? NOBODY,
        destinationCardAccountId: pick(cardAccounts, action.b)?.id ?? NOBODY,
      }
      return transferBalance(deps, { clientId, ...ends, amount: usd(action.amount), ...labels(action), keys })
    },
  },
  initiate: {
    weight: 2,
    run: async ({ deps, merchants, cards, verifications }, { a, b }, keys) => {
      const merchantId = merchants[b % merchants.length] ?? NOBODY
      const pan = pick(cards, a)?.pan ?? '5451889999999999'
      const verification = await initiateBinding(deps, { merchantId, pan, token: newId(), keys })
      verifications.push({ ...verification, merchantId })
    },
  },
  confirm: {
    weight: 3,
    run: async ({ deps, merchants, verifications, tokens }, { a, c }, keys) => {
      const found = pick(verifications, a)
      const merchantId = found?.merchantId ?? merchants[0] ?? NOBODY
      const request = { merchantId, verificationId: found?.verificationId ?? NOBODY, keys }
      const { token } = await confirmBinding(deps, { ...request, code: c > 1 ? (found?.code ?? '') : '000000' })
      tokens.push({ token, merchantId })
    },
  },
  verify: {
    weight: 2,
    run: (scene, action, keys) => verifyPurchase(scene.deps, { ...order(scene, action, scene.tokens), keys }),
  },
  purchase: {
    weight: 9,
    run: async (scene, action, keys) => {
      const request = order(scene, action, scene.tokens)
      if (action.b > 0) await verifyPurchase(scene.deps, { ...request, keys: [] })
      const code = await codeFor(scene, request.token, action.c > 0)
      const amount = action.b === 1 ? usd(action.amount + 1n, action.hkd) : request.amount
      scene.payments.push(await purchase(scene.deps, { ...request, amount, code, keys }))
    },
  },
  chargeCard: {
    weight: 6,
    run: async (scene, action) => {
      const { deps, merchants, claims } = scene
      const { payment, operation } = await chargeCard(deps, {
        ...BY_ITSELF,
        merchantId: merchants[action.b % merchants.length] ?? NOBODY,
        origin: 'transaction-services',
        kind: action.b > 2 ? 'authorize' : 'purchase',
        amount: usd(action.amount, action.hkd),
        description: 'Order',
        card: cardData(scene, action),
        authentication: action.c > 3 ? 'required' : 'auto',
        isRepeated: false,
        claimId: action.xid === undefined ? undefined : claims[Number(action.xid.slice(1)) - 1],
      })
      scene.payments.push(payment)
      if (operation.state === 'redirected') scene.waiting.push({ operationId: operation.id, paymentId: payment.id })
    },
  },
  approve: {
    weight: 4,
    run: async (scene, { a, c }) => {
      const waiting = pick(scene.waiting, a)
      if (!waiting) return
      const code = await codeOf(scene, waiting.paymentId, c > 1)
      await approveChallenge(scene.deps, { operationId: waiting.operationId, code })
    },
  },
  abandon: {
    weight: 1,
    run: async ({ deps, waiting }, { a, b }) => {
      const found = pick(waiting, a)
      if (found) await abandonChallenge(deps, { operationId: found.operationId, isDenied: b > 2 })
    },
  },
  payOut: {
    weight: 3,
    run: async (scene, action) => {
      const { deps, merchants } = scene
      const { payment, ...request } = paymentRequest(scene, action)
      const to: PayoutRequest['to'] =
        action.b > 2 ? { paymentId: request.paymentId } : { card: cardData(scene, action) }
      const merchantId = action.b > 2 ? request.merchantId : (merchants[action.b % merchants.length] ?? NOBODY)
      const amount =
        action.b > 2 && payment ? { amount: action.amount, currency: payment.currency } : usd(action.amount)
      const origin = 'transaction-services'
      const paid = await payOut(deps, { ...BY_ITSELF, merchantId, origin, amount, description: 'Winnings', to })
      scene.payments.push(paid.payment)
    },
  },
  capture: {
    weight: 5,
    run: (scene, action, keys) => {
      const { payment, ...request } = paymentRequest(scene, action)
      const amount = action.b > 2 && payment ? (payment.amount * BigInt(action.c + 1)) / 6n || 1n : action.amount
      return capturePayment(scene.deps, { ...request, amount: text(amount), keys })
    },
  },
  void: {
    weight: 2,
    run: (scene, action, keys) => voidPayment(scene.deps, { ...paymentRequest(scene, action), keys }),
  },
  refund: {
    weight: 4,
    run: (scene, action, keys) => {
      const { payment, ...request } = paymentRequest(scene, action)
      const share = payment ? (payment.amount * BigInt(action.c + 1)) / 12n || 1n : action.amount
      const amount = { amount: share, currency: payment?.currency ?? 'USD' }
      return refundPayment(scene.deps, { ...request, amount, description: 'back', reason: 'returned', keys })
    },
  },
  changeCard: {
    weight: 3,
    run: (scene, action, keys) =>
      changeCardStatus(scene.deps, CHANGES[action.b] ?? 'lock', cardRequest(scene, action, keys)),
  },
  limit: {
    weight: 2,
    run: (scene, action, keys) => {
      const names = ['singleTransactionLimit', 'dailyLimit', 'cardNotPresentLimit', 'cardPresentLimit', 'cardLimit']
      const limits = { [names[action.b % names.length] ?? '']: action.c < 3 ? null : action.amount }
      return limitSpending(scene.deps, { ...cardRequest(scene, action, keys), limits })
    },
  },
  changePin: {
    weight: 1,
    run: (scene, action, keys) => changePin(scene.deps, { ...cardRequest(scene, action, keys), pin: '1234' }),
  },
  simulateAuthorization: {
    weight: 3,
    run: async (scene, action, keys) => {
      const request = { ...cardRequest(scene, action, keys), amount: usd(action.amount, action.hkd) }
      const { cardTransactionId } = await simulateAuthorization(scene.deps, { ...request, cardPresent: action.b > 2 })
      scene.charges.push({ cardTransactionId, cardAccountId: request.cardAccountId })
    },
  },
  simulateRefund: {
    weight: 1,
    run: (scene, action, keys) =>
      simulateRefund(scene.deps, { ...cardRequest(scene, action, keys), amount: usd(action.amount, action.hkd) }),
  },
  simulateCapture: {
    weight: 2,
    run: (scene, action, keys) =>
      simulateCapture(scene.deps, { ...chargeRequest(scene, action, keys), amount: text(action.amount) }),
  },
  simulatePartialReversal: {
    weight: 2,
    run: (scene, action, keys) =>
      simulatePartialReversal(scene.deps, { ...chargeRequest(scene, action, keys), amount: text(action.amount) }),
  },
  simulateFullReversal: {
    weight: 1,
    run: (scene, action, keys) => simulateFullReversal(scene.deps, chargeRequest(scene, action, keys)),
  },
  setMetadata: {
    weight: 2,
    run: ({ deps, clientId, cards, cardAccounts, fundings }, { a, b, xid }, keys) => {
      const targets = [
        { type: 'card', id: pick(cards, a)?.id },
        { type: 'cardaccount', id: pick(cardAccounts, a)?.id },
        { type: 'account', id: pick(fundings, a) },
      ] as const
      const { type, id = NOBODY } = targets[b % targets.length] ?? targets[0]
      return setMetadata(deps, { clientId, type, id, xid: xid ?? null, xmetadata: { note: `${a}` }, keys })
    },
  },
  advance: {
    weight: 1,
    run: async ({ deps }, { a }) => {
      const seconds = [60, 301, 3600, 86_400, 86_400 * 8, 86_400 * 31][a] ?? 60
      await advanceBusinessClock(deps.pool, { seconds, offsetSecondsMax: 2 ** 40 })
    },
  },
  expire: { weight: 1, run: ({ deps }) => expirePayments(deps) },
  resolve: { weight: 1, run: ({ deps }) => resolveDue(deps) },
} satisfies Record<string, { readonly weight: number; readonly run: Run }>
