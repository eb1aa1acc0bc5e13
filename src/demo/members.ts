// demo.json: the members as scripts and people use them, with balances and cards as they are now.
import type { App } from '../app.ts'
import { ledgerOf } from '../issuing/card-account.ts'
import { formatAmount } from '../money.ts'
import type { EnrolledPartner } from './enrol.ts'
import { type ListedCard, listFreshCards, readAvailable } from './queries.ts'
import {
  addCard,
  type CardAccountMember,
  type ClientMember,
  type Member,
  type MerchantMember,
  type World,
} from './world.ts'

/** The content of demo.json. Cards that somebody has bound are left out, and others issued in their place. */
export async function describeMembers(app: App, world: World): Promise<object> {
  return {
    baseUrl: app.baseUrl,
    merchants: world.merchants.map(describeMerchant),
    partners: [describePartner(world.partner)],
    clients: await Promise.all(world.clients.map((client) => describeClient(app, client))),
    sandbox: {
      token: world.sandboxToken,
      messagesUrl: `${app.baseUrl}/sandbox/messages`,
      clockUrl: `${app.baseUrl}/sandbox/clock`,
      gatewayUrl: app.sandboxGatewayUrl,
    },
    operator: { token: world.operatorToken, inboxUrl: `${app.baseUrl}/operator/inbox` },
  }
}

const describeMerchant = (merchant: MerchantMember): object => {
  const { memberId, partnerId, secureKey, terminalId, apiKey, hmacKey, gatewayAccounts, users } = merchant
  const services = { memberId, partnerId, secureKey, terminalId }
  return { ...describeMember(merchant), ...services, apiKey, hmacKey, gatewayAccounts, users }
}

const describePartner = ({ partnerId, userName, secureKey }: EnrolledPartner): object => ({
  partnerId,
  userName,
  secureKey,
})

const describeMember = ({ name, username, password, accessKey, privateKey }: Member): object => ({
  name,
  username,
  password,
  accessKey,
  privateKey,
})

async function describeClient(app: App, client: ClientMember): Promise<object> {
  return {
    ...describeMember(client),
    accounts: client.accounts,
    productId: client.productId,
    cardAccounts: await Promise.all(client.cardAccounts.map((account) => describeCardAccount(app, client, account))),
  }
}

async function describeCardAccount(app: App, client: ClientMember, account: CardAccountMember): Promise<object> {
  const { id, currency, accountType, cards } = account
  const available = await readAvailable(app.pool, ledgerOf({ id, currency }).id)
  let fresh = await listFreshCards(app.pool, id)
  for (let missing = cards - fresh.length; missing > 0; missing--) {
    await addCard(app.deps, { clientId: client.id, productId: client.productId, cardAccountId: id })
  }
  if (fresh.length < cards) fresh = await listFreshCards(app.pool, id)
  return {
    id,
    currency,
    accountType,
    balance: formatAmount({ amount: available, currency }),
    cards: await Promise.all(fresh.slice(0, cards).map((card) => describeCard(app, card))),
  }
}

async function describeCard({ deps }: App, card: ListedCard): Promise<object> {
  const month = String(card.expiryMonth).padStart(2, '0')
  return {
    id: card.id,
    pan: (await deps.vault.open(card.id)).reveal(),
    expiryMonth: month,
    expiryYear: String(card.expiryYear),
    cvv: deps.vault.cvv(card.id, `${card.expiryYear}-${month}`),
    last4: card.last4,
    mobile: card.mobile,
    email: card.email,
  }
}
