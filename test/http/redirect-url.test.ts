import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkRedirectUrl, isRedirectUrl } from '../../src/http/redirect-url.ts'

test.each([
  'https://shop.example/return',
  'http://127.0.0.1:8080/back?reference=1&x=%7C#there',
  'HTTPS://Shop.Example',
  'https://[::1]/a',
  'https://bücher.example/zurück',
])('a browser may be sent to %s', (url) => {
  expect(checkRedirectUrl(url)).toBe(url)
})

test.each([
  '',
  'javascript:alert(1)',
  'JavaScript:alert(1)//https://shop.example',
  'java\nscript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,<script>1</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'ftp://shop.example',
  '//shop.example/return',
  '/return',
  'shop.example/return',
  'https:shop.example',
  'https:/\\shop.example',
  'https://shop.example\\@evil.example',
  'https://user:secret@shop.example',
  'https://shop.example@evil.example',
  'https://shop.example/a|b',
  'https://shop.example/a b',
  'https://shop.example/\u0000',
  'https://shop.example/\t',
  'https://shop.example/\u2028',
  'https://shop.example/\ud800',
  'https://',
  'https://shop.example:99999/',
  `https://shop.example/${'a'.repeat(2048)}`,
])('a browser is never sent to %j', (url) => {
  expect(isRedirectUrl(url)).toBe(false)
  expect(() => checkRedirectUrl(url)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})

test('whatever is accepted is a web address without credentials', () => {
  const near = fc.tuple(fc.constantFrom('https://', 'http:', 'javascript:', 'data:', ''), fc.string(), fc.webUrl())
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        near.map((parts) => parts.join('')),
      ),
      (url) => {
        if (!isRedirectUrl(url)) return
        const { protocol, username, password } = new URL(url)
        expect(['http:', 'https:']).toContain(protocol)
        expect(username + password).toBe('')
      },
    ),
  )
})
