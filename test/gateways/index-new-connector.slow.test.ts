import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
let copy = ''

// A copy of what the new files need, so that nothing is left in the project.
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'florin-connector-'))
  for (const path of [
    'src',
    'test/gateways/contract.ts',
    'test/gateways/contract-cards.ts',
    'test/gateways/driver.ts',
    'package.json',
    'tsconfig.json',
    'tsconfig.all.json',
  ]) {
    await cp(join(ROOT, path), join(copy, path), { recursive: true })
  }
  await mkdir(join(copy, 'bench'))
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  await writeFile(join(copy, 'vitest.config.ts'), 'export default {}\n')
})
afterAll(() => rm(copy, { recursive: true, force: true }))

const make = (...args: readonly string[]) =>
  run(process.execPath, [join(ROOT, 'scripts', 'new-connector.mjs'), '--root', copy, ...args])
const tool = (...path: readonly string[]): string => join(ROOT, 'node_modules', ...path)

describe('npm run new:connector', () => {
  test('writes a connector that typechecks and passes the contract as it is', async () => {
    const { stdout } = await make('blue-bank')
    expect(stdout).toContain('src/gateways/blue-bank.ts')
    const index = await readFile(join(copy, 'src/gateways/index.ts'), 'utf8')
    expect(index).toContain("import { blueBankConnector } from './blue-bank.ts'\n")
    expect(index).toContain('  blueBankConnector,\n')
    const connector = await readFile(join(copy, 'src/gateways/blue-bank.ts'), 'utf8')
    expect(connector).toContain("title: 'Blue Bank'")
    expect(connector).not.toMatch(/acme/i)
    await run(process.execPath, [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.all.json'], { cwd: copy })
    const vitest = [tool('vitest', 'vitest.mjs'), 'run', 'test/gateways/blue-bank.test.ts', '--root', copy]
    const tested = await run(process.execPath, vitest, { cwd: copy, env: { ...process.env, NO_COLOR: '1' } })
    expect(tested.stdout).toMatch(/Tests +5\d passed/)
  }, 120_000)

  test.each([
    [],
    ['Acme'],
    ['1st'],
    ['a_b'],
    ['-x'],
    ['../x'],
    ['a', 'b'],
    ['house'],
    ['sandbox'],
    ['index'],
    ['x'.repeat(31)],
  ])('refuses %j, and writes nothing', async (...names) => {
    const before = await readFile(join(copy, 'src/gateways/index.ts'), 'utf8')
    await expect(make(...names)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/./) })
    expect(await readFile(join(copy, 'src/gateways/index.ts'), 'utf8')).toBe(before)
  })
})
