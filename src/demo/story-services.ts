// The second part of the story: a shop takes payments through a gateway, on the white-label API, and nothing gets lost.
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Caller } from './caller.ts'
import { codeOn, openPage, readForm, submitForm } from './payer.ts'
import type { Shop } from './shop.ts'
import type { Teller } from './teller.ts'

type Body = Answer['body']

export interface ServicesStage {
  readonly shop: Shop
  readonly sandbox: Caller
  /** Made anew for each story, so that its mail is easy to find. */
  readonly customerEmail: string
}

const CARD = {
  paymentMode: 'CC',
  paymentBrand: 'VISA',
  'card.number': '4000000000000051',
  'card.expiryMonth': '12',
  'card.expiryYear': '2030',
  'card.cvv': '745',
}
const CHALLENGED = { ...CARD, 'card.number': '4000000000000002', 'card.cvv': '237' }

/** Plays it. */
export async function tellServices(teller: Teller, stage: ServicesStage): Promise<void> {
  const { shop } = stage
  await teller.tell('Sign in: a token for an hour', shop.signIn(), (body) => `${body.LoginName}`)
  await tellPayments(teller, stage)
  await tellThreeD(teller, stage)
  await tellRecurring(teller, stage)
  await tellPayout(teller, stage)
  await tellInvoice(teller, stage)
  await tellTimeout(teller, stage)
  await teller.tell(
    'List everything: newest first',
    shop.send('getTransactionList', ['member', 'key'], { 'pagination.records': '5' }),
    (body) => (body.transaction as Body[]).map(({ transactionStatus }) => transactionStatus).join(', '),
  )
  const told = shop.callbacks.length
  const areRight = shop.callbacks.every(({ isRight }) => isRight)
  teller.note('Callbacks that the shop was sent, each checksum recomputed', `${told}`, told > 0 && areRight)
}

/** Charges a card: `hashed` as rule C1 has it. */
function charge({ shop }: ServicesStage, path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
  const order = shop.order()
  const { amount = '50.00' } = fields
  return shop.send(path, ['member', 'key', order, amount], {
    merchantTransactionId: order,
    amount,
    currency: 'USD',
    paymentType: 'DB',
    notificationUrl: shop.notificationUrl,
    ...fields,
  })
}

const said = ({ status, result }: Body): string => `${status} ${(result as Body).code}`
const is =
  (status: string) =>
  (body: Body): boolean =>
    body.status === status

async function tellPayments({ tell }: Teller, stage: ServicesStage): Promise<void> {
  const { shop } = stage
  await tell('DB: charge 50.00 at once', charge(stage, 'payments', CARD), said, is('capturesuccess'))
  const held = await tell(
    'PA: hold 50.00',
    charge(stage, 'payments', { ...CARD, paymentType: 'PA' }),
    said,
    is('authsuccessful'),
  )
  const id = String(held.paymentId)
  const amend = (paymentType: string, amount: string): Promise<Answer> =>
    shop.send(`payments/${id}`, ['member', 'key', id, amount], { paymentType, amount })
  await tell('CP: capture 30.00, the rest of the hold goes back', amend('CP', '30.00'), said, is('capturesuccess'))
  await tell('RF: refund 10.00', amend('RF', '10.00'), said, is('reversed'))
}

async function tellThreeD({ tell, note }: Teller, stage: ServicesStage): Promise<void> {
  const merchantRedirectUrl = 'https://shop.example/return?basket=7'
  const sent = await tell(
    '3-D Secure: the cardholder’s browser is sent to the bank',
    charge(stage, 'payments', { ...CHALLENGED, merchantRedirectUrl }),
    said,
    is('3D Authstarted'),
  )
  const { url, parameters } = sent.redirect as { url: string; parameters: { name: string; value: string }[] }
  const page = await openPage(url, Object.fromEntries(parameters.map(({ name, value }) => [name, value])))
  const approved = await submitForm(page, { code: codeOn(page), action: 'approve' })
  const back = approved.html.includes(merchantRedirectUrl.replace('&', '&amp;'))
    ? approved
    : await submitForm(approved, {})
  const { action, fields } = readForm(back)
  note(
    '… and comes back to the shop with the outcome',
    `${fields.status} ${new URL(action).search}`,
    fields.status === 'Y',
  )
}

