import { expect, test } from 'vitest'
import { createEgress } from '../../src/http/egress.ts'
import { newId } from '../../src/ids.ts'
import { getMerchantSettings, type SettingsChanges, updateMerchantSettings } from '../../src/merchants/settings.ts'
import { Secret } from '../../src/secret.ts'
import { listNoticeEndpoints } from '../../src/webhooks/notices.ts'
import { openIssuing, restart } from '../helpers/seed.ts'

const issuing = await openIssuing()
const { deps, pool, merchantId, otherMerchantId } = issuing
const egress = createEgress({ resolve: async (name) => (name === 'inner.shop.example' ? ['10.0.0.1'] : ['8.8.8.8']) })

const change = (changes: SettingsChanges, id = merchantId) => updateMerchantSettings({ ...deps, egress }, id, changes)

const NONE = { webhookUrl: null, redirectUrl: null, states: null }

test('a merchant that has said nothing has settings, and a key that stays', async () => {
  const [first, ...others] = await Promise.all([
    ...Array.from({ length: 5 }, () => getMerchantSettings(deps, otherMerchantId)),
    getMerchantSettings((await restart(issuing)).deps, otherMerchantId),
  ])
  expect(first).toEqual({
    ...{ merchantId: otherMerchantId, hmacKey: expect.any(Secret), timeoutMs: 15_000, tries: 3, backoffMs: 5000 },
    ...{ notifyOnError: true, emails: [], referencePrefix: 'FL', operationsWebhookUrl: null },
    ...{ notifiesApiOperations: true, plugins: { e_commerce: NONE, payment_request: NONE } },
    ...{ expiresByItself: true, uniqueOrderNo: false, isPaused: false },
  })
  const key = first?.hmacKey.reveal() ?? ''
  expect(key).toMatch(/^[\w-]{32}$/)
  for (const { hmacKey } of others) expect(hmacKey.reveal()).toBe(key)
  expect((await getMerchantSettings(deps, merchantId)).hmacKey.reveal()).not.toBe(key)
})

test('what is named changes, and nothing else', async () => {
  const before = await change({ emails: ['ops@shop.example'], plugins: { e_commerce: { states: ['paid'] } } })
  const after = await change({
    ...{ timeoutMs: 20_000, tries: 1, backoffMs: 0, notifyOnError: false, referencePrefix: 'SHOP01' },
    ...{ notifiesApiOperations: false, expiresByItself: false, uniqueOrderNo: true, isPaused: true },
    plugins: { e_commerce: { redirectUrl: 'https://shop.example/thanks?a=b' } },
  })
  expect(after).toEqual({
    ...before,
    ...{ timeoutMs: 20_000, tries: 1, backoffMs: 0, notifyOnError: false, referencePrefix: 'SHOP01' },
    ...{ notifiesApiOperations: false, expiresByItself: false, uniqueOrderNo: true, isPaused: true },
    plugins: {
      e_commerce: { webhookUrl: null, redirectUrl: 'https://shop.example/thanks?a=b', states: ['paid'] },
      payment_request: NONE,
    },
  })
  expect(after.hmacKey.reveal()).toBe(before.hmacKey.reveal())
  expect(await getMerchantSettings(deps, merchantId)).toEqual(after)
  const back = await change({ plugins: { e_commerce: { redirectUrl: null, states: null } } })
  expect(back.plugins.e_commerce).toEqual(NONE)
})

test('a key can be the merchant’s own, and rests sealed', async () => {
  const hmacKey = new Secret('pu9MpX3yPR')
  expect((await change({ hmacKey })).hmacKey.reveal()).toBe('pu9MpX3yPR')
  expect((await getMerchantSettings(deps, merchantId)).hmacKey.reveal()).toBe('pu9MpX3yPR')
  const { rows } = await pool.query<{ sealed: Buffer }>(
    'select sealed_hmac_key as sealed from merchant_settings where merchant_id = $1',
    [merchantId],
  )
  expect(rows[0]?.sealed.includes('pu9MpX3yPR')).toBe(false)
  expect((await change({ isPaused: false })).hmacKey.reveal()).toBe('pu9MpX3yPR')
})

