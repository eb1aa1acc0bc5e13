import { expect, test } from 'vitest'
import { openOperations } from '../api/operations/setup.ts'

const { florin, shop } = await openOperations()

test('every way to pay that a checkout lists has an icon, which any shop may show', async () => {
  const { payment_methods: methods } = await shop.checkout({ pg_codes: ['cards-usd', 'cash', 'house-usd'] })
  expect(methods).toHaveLength(3)
  for (const { icon, icons } of methods) {
    expect(icons.svg).toBe(icon)
    const answer = await fetch(icon)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('image/svg+xml')
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(await answer.text()).toMatch(/^<svg [^>]*>.*<\/svg>$/)
  }
})

test.each(['nobody.svg', 'cod.png', 'cod', '..%2Fcod.svg'])('there is no icon %s', async (file) => {
  expect((await fetch(`${florin.url}/b/icons/${file}`)).status).toBe(404)
})
