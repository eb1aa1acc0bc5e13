// Reads and changes what a merchant has chosen. The endpoints of the URLs that it names are opened in the same commit.
import { randomBytes } from 'node:crypto'
import { type Books, needLocked } from '../books/books.ts'
import type { Command } from '../books/command.ts'
import type { Deps } from '../deps.ts'
import type { Egress } from '../http/egress.ts'
import { Secret } from '../secret.ts'
import type { Vault } from '../vault/vault.ts'
import { needNoticeEndpoint, openNoticeEndpoint } from '../webhooks/notices.ts'
import { checkSettings } from './check-settings.ts'
import {
  DEFAULT_CHOICES,
  type MerchantSettings,
  merchantSettingsShelf,
  type SettingsChanges,
  type SettingsRow,
} from './merchant-settings.ts'
import { findSettingsRow } from './settings-queries.ts'

export type { MerchantSettings, PluginSettings, SettingsChanges } from './merchant-settings.ts'

export type SettingsDeps = Pick<Deps, 'lane' | 'pool' | 'vault'>

/** The settings of a merchant, which must exist. They become a row with the first look at them. */
export async function getMerchantSettings(deps: SettingsDeps, merchantId: string): Promise<MerchantSettings> {
  const row = await findSettingsRow(deps.pool, merchantId)
  return openSettings(deps.vault, row ?? (await deps.lane.run(changeCommand(deps.vault, merchantId, {}))))
}

/**
 * Changes what is named, and opens the endpoints of the URLs in the same commit. The merchant must exist. Throws
 * `invalid_request` naming the field, also for a URL that will not be called.
 */
export async function updateMerchantSettings(
  deps: SettingsDeps & { readonly egress: Pick<Egress, 'checkUrl'> },
  merchantId: string,
  changes: SettingsChanges,
): Promise<MerchantSettings> {
  const checked = await checkSettings(deps.egress, changes)
  return openSettings(deps.vault, await deps.lane.run(changeCommand(deps.vault, merchantId, checked)))
}

function changeCommand(vault: Vault, merchantId: string, changes: SettingsChanges): Command<SettingsRow> {
  const { hmacKey, plugins, ...choices } = changes
  const sealedNewKey = vault.sealText(PURPOSE, merchantId, newHmacKey().reveal())
  const sealedHmacKey = hmacKey && vault.sealText(PURPOSE, merchantId, hmacKey.reveal())
  const urls = urlsOf(changes)
  return {
    name: 'change merchant settings',
    needs: [needLocked(merchantSettingsShelf, merchantId), ...urls.map((url) => needNoticeEndpoint(merchantId, url))],
    decide: (books) => {
      const known = findOrMake(books, merchantId, sealedNewKey)
      for (const url of urls) openNoticeEndpoint(books, merchantId, url)
      return books.put(merchantSettingsShelf, {
        ...{ ...known, ...choices },
        ...(sealedHmacKey && { sealedHmacKey }),
        plugins: {
          e_commerce: { ...known.plugins.e_commerce, ...plugins?.e_commerce },
          payment_request: { ...known.plugins.payment_request, ...plugins?.payment_request },
        },
      })
    },
  }
}

const findOrMake = (books: Books, merchantId: string, sealedHmacKey: Buffer): SettingsRow =>
  books.find(merchantSettingsShelf, merchantId) ?? {
    ...DEFAULT_CHOICES,
    ...{ merchantId, sealedHmacKey },
  }

function urlsOf({ operationsWebhookUrl, plugins = {} }: SettingsChanges): string[] {
  const urls = [operationsWebhookUrl, ...Object.values(plugins).map(({ webhookUrl }) => webhookUrl)]
  return [...new Set(urls.filter((url) => typeof url === 'string'))]
}

const PURPOSE = 'hmac-key'
const KEY_BYTES = 24

/** A new key. Its characters can be read out and typed. */
const newHmacKey = (): Secret<string> => new Secret(randomBytes(KEY_BYTES).toString('base64url'))

function openSettings(vault: Vault, { sealedHmacKey, ...row }: SettingsRow): MerchantSettings {
  return { ...row, hmacKey: vault.openText(PURPOSE, row.merchantId, sealedHmacKey) }
}
