import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { printConnectors } from '../../src/cli/connectors.ts'
import { renderCapabilities } from '../../src/gateways/capabilities.ts'
import { CARD_BRANDS, GATEWAY_OPERATIONS } from '../../src/gateways/connector.ts'
import { findConnector, listGatewayFacts } from '../../src/gateways/index.ts'
import { fillIn } from '../verify/generate.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const HOW = 'is made from the code. Make it again with: npm test -- test/gateways/index.test.ts -u'

test('docs/gateways.md has the table that florin connectors prints', async () => {
  const file = join(ROOT, 'docs/gateways.md')
  const capabilities = renderCapabilities(listGatewayFacts())
  await expect(fillIn(await readFile(file, 'utf8'), { capabilities }), `docs/gateways.md ${HOW}`).toMatchFileSnapshot(
    file,
  )
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  printConnectors()
  const printed = write.mock.calls.map(([text]) => text).join('')
  write.mockRestore()
  expect(printed).toBe(`${capabilities}\n`)
})

test('a connector is found by the name in its facts, and every name is there once', () => {
  const names = listGatewayFacts().map(({ name }) => name)
  expect(names).toContain('house')
  expect(new Set(names).size).toBe(names.length)
  for (const name of names)
    expect(findConnector(name)?.facts.name).toBe(name === 'house' || name === 'cod' ? undefined : name)
  expect(findConnector('constructor')).toBeUndefined()
})

test('facts promise only what there is', () => {
  for (const facts of listGatewayFacts()) {
    expect(facts.name).toMatch(/^[a-z][a-z0-9-]{1,30}$/)
    expect(GATEWAY_OPERATIONS).toEqual(expect.arrayContaining([...facts.operations]))
    if (facts.brands !== 'all') expect(CARD_BRANDS).toEqual(expect.arrayContaining([...facts.brands]))
    expect(facts.settlingTimeMs).toBeGreaterThanOrEqual(0)
  }
})
