// What a merchant has chosen for the Operations face: how it is told of payments, under which key, and what checkouts do by default.
import { tableShelf } from '../books/shelf.ts'
import { SECOND_MS } from '../clock.ts'
import type { Secret } from '../secret.ts'
import { NOTICE_RETRY_POLICY } from '../webhooks/policy.ts'

/** The types of checkout, each with defaults of its own. */
export type Plugin = 'e_commerce' | 'payment_request'

/** States of a payment that its merchant can be told of. */
export const TOLD_STATES = ['paid', 'failed', 'authorized', 'canceled'] as const
export type ToldState = (typeof TOLD_STATES)[number]

/** What holds for a checkout that says nothing else. */
export interface PluginSettings {
  /** Where payments are told, as `namedUrl` writes it. */
  readonly webhookUrl: string | null
  /** Where payers go afterwards. */
  readonly redirectUrl: string | null
  /** The states of payments that are told; null is all of them. */
  readonly states: readonly ToldState[] | null
}

interface Choices {
  /** Of one call with a notice: 1 to 20 seconds, in milliseconds. */
  readonly timeoutMs: number
  /** Calls with one notice, the first one included: 1 to 10. */
  readonly tries: number
  /** From a timeout to the next call: a minute at most, in milliseconds. */
  readonly backoffMs: number
  /** Whether notices that failed for good are mailed to `emails`. */
  readonly notifyOnError: boolean
  readonly emails: readonly string[]
  /** The beginning of reference numbers: 2 to 6 upper-case letters and digits. */
  readonly referencePrefix: string
  /** Where captures, refunds and voids are told, besides the plugin's URL; as `namedUrl` writes it. */
  readonly operationsWebhookUrl: string | null
  /** Whether they are told when the API asked for them, too. */
  readonly notifiesApiOperations: boolean
  readonly plugins: Readonly<Record<Plugin, PluginSettings>>
  /** Whether a checkout whose time is over expires before anybody touches it. */
  readonly expiresByItself: boolean
  /** Whether two checkouts may not have the same number of the merchant's own. */
  readonly uniqueOrderNo: boolean
  /** Nothing of the merchant can be paid. */
  readonly isPaused: boolean
}

export interface MerchantSettings extends Choices {
  readonly merchantId: string
  /** Its UTF-8 bytes sign notices and answers. */
  readonly hmacKey: Secret<string>
}

export interface SettingsRow extends Choices {
  readonly merchantId: string
  readonly sealedHmacKey: Buffer
}

export const merchantSettingsShelf = tableShelf<SettingsRow>({
  name: 'merchant_settings',
  columns: {
    merchantId: 'uuid',
    sealedHmacKey: 'bytea',
    timeoutMs: 'integer',
    tries: 'integer',
    backoffMs: 'integer',
    notifyOnError: 'boolean',
    emails: 'jsonb',
    referencePrefix: 'text',
    operationsWebhookUrl: 'text',
    notifiesApiOperations: 'boolean',
    plugins: 'jsonb',
    expiresByItself: 'boolean',
    uniqueOrderNo: 'boolean',
    isPaused: 'boolean',
  },
  key: ['merchantId'],
  mutable: [
    'sealedHmacKey',
    'timeoutMs',
    'tries',
    'backoffMs',
    'notifyOnError',
    'emails',
    'referencePrefix',
    'operationsWebhookUrl',
    'notifiesApiOperations',
    'plugins',
    'expiresByItself',
    'uniqueOrderNo',
    'isPaused',
  ],
  locks: false, // Whoever decides by them takes them as they are; only changes wait for one another.
})

const NO_PLUGIN: PluginSettings = { webhookUrl: null, redirectUrl: null, states: null }

/** What holds until a merchant says otherwise. A URL that is set is told: there is no other switch. */
export const DEFAULT_CHOICES: Choices = {
  timeoutMs: 15 * SECOND_MS,
  tries: NOTICE_RETRY_POLICY.triesMax,
  backoffMs: 5 * SECOND_MS,
  notifyOnError: true,
  emails: [],
  referencePrefix: 'FL',
  operationsWebhookUrl: null,
  notifiesApiOperations: true,
  plugins: { e_commerce: NO_PLUGIN, payment_request: NO_PLUGIN },
  expiresByItself: true,
  uniqueOrderNo: false,
  isPaused: false,
}

export interface SettingsChanges extends Partial<Omit<Choices, 'plugins'>> {
  /** The key from now on, instead of one that we made. */
  readonly hmacKey?: Secret<string>
  readonly plugins?: { readonly [Name in Plugin]?: Partial<PluginSettings> }
}