test('URLs that are told are written as they are called, and have their endpoints with the settings', async () => {
  const settings = await change({
    operationsWebhookUrl: 'ops.shop.example',
    plugins: {
      e_commerce: { webhookUrl: 'https://Shop.example/hook' },
      payment_request: { webhookUrl: 'https://shop.example/hook' },
    },
  })
  expect(settings.operationsWebhookUrl).toBe('https://ops.shop.example/')
  expect(settings.plugins.e_commerce.webhookUrl).toBe('https://shop.example/hook')
  const { rows } = await listNoticeEndpoints(pool, { ownerId: merchantId, page: { size: 10 } })
  expect(rows.map(({ url }) => url).sort()).toEqual(['https://ops.shop.example/', 'https://shop.example/hook'])
  const cleared = await change({ operationsWebhookUrl: null, plugins: { e_commerce: { webhookUrl: null } } })
  expect([cleared.operationsWebhookUrl, cleared.plugins.e_commerce.webhookUrl]).toEqual([null, null])
  expect(cleared.plugins.payment_request.webhookUrl).toBe('https://shop.example/hook')
})

const urls = [
  'https://localhost/',
  'https://169.254.169.254/latest',
  'https://inner.shop.example/',
  'http://8.8.8.8/',
  '',
]

test.each<[field: string, changes: SettingsChanges]>([
  ['timeoutMs', { timeoutMs: 999 }],
  ['timeoutMs', { timeoutMs: 20_001 }],
  ['timeoutMs', { timeoutMs: 1000.5 }],
  ['tries', { tries: 0 }],
  ['tries', { tries: 11 }],
  ['backoffMs', { backoffMs: -1 }],
  ['backoffMs', { backoffMs: 60_001 }],
  ['emails', { emails: ['ops'] }],
  ['emails', { emails: ['a@b.example, c@d.example'] }],
  ['emails', { emails: ['a@b.example\nBcc: c@d.example'] }],
  ['emails', { emails: Array.from({ length: 21 }, (_, n) => `${n}@shop.example`) }],
  ['referencePrefix', { referencePrefix: 'F' }],
  ['referencePrefix', { referencePrefix: 'florin' }],
  ['referencePrefix', { referencePrefix: 'FLORIN1' }],
  ['referencePrefix', { referencePrefix: 'FL\n' }],
  ['hmacKey', { hmacKey: new Secret('short') }],
  ['hmacKey', { hmacKey: new Secret('with a space in it') }],
  ['plugins.e_commerce.states', { plugins: { e_commerce: { states: ['expired' as 'paid'] } } }],
  ['plugins.e_commerce.redirectUrl', { plugins: { e_commerce: { redirectUrl: 'javascript:alert(1)' } } }],
  ...urls.map((url): [string, SettingsChanges] => ['operationsWebhookUrl', { operationsWebhookUrl: url }]),
  ...urls.map((webhookUrl): [string, SettingsChanges] => [
    'plugins.payment_request.webhookUrl',
    { plugins: { payment_request: { webhookUrl } } },
  ]),
])('%s is refused: %j', async (field, changes) => {
  const before = await getMerchantSettings(deps, merchantId)
  await expect(change({ isPaused: true, ...changes })).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field },
    message: expect.stringContaining(`${field} `),
  })
  expect(await getMerchantSettings(deps, merchantId)).toEqual(before)
})

test('the database holds what a merchant may choose, too', async () => {
  for (const [changed, constraint] of [
    ['timeout_ms = 0', 'merchant_waits_for_an_answer_twenty_seconds_at_most'],
    ['tries = 11', 'merchant_is_tried_ten_times_at_most'],
    ['backoff_ms = -1', 'merchant_is_tried_again_within_a_minute'],
    ["reference_prefix = 'fl'", 'reference_prefix_is_short_and_upper_case'],
    ["plugins = plugins - 'e_commerce'", 'merchant_has_settings_for_both_types_of_checkout'],
    ["plugins = jsonb_set(plugins, '{payment_request,states}', '[\"expired\"]')", 'told_states_are_known'],
  ])
    await expect(pool.query(`update merchant_settings set ${changed}`)).rejects.toMatchObject({ constraint })
})

test('there are no settings of a merchant that does not exist', async () => {
  await expect(getMerchantSettings(deps, newId())).rejects.toThrow('settings_belong_to_a_merchant')
})
