import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pngOf } from '../../src/pages/png.ts'
import { readPng } from './pictures.ts'

const picture = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 10 }))
  .chain(([width, height]) =>
    fc.array(fc.array(fc.boolean(), { minLength: width, maxLength: width }), { minLength: height, maxLength: height }),
  )

test('every picture can be read again', () => {
  fc.assert(
    fc.property(picture, (rows) => {
      expect(readPng(pngOf(rows))).toEqual(rows)
    }),
  )
})
