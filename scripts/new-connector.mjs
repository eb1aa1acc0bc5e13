// Writes a connector, its test and its line in src/gateways/index.ts: `npm run new:connector NAME`. It refuses to write over
// anything. With --root it works on another copy of the project.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const HERE = dirname(fileURLToPath(import.meta.url))
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const LENGTH_MAX = 30
const MARK = '  // new connectors above this line\n'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { root: { type: 'string' } } })
const root = values.root ?? dirname(HERE)
const [name, ...others] = positionals
if (name === undefined || others.length > 0) fail('Usage: npm run new:connector NAME')
if (!NAME.test(name) || name.length > LENGTH_MAX) {
  fail(
    `${name} is no name for a connector: at most ${LENGTH_MAX} lower-case letters and digits, words joined with hyphens`,
  )
}

const words = name.split('-')
const title = words.map((word) => word[0].toUpperCase() + word.slice(1)).join(' ')
const identifier = words.map((word, i) => (i === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('')

const index = join(root, 'src', 'gateways', 'index.ts')
const connector = join(root, 'src', 'gateways', `${name}.ts`)
const test = join(root, 'test', 'gateways', `${name}.test.ts`)
for (const path of [connector, test]) if (existsSync(path)) fail(`${path} is there already`)
const indexText = readFileSync(index, 'utf8')
if (!indexText.includes(MARK) || name === 'house') fail(`${name} cannot be added to ${index}`)

writeFileSync(connector, fill('connector.ts'), { flag: 'wx' })
writeFileSync(test, fill('connector.test.ts'), { flag: 'wx' })
writeFileSync(index, addToIndex(indexText))
process.stdout.write(
  `${[
    `src/gateways/${name}.ts: change what it says until it is what the gateway wants`,
    `test/gateways/${name}.test.ts: npm test -- test/gateways/${name}.test.ts`,
    'src/gateways/index.ts has a line for it',
    'docs/gateways.md: npm test -- test/gateways/index.test.ts -u',
  ].join('\n')}\n`,
)

function fill(template) {
  return readFileSync(join(HERE, 'new-connector', template), 'utf8')
    .replaceAll('acmeConnector', `${identifier}Connector`)
    .replaceAll('acme', name)
    .replaceAll('Acme', title)
}

// The import stands where the formatter wants it: in the order of the paths.
function addToIndex(text) {
  const lines = text.split('\n')
  const added = `import { ${identifier}Connector } from './${name}.ts'`
  const pathOf = (line) => /^import .* from '(\.\/.+)'$/.exec(line)?.[1]
  const before = lines.findIndex((line) => (pathOf(line) ?? '') > `./${name}.ts`)
  const last = lines.findLastIndex((line) => pathOf(line) !== undefined)
  lines.splice(before === -1 ? last + 1 : before, 0, added)
  return lines.join('\n').replace(MARK, `  ${identifier}Connector,\n${MARK}`)
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
