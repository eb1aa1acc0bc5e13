// Plays the example of docs/ledger.md and writes down what each step left in the ledger.
import { formatAmount, parseAmount } from '../../src/money.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import { refundPayment } from '../../src/payments/refund.ts'
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
