import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeHtml } from '../../src/markup.ts'
import { html } from '../../src/pages/html.ts'

test('whatever a text contains, it neither opens a tag nor leaves its attribute', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.oneof(fc.constantFrom(...`<>"'&;=/`), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
      }),
      (text) => {
        const { text: page } = html`<p title="${text}">${text}</p>`
        const [, attribute = '', content = ''] = /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(page) ?? []
        expect([attribute, content]).toEqual([escapeHtml(text), escapeHtml(text)])
        expect(content).not.toMatch(/[<>"']/)
      },
    ),
  )
})

test('HTML stands in HTML as it is, lists one after the other, and nothing for what is absent', () => {
  const items = ['a & b', 'c'].map((text) => html`<li>${text}</li>`)
  expect(html`<ul>${items}</ul>${undefined}${false}${0}`.text).toBe('<ul><li>a &amp; b</li><li>c</li></ul>0')
})

test('the five characters that HTML knows are written as it wants them', () => {
  expect(escapeHtml(`<a href="x" title='y'>&amp;</a>`)).toBe(
    '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
  )
})
