import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../helpers/database.ts'
import { cardTable, chartTable, fillIn, paymentDiagram, paymentTable } from './generate.ts'
import { describeSchema } from './schema.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const HOW = 'is made from the code. Make it again with: npm test -- test/verify/generated.test.ts -u'

test.each([
  ['docs/ledger.md', { 'chart of accounts': chartTable() }],
  [
    'docs/states.md',
    { 'steps of a payment': `${paymentTable()}\n\n${paymentDiagram()}`, 'changes of a card': cardTable() },
  ],
])('%s has the tables of the code', async (path, parts) => {
  const file = join(ROOT, path)
  const filled = fillIn(await readFile(file, 'utf8'), parts)
  await expect(filled, `${path} ${HOW}`).toMatchFileSnapshot(file)
})

test('migrations/schema.sql is what the migrations make', async () => {
  const { pool } = await openDatabase()
  const path = 'migrations/schema.sql'
  await expect(await describeSchema(pool), `${path} ${HOW}`).toMatchFileSnapshot(join(ROOT, path))
})
