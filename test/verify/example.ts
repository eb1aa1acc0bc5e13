// Plays the examples of docs/ledger.md and writes down what each step left in the ledger.
import { newId } from '../../src/ids.ts'
import { formatAmount, parseAmount } from '../../src/money.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import { payOut } from '../../src/payments/payout.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { charge, enterCard, openGatewayWorld } from '../helpers/gateway.ts'
import { authorize, fundsOf, type Issuing, issueBoundCard, openIssuing, owedTo } from '../helpers/seed.ts'
import { renderTable } from './generate.ts'

/** A purchase of 100, a capture of 60, refunds of 20 and 40, as a Markdown table: a row a transfer. */
export async function playExample(): Promise<string> {
  const issuing = await openIssuing()
  const { deps, merchantId } = issuing
  const holder = await issueBoundCard(issuing, { balance: '1000.00' })
  const rows = [await describeStep(issuing, holder, 'top up')]
  const step = async (name: string, act: Promise<unknown>): Promise<void> => {
    await act
    rows.push(await describeStep(issuing, holder, name))
  }
  const payment = await authorize(issuing, holder, { amount: '100.00' })
  await step('purchase 100', Promise.resolve())
  const keys = { merchantId, paymentId: payment.id, keys: [] }
  await step('capture 60', capturePayment(deps, { ...keys, amount: '60.00' }))
  for (const amount of ['20.00', '40.00']) {
    const refund = { amount: parseAmount(amount, 'USD'), description: 'Returned', reason: 'requested_by_customer' }
    await step(`refund ${Number.parseInt(amount, 10)}`, refundPayment(deps, { ...keys, ...refund }))
  }
  return renderTable(
    ['step', 'fact', 'kind', 'from → to', 'amount', 'card: balance', 'held', 'available', 'merchant: balance'],
    rows,
  )
}

async function describeStep(issuing: Issuing, holder: { cardAccountId: string }, name: string): Promise<string[]> {
  const { rows } = await issuing.pool.query<{ fact: string; kind: string; from: string; to: string; amount: bigint }>(
    `select t.fact, t.kind, d.kind as from, c.kind as to, t.amount
       from transfers t
       join accounts d on d.id = t.debit_account_id
       join accounts c on c.id = t.credit_account_id
      order by t.created_at desc, t.id desc
      limit 1`,
  )
  const [transfer] = rows
  if (!transfer) throw new Error(`${name} made no transfer`)
  const { balance, held } = await fundsOf(issuing, holder)
  const amounts = [transfer.amount, balance, held, balance - held, await owedTo(issuing, issuing.merchantId)]
  return [
    name,
    `\`${transfer.fact}\``,
    transfer.kind,
    `\`${transfer.from}\` → \`${transfer.to}\``,
    ...amounts.map((amount) => formatAmount({ amount, currency: 'USD' })),
  ]
}

const GATEWAY_STEPS = [
  ...['purchase 100: the gateway is asked', 'it says yes', 'purchase 30: the gateway is asked', 'it says no'],
  ...['refund 40: it says yes', 'payout 20: the gateway is asked', 'it says yes'],
]

/** Purchases, a refund and a payout through a gateway, as a Markdown table: a row a transfer. */
export async function playGatewayExample(): Promise<string> {
  const world = await openGatewayWorld({ gatewayTimeoutMs: 5000, callerWaitMs: 8000 })
  const { deps, merchantId, pool } = world
  const { payment } = await charge(world)
  await charge(world, { amount: '30.00', card: enterCard('4000000001000043') })
  const amount = { amount: parseAmount('40.00', 'USD'), description: 'Returned', reason: 'requested_by_customer' }
  await refundPayment(deps, { merchantId, paymentId: payment.id, ...amount, keys: [] })
  await payOut(deps, {
    ...{ merchantId, origin: 'transaction-services', amount: parseAmount('20.00', 'USD'), description: 'Winnings' },
    ...{ to: { card: enterCard() }, merchantReference: newId() },
    attachment: { needs: [], write: () => undefined },
  })
  const { rows } = await pool.query<Moved>(
    `select t.fact, t.kind, d.kind as from, c.kind as to, t.amount, t.debit_balance as "debitBalance",
            t.credit_balance as "creditBalance"
       from transfers t
       join accounts d on d.id = t.debit_account_id
       join accounts c on c.id = t.credit_account_id
      order by t.created_at, t.id`,
  )
  if (rows.length !== GATEWAY_STEPS.length) throw new Error(`there are ${rows.length} transfers`)
  return renderTable(
    ['step', 'fact', 'kind', 'from → to', 'amount', 'gateway: balance', 'merchant: balance'],
    rows.map((row, i) => [GATEWAY_STEPS[i] ?? '', ...describeMove(row)]),
  )
}

interface Moved {
  readonly fact: string
  readonly kind: string
  readonly from: string
  readonly to: string
  readonly amount: bigint
  readonly debitBalance: bigint
  readonly creditBalance: bigint
}

function describeMove({ fact, kind, from, to, amount, debitBalance, creditBalance }: Moved): string[] {
  const [gateway, merchant] =
    from === 'gateway_receivable' ? [debitBalance, creditBalance] : [creditBalance, debitBalance]
  const amounts = [amount, gateway, merchant].map((value) => formatAmount({ amount: value, currency: 'USD' }))
  return [`\`${fact}\``, kind, `\`${from}\` → \`${to}\``, ...amounts]
}
