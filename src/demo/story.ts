// The story: a card from its first top-up to the last refund, each line a real request to the running server.
import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import type { Card } from '../issuing/card.ts'
import { cardAccountLedger } from '../ledger/accounts.ts'
import { formatAmount } from '../money.ts'
import { renderReport } from '../verify/report.ts'
import { verify } from '../verify/verify.ts'
import { type Answer, type Caller, createCaller } from './caller.ts'
import { readAvailable } from './queries.ts'
import { openShop } from './shop.ts'
import { tellOperations } from './story-operations.ts'
import { tellServices } from './story-services.ts'
import { createTeller, type Teller } from './teller.ts'
import { openTill } from './till.ts'
import { addCard, type World } from './world.ts'

/** Plays the story and prints it as a table. True when every line went as it should and the books add up. */
export async function playStory(app: App, world: World, print: (text: string) => void): Promise<boolean> {
  const { merchant, client } = world.story
  const [first, second] = client.cardAccounts
  const [funding] = client.accounts
  if (!first || !second || !funding) throw new Error('the story needs two card accounts and an account that funds them')
  const card = await addCard(app.deps, { clientId: client.id, productId: client.productId, cardAccountId: first.id })
  const pan = (await app.deps.vault.open(card.id)).reveal()
  const teller = createTeller(print)
  print(`\nA card of ${client.name}, charged by ${merchant.name}. Each line is a request.\n`)

  const before = await readBalances(app, [first.id, second.id])
  await tellIssuing(teller, createCaller(app.baseUrl, client), { from: funding.id, first: first.id, second: second.id })
  await tellPayments(teller, createCaller(app.baseUrl, merchant), {
    pan,
    mobile: card.mobile ?? '',
    sandbox: createCaller(app.baseUrl, { token: world.sandboxToken }),
  })

  const after = await readBalances(app, [first.id, second.id])
  // 200.00 arrived, 25.00 moved on; the 60.00 that were captured came back, and the released 30.00 never left.
  const expected = [(before[0] ?? 0n) + 17_500n, (before[1] ?? 0n) + 2_500n]
  const said = after.map((amount) => formatAmount({ amount, currency: 'USD' })).join(' and ')
  teller.note('The balances are what the ledger says', said, after.join() === expected.join())
  await playServices(app, world, { teller, print })
  await playOperations(app, world, { teller, print, card })
  const report = await verify(app.pool)
  teller.note('verify: every balance recomputed from the transfers', `${report.checks.length} checks`, report.ok)
  if (!report.ok) print(renderReport(report))
  return teller.wentWell()
}

async function playOperations(
  app: App,
  { story, sandboxToken }: World,
  { teller, print, card }: { readonly teller: Teller; readonly print: (text: string) => void; readonly card: Card },
): Promise<void> {
  print(`\n${story.merchant.name} lets payers pay on a page, and operates the payments.\n`)
  const till = await openTill(app.baseUrl, story.merchant)
  const month = String(card.expiryMonth).padStart(2, '0')
  const entered = {
    cardNumber: (await app.deps.vault.open(card.id)).reveal(),
    expiry: `${month}/${card.expiryYear}`,
    cvv: app.deps.vault.cvv(card.id, `${card.expiryYear}-${month}`),
    holder: card.embossedName,
  }
  try {
    const sandbox = createCaller(app.baseUrl, { token: sandboxToken })
    await tellOperations(teller, { till, sandbox, card: entered })
  } finally {
    await till.close()
  }
  print('')
}

async function playServices(
  app: App,
  { story, sandboxToken }: World,
  { teller, print }: { readonly teller: Teller; readonly print: (text: string) => void },
): Promise<void> {
  print(`\n${story.merchant.name} takes cards through a gateway, on the white-label API.\n`)
  const shop = await openShop(app.baseUrl, story.merchant)
  const customerEmail = `customer-${randomUUID().slice(0, 8)}@florin.example`
  try {
    await tellServices(teller, { shop, sandbox: createCaller(app.baseUrl, { token: sandboxToken }), customerEmail })
  } finally {
    await shop.close()
  }
  print('')
}

