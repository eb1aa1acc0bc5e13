import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CARD_MODES, MODES } from '../../../src/api/transaction-services/brands.ts'
import { CHECKSUM_RULES } from '../../../src/api/transaction-services/checksum.ts'
import { RESULTS } from '../../../src/api/transaction-services/codes.ts'
import { STATUSES } from '../../../src/api/transaction-services/statuses.ts'
import { BRAND_NAMES } from '../../../src/gateways/brand.ts'
import { fillIn, renderTable } from '../../verify/generate.ts'

const PATH = 'docs/faces/transaction-services.md'

const parts = {
  'checksum rules': renderTable(
    ['rule', 'fields'],
    Object.entries(CHECKSUM_RULES).map(([rule, fields]) => [rule, fields.split('|').join(', ')]),
  ),
  statuses: renderTable(
    ['long', 'short', 'final', 'meaning'],
    Object.entries(STATUSES).map(([long, { short, isFinal, meaning }]) => [long, short, isFinal ? 'yes' : '', meaning]),
  ),
  'result codes': renderTable(
    ['code', 'description'],
    Object.values(RESULTS).map(([code, description]) => [code, description]),
  ),
  'card modes': CARD_MODES.map((mode) => `\`${mode}\``).join(', '),
  modes: renderTable(['mode', 'what'], Object.entries(MODES)),
  brands: renderTable(['brand', 'card'], Object.entries(BRAND_NAMES)),
}

test('the documentation has the tables of the code', async () => {
  const file = join(import.meta.dirname, '..', '..', '..', PATH)
  const filled = fillIn(await readFile(file, 'utf8'), parts)
  const how = `${PATH} is made from the code. Make it again with: npm test -- test/api/transaction-services/docs.test.ts -u`
  await expect(filled, how).toMatchFileSnapshot(file)
})
