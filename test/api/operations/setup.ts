// A server with a merchant of the Operations face, and payments to operate.
import { randomUUID } from 'node:crypto'
import { payCheckout } from '../../../src/checkouts/pay.ts'
import type { CardData } from '../../../src/gateways/connector.ts'
import { readSessionId } from '../../../src/payments/session-id.ts'
import { type Answer, type Florin, startFlorin } from '../../helpers/florin.ts'
import { enterCard } from '../../helpers/gateway.ts'
import type { Operator } from '../../helpers/operator.ts'

export interface OperationsWorld {
  readonly florin: Florin
  readonly shop: Operator
  readonly other: Operator
  /** Makes a checkout by this account and pays it with a card. Answers the checkout as it was made. */
  paid(pgCode?: string, plan?: PaidPlan): Promise<Answer['body']>
  /** Pays a checkout as its payer would. */
  pay(session: { session_id: string }, plan?: PaidPlan): Promise<void>
  arm(mode: string, more?: object): Promise<void>
  /** How often the gateway was asked for this operation of the payment. */
  book(): Promise<readonly { reference: string; operation: string; amount: string; state: string; attempts: number }[]>
}

export interface PaidPlan {
  readonly fields?: object
  readonly card?: CardData
  readonly pgCode?: string
}

/** Starts it; it ends with the file. */
export async function openOperations(): Promise<OperationsWorld> {
  const florin = await startFlorin({ settings: { gatewayTimeoutMs: 2000, callerWaitMs: 5000 } })
  const [shop, other] = [await florin.addOperator('Shop'), await florin.addOperator('Other')]
  const { deps } = florin.app
  const pay: OperationsWorld['pay'] = async ({ session_id }, { card = enterCard(), pgCode = 'cards-usd' } = {}) => {
    await payCheckout(deps, {
      ...{ checkoutId: readSessionId(deps.codes, session_id) ?? '', pgCode, tryId: randomUUID() },
      ...{ instrument: { card }, keepsCard: false, referencePrefix: 'FL' },
    })
  }
  return {
    ...{ florin, shop, other, pay },
    paid: async (pgCode = 'cards-usd', plan = {}) => {
      const session = await shop.checkout({ pg_codes: [pgCode], ...plan.fields })
      await pay(session, { ...plan, pgCode })
      return session
    },
    arm: async (mode, more = {}) => {
      const { status } = await florin.sandbox('POST', '/sandbox/gateway/faults', { mode, ...more })
      if (status >= 300) throw new Error(`arming answered ${status}`)
    },
    book: async () => (await florin.sandbox('GET', '/sandbox/gateway/book')).body,
  }
}