async function tellIssuing(
  { tell }: Teller,
  client: Caller,
  { from, first, second }: { from: string; first: string; second: string },
): Promise<void> {
  await tell(
    'Top up the card account with 200.00',
    client.post('/v1/cardaccounts/topup', { accountId: from, cardAccountId: first, amount: 200, currency: 'USD' }),
    (body) => `${body.intent} ${body.status} ${body.refId}`,
  )
  const transfer = {
    sourceCardAccountId: first,
    destinationCardAccountId: second,
    amount: 25,
    currency: 'USD',
    description: 'Pocket money',
    idempotencyKey: randomUUID(),
  }
  const moved = await tell(
    'Transfer 25.00 to another card account',
    client.post('/v1/cardaccounts/transfer', transfer),
    (body) => `${body.intent} ${body.status} ${body.refId}`,
  )
  await tell(
    'The same request again: the same transfer, not a second one',
    client.post('/v1/cardaccounts/transfer', transfer),
    (body) => `${body.refId}`,
    (body) => body.id === moved.id,
  )
}

async function tellPayments(
  { tell }: Teller,
  merchant: Caller,
  { pan, mobile, sandbox }: { pan: string; mobile: string; sandbox: Caller },
): Promise<void> {
  const pc = '/merchant/partner-connect'
  const started = await tell(
    'Bind the card: a code goes to the cardholder',
    merchant.post(`${pc}/card-binding/initiate`, { fullPan: pan }),
    (body) => `${body.maskedPan} code ${body.code}`,
  )
  const { cardId } = await tell(
    'Confirm with the code',
    merchant.post(`${pc}/card-binding/confirm`, { verificationId: started.verificationId, code: started.code }),
    (body) => `${body.cardType} ${body.expirationDate}`,
  )
  const buy = async (amount: number, description: string): Promise<Answer['body']> => {
    const order = { cardId, amount, currency: 'USD', description }
    await tell(
      `Verify a purchase of ${amount}.00`,
      merchant.post(`${pc}/transactions/verify`, order),
      (body) => `success ${body.success}`,
    )
    const otpToken = await readCode(sandbox, mobile)
    return tell(
      `Purchase with the code ${otpToken}`,
      merchant.post(`${pc}/transactions/purchase`, { ...order, otpToken }),
      (body) => `${body.status} ${body.amountAuthorized}`,
    )
  }
  const { transactionId } = await buy(100, 'Order #1')
  await tell(
    'Capture 60.00: the other 40.00 go back at once',
    merchant.post(`${pc}/transactions/capture`, { transactionId, amount: 60 }),
    (body) => `${body.status} ${body.amountCaptured}`,
  )
  const refund = (amount: number, status: string): Promise<Answer['body']> =>
    tell(
      `Refund ${amount}.00`,
      merchant.post(`${pc}/transactions/refund`, {
        transactionId,
        amount,
        currency: 'USD',
        description: 'Return',
        reason: 'Customer',
      }),
      (body) => `${body.status}`,
      (body) => body.status === status,
    )
  await refund(20, 'captured')
  await refund(40, 'refunded')
  const other = await buy(30, 'Order #2')
  await tell(
    'Release it: the hold is gone',
    merchant.post(`${pc}/transactions/release`, { transactionId: other.transactionId }),
    (body) => `${body.status}`,
  )
}

async function readCode(sandbox: Caller, mobile: string): Promise<string> {
  const { body } = await sandbox.get(`/sandbox/messages?to=${encodeURIComponent(mobile)}`)
  const [newest] = body.list as { code: string }[]
  return newest?.code ?? ''
}

const readBalances = (app: App, cardAccountIds: readonly string[]): Promise<bigint[]> =>
  Promise.all(cardAccountIds.map((id) => readAvailable(app.pool, cardAccountLedger(id, 'USD').id)))