async function tellRecurring({ tell }: Teller, stage: ServicesStage): Promise<void> {
  const { shop } = stage
  const first = await tell(
    'INITIAL: 12.00 now, and the consent to do it again',
    charge(stage, 'payments', { ...CARD, amount: '12.00', recurringType: 'INITIAL', createRegistration: 'true' }),
    said,
    is('capturesuccess'),
  )
  for (const n of ['first', 'second']) {
    await tell(
      `REPEATED: 12.00 for the ${n} time, without the cardholder`,
      charge(stage, `payments/${first.paymentId}`, { amount: '12.00', recurringType: 'REPEATED' }),
      said,
      is('capturesuccess'),
    )
  }
  const registered = await tell(
    'Keep a card without charging it',
    shop.send('registrations', ['member', 'key'], CARD),
    (body) => `${String(body.registrationId).slice(0, 8)}…`,
  )
  await tell(
    'Pay 8.00 with the kept card',
    charge(stage, `paywithtoken/${registered.registrationId}`, { amount: '8.00', 'card.cvv': '745' }),
    said,
    is('capturesuccess'),
  )
}

async function tellPayout({ tell }: Teller, { shop }: ServicesStage): Promise<void> {
  const order = shop.order()
  const { 'card.cvv': _, ...card } = CARD
  await tell(
    'Pay 25.00 of the shop’s money out to a card',
    shop.send('payout', ['member', order, '25.00', 'key'], {
      ...{ ...card, merchantTransactionId: order, amount: '25.00', currency: 'USD', paymentType: 'PO' },
      notificationUrl: shop.notificationUrl,
    }),
    said,
    is('payoutsuccessful'),
  )
}

async function tellInvoice({ tell, note }: Teller, { shop, sandbox, customerEmail }: ServicesStage): Promise<void> {
  const merchantInvoiceId = shop.order().replace('ORD', 'INV')
  const merchantRedirectUrl = 'https://shop.example/thanks'
  const invoices = '/invoiceServices/REST/v1'
  await tell(
    'Ask for 125.00 by an invoice: a mail with a link',
    shop.send(`${invoices}/generate`, ['member', 'key', merchantInvoiceId, '125.00', merchantRedirectUrl], {
      ...{ merchantInvoiceId, amount: '125.00', currency: 'USD', merchantRedirectUrl },
      merchantOrderDescription: 'Two chairs',
      'customer.email': customerEmail,
    }),
    (body) => `${body.status}`,
  )
  const { body: mail } = await sandbox.get(`/sandbox/messages?to=${encodeURIComponent(customerEmail)}`)
  const [{ url = '' } = {}] = mail.list as { url?: string }[]
  const page = await openPage(url)
  const paid = await submitForm(page, {
    cardNumber: CARD['card.number'],
    expiry: '12/30',
    cvv: CARD['card.cvv'],
    holder: 'A. Chan',
  })
  note(
    'The customer opens the link and pays',
    /<h1[^>]*>([^<]*)/.exec(paid.html)?.[1] ?? '',
    paid.html.includes('complete'),
  )
  await tell(
    'The invoice is paid, and cannot be paid again',
    shop.send(`${invoices}/inquiry`, ['member', 'key', merchantInvoiceId], { merchantInvoiceId }),
    (body) => `${body.status}, payment ${(body.invoiceDetails as Body).paymentId}`,
    is('processed'),
  )
}

const PATIENCE_MS = 60_000
const LOOK_MS = 50

// The gateway charges the card and its answer comes too late: nobody guesses, the gateway is asked.
async function tellTimeout({ tell, note }: Teller, stage: ServicesStage): Promise<void> {
  const { shop, sandbox } = stage
  const order = shop.order()
  await sandbox.post('/sandbox/gateway/faults', { mode: 'late-did', merchantTransactionId: order })
  const answer = shop.send('payments', ['member', 'key', order, '40.00'], {
    ...{ ...CARD, merchantTransactionId: order, amount: '40.00', currency: 'USD', paymentType: 'DB' },
    notificationUrl: shop.notificationUrl,
  })
  const startedAt = performance.now()
  const seen = new Map<string, string>()
  while (!seen.has('capturesuccess') && performance.now() - startedAt < PATIENCE_MS) {
    const { body } = await shop.send('inquiry', ['member', 'key', order], {
      idType: 'MID',
      merchantTransactionId: order,
    })
    const status = String(body.status)
    const ms = Math.round(performance.now() - startedAt)
    if (body.status !== undefined && !seen.has(status)) seen.set(status, `${status} after ${ms} ms`)
    await wait(LOOK_MS)
  }
  const says = [...seen.values()].join(', then ')
  const isHonest = [...seen.keys()].join() === 'authstarted,capturesuccess'
  note('A gateway charges 40.00 and stays silent: unknown, then known', says, isHonest)
  await tell('… which the shop’s request is answered with, too', answer, said, is('capturesuccess'))
}
