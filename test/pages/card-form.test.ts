import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cardForm, readCard } from '../../src/pages/card-form.ts'
import { generatePan } from '../../src/vault/pan.ts'

const NOW = new Date('2026-08-31T23:59:59Z')
const GOOD = { cardNumber: '4000 0000 0000 0051', expiry: '08/26', cvv: '745', holder: 'Zoë O’Neil' }

const read = (changes: Partial<typeof GOOD> = {}) => readCard(new Map(Object.entries({ ...GOOD, ...changes })), NOW)

const problemsOf = (changes: Partial<typeof GOOD>) => {
  const result = read(changes)
  return result.kind === 'problems' ? result.problems.map(({ field }) => field) : []
}

test('a card is read as people write one', () => {
  const result = read()
  if (result.kind !== 'card') throw new Error('not read')
  const { pan, cvv, ...rest } = result.card
  expect([pan.reveal(), cvv.reveal()]).toEqual(['4000000000000051', '745'])
  expect(rest).toEqual({ expiryMonth: 8, expiryYear: 2026, holder: 'Zoë O’Neil' })
  expect(JSON.stringify(result)).not.toContain('4000000000000051')
})

test('digits of other keyboards are digits', () => {
  const result = read({ cardNumber: '٤٠٠٠ ٠٠٠٠ ٠٠٠٠ ٠٠٥١', expiry: '۰۸/۲۶', cvv: '٧٤٥' })
  if (result.kind !== 'card') throw new Error('not read')
  const { pan, cvv, expiryMonth } = result.card
  expect([pan.reveal(), cvv.reveal(), expiryMonth]).toEqual(['4000000000000051', '745', 8])
})

test.each(['08/26', '8/26', '08/2026', '08 / 26', '0826', '08-26', '08.2026', ' 08/26 '])(
  '%j is August 2026',
  (expiry) => {
    expect(read({ expiry })).toMatchObject({ kind: 'card', card: { expiryMonth: 8, expiryYear: 2026 } })
  },
)

test.each<[name: keyof typeof GOOD, value: string]>([
  ['cardNumber', ''],
  ['cardNumber', '4000 0000 0000 0052'],
  ['cardNumber', '4000'],
  ['cardNumber', '4000000000000051; drop table'],
  ['expiry', ''],
  ['expiry', '13/29'],
  ['expiry', '00/29'],
  ['expiry', '07/26'],
  ['expiry', '12/25'],
  ['expiry', '08/99'],
  ['expiry', 'soon'],
  ['cvv', ''],
  ['cvv', '12'],
  ['cvv', '12345'],
  ['cvv', '12a'],
  ['holder', ' '],
  ['holder', 'A\u0000B'],
  ['holder', 'A'.repeat(101)],
])('%s does not take %j', (name, value) => {
  expect(problemsOf({ [name]: value })).toEqual([name])
})

test('a card is good until the end of its month and no longer', () => {
  const at = (now: string) => readCard(new Map(Object.entries(GOOD)), new Date(now)).kind
  expect([at('2026-08-31T23:59:59.999Z'), at('2026-09-01T00:00:00Z')]).toEqual(['card', 'problems'])
})

test('all problems of a form are told at once', () => {
  expect(problemsOf({ cardNumber: '', expiry: '', cvv: '', holder: '' })).toEqual([
    'cardNumber',
    'expiry',
    'cvv',
    'holder',
  ])
})

test('no form brings a number or a code back, in whichever field it was entered', () => {
  const names = ['cardNumber', 'expiry', 'cvv', 'holder'] as const
  const spaced = (pan: string) => [pan, pan.replace(/(.{4})/g, '$1 '), pan.replace(/(.{4})/g, '$1-')]
  const numbers = fc.constantFrom(...spaced(generatePan('545188')), ...spaced(generatePan('400000', 19)))
  fc.assert(
    fc.property(numbers, fc.constantFrom(...names), fc.constantFrom('x', '08/26', ''), (number, name, other) => {
      const fields = { cardNumber: other, expiry: other, cvv: '7531', holder: other, [name]: number }
      const { kept, ...result } = readCard(new Map(Object.entries(fields)), NOW)
      const problems = result.kind === 'problems' ? result.problems : []
      const { text } = cardForm({ action: '/', hidden: [], button: 'Pay', problems, kept })
      expect(text.replace(/[\s-]/g, '')).not.toContain(number.replace(/[\s-]/g, '').slice(4, 12))
      if (name !== 'cvv') expect(text).not.toContain('7531')
    }),
  )
})

test('a problem stands beside its field and leads to it; what may be kept is kept, and escaped', () => {
  const result = read({ cvv: '', holder: '"><script>alert(1)</script>' })
  if (result.kind !== 'problems') throw new Error('accepted')
  const { text } = cardForm({ action: '/pay', hidden: [{ name: 'a"b', value: '<' }], button: 'Pay', ...result })
  expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
  expect(text).toContain('name="a&quot;b" value="&lt;"')
  expect(text).toMatch(/id="cvv-problem">Enter the security code</)
  expect(text).toMatch(/<input id="cvv"[^>]* aria-invalid="true" aria-describedby="cvv-hint cvv-problem"/)
  for (const name of ['cc-number', 'cc-exp', 'cc-csc', 'cc-name']) expect(text).toContain(`autocomplete="${name}"`)
})
