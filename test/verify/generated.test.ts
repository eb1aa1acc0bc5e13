import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../helpers/database.ts'
import { playExample, playGatewayExample } from './example.ts'
import { cardTable, chartTable, claimTable, fillIn, paymentDiagram, paymentTable } from './generate.ts'
import { describeSchema } from './schema.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const HOW = 'is made from the code. Make it again with: npm test -- test/verify/generated.test.ts -u'

test.each([
  [
    'docs/ledger.md',
    async () => ({
      'chart of accounts': chartTable(),
      example: await playExample(),
      'gateway example': await playGatewayExample(),
    }),
  ],
  [
    'docs/states.md',
    async () => ({
      'steps of a payment': `${paymentTable()}\n\n${paymentDiagram()}`,
      'steps of a claim': claimTable(),
      'changes of a card': cardTable(),
    }),
  ],
])('%s says what the code says', async (path, makeParts) => {
  const file = join(ROOT, path)
  const filled = fillIn(await readFile(file, 'utf8'), await makeParts())
  await expect(filled, `${path} ${HOW}`).toMatchFileSnapshot(file)
})

test('migrations/schema.sql is what the migrations make', async () => {
  const { pool } = await openDatabase()
  const path = 'migrations/schema.sql'
  await expect(await describeSchema(pool), `${path} ${HOW}`).toMatchFileSnapshot(join(ROOT, path))
})
