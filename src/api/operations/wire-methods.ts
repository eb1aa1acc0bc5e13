// The ways to pay that a merchant has, as they are asked for and told.
import { keepsCards } from '../../checkouts/accounts.ts'
import { iconUrl } from '../../checkouts/link.ts'
import type { GatewayAccount } from '../../gateways/account.ts'
import { supports } from '../../gateways/choose.ts'
import type { GatewayFacts } from '../../gateways/connector.ts'
import type { Body } from './body.ts'
import { Reader } from './reader.ts'

export interface MethodsFilter {
  readonly plugin: 'e_commerce' | 'payment_request'
  readonly currencies: readonly string[] | undefined
  readonly customerId: string | undefined
  readonly operation: 'purchase' | 'authorize' | undefined
  readonly keepsCards: boolean | undefined
  readonly connectors: readonly string[] | undefined
  readonly isSandbox: boolean | undefined
  /** Whether only ways are wanted that there are none of: wallets, or accounts with tags. */
  readonly wantsNone: boolean
}

const SERVICES = ['apple_pay', 'google_pay', 'samsung_pay', 'wallet']
const TAGS = [
  ...['e_commerce', 'crm', 'pos', 'invoicing', 'subscriptions', 'marketplace', 'mobile_app', 'ticket_booking'],
  ...['donations', 'government', 'education', 'healthcare', 'insurance', 'logistics', 'hospitality', 'real_estate'],
  ...['retail', 'telecom', 'utilities', 'demo', 'test'],
]

/** Reads what is wanted. Throws `invalid_request` with everything that is wrong. */
export function readMethods(body: Body): MethodsFilter {
  const reader = new Reader(body)
  const plugin = reader.choice('plugin', ['e_commerce', 'payment_request'], true)
  const type = reader.choice('type', ['sandbox', 'production'])
  const [tokenizable, autoDebit] = [reader.boolean('tokenizable'), reader.boolean('auto_debit')]
  const filter = {
    currencies: reader.list('currencies'),
    customerId: reader.text('customer_id', { max: 64 }),
    operation: reader.choice('operation', ['purchase', 'authorize']),
    keepsCards: tokenizable === true || autoDebit === true ? true : tokenizable,
    connectors: reader.list('pg_names'),
    isSandbox: type === undefined ? undefined : type === 'sandbox',
    wantsNone: [reader.choices('payment_services', SERVICES), reader.choices('tags', TAGS)].some(
      (names) => names?.length,
    ),
  }
  reader.finish()
  return { ...filter, plugin: plugin ?? 'e_commerce' }
}

export interface Methods {
  readonly accounts: readonly GatewayAccount[]
  /** Codes by which the customer has paid before. */
  readonly used: readonly string[]
  readonly filter: MethodsFilter
  readonly factsOf: (connector: string) => GatewayFacts | undefined
  /** Without a trailing slash. */
  readonly baseUrl: string
}

/** The ways that fit. */
export function renderMethods({ accounts, used, filter, factsOf, baseUrl }: Methods): object {
  const fitting = accounts.filter((account) => fits(account, filter))
  return {
    customer_payment_methods: used.filter((code) => fitting.some((account) => account.code === code)),
    payment_methods: fitting.map((account) => methodBody(account, factsOf(account.connector), baseUrl)),
  }
}

function fits(account: GatewayAccount, filter: MethodsFilter): boolean {
  const wanted = [
    filter.currencies === undefined || currenciesOf(account).some((currency) => filter.currencies?.includes(currency)),
    filter.operation === undefined || account.mode === filter.operation,
    filter.keepsCards === undefined || keepsCards(account) === filter.keepsCards,
    filter.connectors === undefined || filter.connectors.includes(account.connector),
    filter.isSandbox === undefined || account.isSandbox === filter.isSandbox,
    !filter.wantsNone,
  ]
  return account.isActive && wanted.every(Boolean)
}

const currenciesOf = ({ currency, rates }: GatewayAccount): string[] => [
  currency,
  ...rates.map((rate) => rate.currency),
]

const OPERATIONS = ['refund', 'void', 'capture'] as const

function methodBody(account: GatewayAccount, facts: GatewayFacts | undefined, baseUrl: string): object {
  return {
    accepted_currencies: currenciesOf(account),
    auto_debit_enabled: keepsCards(account),
    code: account.code,
    default_currency: account.currency,
    is_sandbox: account.isSandbox,
    is_tokenizable: keepsCards(account),
    logo: iconUrl(baseUrl, account.connector),
    name: account.name,
    operation: account.mode,
    operations: facts ? OPERATIONS.filter((operation) => supports(account, facts, operation)) : [],
    payment_services: [],
    pg: account.connector,
    tags: [],
    wallets: [],
  }
}
