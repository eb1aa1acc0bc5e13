// The third part of the story: a checkout is paid on its page, and operated afterwards, whichever gateway carried it.
import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Caller } from './caller.ts'
import { openPage, submitForm } from './payer.ts'
import type { Teller } from './teller.ts'
import type { Till } from './till.ts'

type Body = Answer['body']

export interface OperationsStage {
  readonly till: Till
  readonly sandbox: Caller
  /** A card that Florin issued, as its holder enters it. */
  readonly card: Readonly<Record<string, string>>
}

const CARD = { cardNumber: '4111 1111 1111 1111', expiry: '12/32', cvv: '123', holder: 'Ada Lovelace' }

/** Plays it. */
export async function tellOperations(teller: Teller, stage: OperationsStage): Promise<void> {
  const { till } = stage
  await tellRefunds(teller, stage)
  await tellCaptures(teller, stage)
  await tellHouse(teller, stage)
  await tellInternal(teller, stage)
  await tellQueue(teller, stage)
  await teller.tell(
    'Payment methods of the shop',
    till.send('/pbl/v2/payment-methods/', { plugin: 'e_commerce' }),
    (body) => `${(body.payment_methods as Body[]).length} ways`,
  )
  await tellWebhooks(teller, stage)
}

const stateOf = ({ state }: Body): string => `${state}`
const childOf = (body: Body): string => `${(body.txn as Body | undefined)?.state ?? body.state} ${body.amount}`

// Makes a checkout and pays it on its page, as its payer does.
async function paid(
  { tell, note }: Teller,
  { till }: OperationsStage,
  {
    pgCode,
    card = CARD,
    what,
  }: { readonly pgCode: string; readonly card?: Readonly<Record<string, string>>; readonly what: string },
): Promise<Body> {
  const made = await tell(`${what}: a checkout of 100.00`, till.checkout({ pg_codes: [pgCode] }), stateOf)
  const done = await submitForm(await openPage(String(made.checkout_url)), card)
  const said = /<h1>([^<]*)<\/h1>/.exec(done.html)?.[1] ?? 'nothing'
  note(`${what}: its payer pays on the page`, said, /complete|authorized/.test(said))
  return made
}

async function tellRefunds(teller: Teller, stage: OperationsStage): Promise<void> {
  const { till } = stage
  const made = await paid(teller, stage, { pgCode: 'cards-usd', what: 'Purchase' })
  const [first, second] = [randomUUID(), randomUUID()]
  const refund = (amount: string, key: string) => till.operate('refund', made, { amount }, key)
  await teller.tell('Refund 30.00 under a Tracking-Key', refund('30.00', first), childOf)
  await teller.tell('Refund 20.00 under another', refund('20.00', second), childOf)
  await teller.tell(
    'The first key again: nothing is executed',
    refund('30.00', first),
    childOf,
    ({ state }) => state === 'refunded',
  )
  await teller.tell(
    'Inquiry: what became of it',
    till.inquire(made),
    (body) => `${body.state}, refunded ${body.refunded_amount}`,
  )
}

async function tellCaptures(teller: Teller, stage: OperationsStage): Promise<void> {
  const { till } = stage
  const made = await paid(teller, stage, { pgCode: 'auth-usd', what: 'Authorization' })
  await teller.tell('Capture 40.00: the rest stays held', till.operate('capture', made, { amount: '40.00' }), childOf)
  await teller.tell('Refund 40.00 of what was captured', till.operate('refund', made), childOf)
  await teller.tell('Capture what is left', till.operate('capture', made), childOf)
  const other = await paid(teller, stage, { pgCode: 'auth-usd', what: 'Another' })
  await teller.tell('Void: the hold is given up', till.operate('void', other), childOf)
}

async function tellHouse(teller: Teller, stage: OperationsStage): Promise<void> {
  const made = await paid(teller, stage, { pgCode: 'house-usd', card: stage.card, what: 'With a card of ours' })
  await teller.tell('Refund 100.00 to the card', stage.till.operate('refund', made), childOf)
}

async function tellInternal(teller: Teller, stage: OperationsStage): Promise<void> {
  const { tell } = teller
  const { till } = stage
  const success = ({ result }: Body): string => `${result}`
  for (const operation of ['cancel', 'expire']) {
    const made = await tell(`A checkout to ${operation}`, till.checkout({}), stateOf)
    await tell(`${operation}: no gateway hears of it`, till.operate(operation, made), success)
  }
  const made = await paid(teller, stage, { pgCode: 'cards-usd', what: 'To delete' })
  await tell('Delete it: it is hidden', till.operate('delete', made), success)
  await tell(
    'Restore it: it is there again',
    till.send(`/checkout/v1/pymt-txn/${made.session_id}/restore/`, {}),
    success,
  )
}

const TRIES = 20

async function tellQueue(teller: Teller, stage: OperationsStage): Promise<void> {
  const { till, sandbox } = stage
  const made = await paid(teller, stage, { pgCode: 'queue-usd', what: 'At a slow gateway' })
  const key = randomUUID()
  const refund = () => till.operate('refund', made, {}, key)
  await teller.tell('Refund: the gateway queues it', refund(), childOf)
  let answer = await refund()
  for (let i = 0; i < TRIES && answer.body.state !== 'refunded'; i++) {
    await sandbox.post('/sandbox/clock', { advanceSeconds: 6 })
    await wait(250)
    answer = await refund()
  }
  teller.note('The same key, when the bank has decided', childOf(answer.body), answer.body.state === 'refunded')
}

const SIGNED_OF_OPERATIONS = ['amount', 'order_no', 'reference_number', 'result']

async function tellWebhooks(teller: Teller, { till }: OperationsStage): Promise<void> {
  for (let i = 0; i < TRIES && till.notices.length < 4; i++) await wait(250)
  const areRight = till.notices.every((notice) => isSigned(notice, till.hmacKey))
  const told = till.notices.length
  teller.note('Webhooks that the shop was sent, each signature recomputed', `${told}`, told > 0 && areRight)
}

// What an operation's webhook signs; a payment's signs more names, in the same way.
function isSigned(notice: Readonly<Record<string, unknown>>, key: string): boolean {
  const names = 'state' in notice ? SIGNED_OF_PAYMENTS : SIGNED_OF_OPERATIONS
  const text = names
    .filter((name) => notice[name] !== undefined && notice[name] !== '')
    .map((name) => `${name}${notice[name]}`)
    .join('')
  return createHmac('sha256', key).update(text).digest('hex') === notice.signature
}

const SIGNED_OF_PAYMENTS = [
  ...['amount', 'currency_code', 'customer_email', 'customer_first_name', 'customer_last_name', 'customer_phone'],
  ...['gateway_account', 'gateway_name', 'order_no', 'reference_number', 'result', 'state'],
]
