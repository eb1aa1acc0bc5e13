// What may be in a merchant's settings. The database holds most of it, too; here it is said which field is wrong, and egress says
// where a URL leads.
import { MINUTE_MS, SECOND_MS } from '../clock.ts'
import { invalidField } from '../errors.ts'
import type { Egress } from '../http/egress.ts'
import { checkRedirectUrl } from '../http/redirect-url.ts'
import { namedUrl } from '../webhooks/named.ts'
import { type Plugin, type PluginSettings, type SettingsChanges, TOLD_STATES } from './merchant-settings.ts'

const EMAILS_MAX = 20
const EMAIL_LENGTH_MAX = 128
const EMAIL = /^[^\s@,;<>"\p{Cc}]+@[^\s@,;<>"\p{Cc}]+$/u
const KEY = /^[\x21-\x7e]{8,128}$/ // What can be typed, and is the same bytes wherever it is.
const PREFIX = /^[A-Z0-9]{2,6}$/

/** The changes with their URLs as they will be called. Throws `invalid_request` naming the field. */
export async function checkSettings(
  egress: Pick<Egress, 'checkUrl'>,
  changes: SettingsChanges,
): Promise<SettingsChanges> {
  checkNumbers(changes)
  checkTexts(changes)
  const { operationsWebhookUrl: url, plugins, ...rest } = changes
  return {
    ...rest,
    ...(url !== undefined && { operationsWebhookUrl: await checkWebhookUrl(egress, 'operationsWebhookUrl', url) }),
    ...(plugins && { plugins: await checkPlugins(egress, plugins) }),
  }
}

function checkNumbers({ timeoutMs, tries, backoffMs }: SettingsChanges): void {
  const check = (field: string, value: number | undefined, [min, max]: readonly [number, number]): void => {
    if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max))
      throw invalidField(field, `must be a whole number from ${min} to ${max}`)
  }
  check('timeoutMs', timeoutMs, [SECOND_MS, 20 * SECOND_MS])
  check('tries', tries, [1, 10])
  check('backoffMs', backoffMs, [0, MINUTE_MS])
}

function checkTexts({ emails = [], referencePrefix, hmacKey }: SettingsChanges): void {
  if (emails.length > EMAILS_MAX) throw invalidField('emails', `must be ${EMAILS_MAX} addresses at most`)
  if (!emails.every((email) => email.length <= EMAIL_LENGTH_MAX && EMAIL.test(email)))
    throw invalidField('emails', 'must be e-mail addresses')
  if (referencePrefix !== undefined && !PREFIX.test(referencePrefix))
    throw invalidField('referencePrefix', 'must be 2 to 6 upper-case letters and digits')
  if (hmacKey !== undefined && !KEY.test(hmacKey.reveal()))
    throw invalidField('hmacKey', 'must be 8 to 128 printable ASCII characters without spaces')
}

async function checkPlugins(
  egress: Pick<Egress, 'checkUrl'>,
  plugins: NonNullable<SettingsChanges['plugins']>,
): Promise<NonNullable<SettingsChanges['plugins']>> {
  const checked: Partial<Record<Plugin, Partial<PluginSettings>>> = {}
  for (const name of ['e_commerce', 'payment_request'] as const) {
    const changes = plugins[name]
    if (changes) checked[name] = await checkPlugin(egress, name, changes)
  }
  return checked
}

async function checkPlugin(
  egress: Pick<Egress, 'checkUrl'>,
  name: Plugin,
  changes: Partial<PluginSettings>,
): Promise<Partial<PluginSettings>> {
  const { webhookUrl: url, redirectUrl, states } = changes
  if (typeof redirectUrl === 'string') checkRedirectUrl(redirectUrl, `plugins.${name}.redirectUrl`)
  if (states && !states.every((state) => TOLD_STATES.includes(state)))
    throw invalidField(`plugins.${name}.states`, `must be of ${TOLD_STATES.join(', ')}`)
  if (url === undefined) return changes
  return { ...changes, webhookUrl: await checkWebhookUrl(egress, `plugins.${name}.webhookUrl`, url) }
}

async function checkWebhookUrl(
  egress: Pick<Egress, 'checkUrl'>,
  field: string,
  text: string | null,
): Promise<string | null> {
  if (text === null) return null
  const url = namedUrl(text)
  await egress.checkUrl(url, field)
  return url
}
