import { expect, test } from 'vitest'
import { inSight, shownText } from '../../src/pages/pdf-text.ts'

const words = (text: string): readonly string[] => inSight(text.split(' '))

test('a line in Latin letters stays as it is', () => {
  expect(words('Tea, loose (2)').join('')).toBe('Tea, loose (2)')
})

test('the words of an Arabic line are seen from right to left', () => {
  expect(words('شركة النور للتجارة')).toEqual(['للتجارة', ' ', 'النور', ' ', 'شركة'])
})

test('Latin words in an Arabic line keep their order, and Arabic ones in a Latin line are turned around', () => {
  expect(words('شركة Blue Sky النور')).toEqual(['النور', ' ', 'Blue Sky', ' ', 'شركة'])
  expect(words('From شركة النور 2026')).toEqual(['From', ' ', 'النور', ' ', 'شركة', ' ', '2026'])
})

test('brackets around an Arabic word face each other', () => {
  expect(words('(شركة)')).toEqual(['(', 'شركة', ')'])
  expect(words('شركة.')).toEqual(['.', 'شركة'])
})

test('what no font can show becomes the nearest letter or a question mark, and space is space', () => {
  expect(shownText('Łukasz Şahin\n\tZoë – €5 日本 \u202eشركة ١٢۳')).toBe('?ukasz Sahin Zoë – €5 ?? شركة 123')
})
