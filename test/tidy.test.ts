// What a machine can check of STYLE.md and ARCHITECTURE.md: who may import whom, where SQL and money may be, how long files are.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { SHELVES } from '../src/shelves.ts'

const ROOT = dirname(import.meta.dirname)
const LINES_MAX = 500

// Files that everything may use. They use one another, and `deps.ts` names the types of what it hands around.
const FLOOR = ['clock', 'deps', 'errors', 'ids', 'log', 'markup', 'money', 'secret', 'settings'].map(
  (name) => `${name}.ts`,
)
// Wiring, which sees everything and which nothing else may use.
const WIRING = ['app.ts', 'main.ts', 'shelves.ts', 'workers.ts', 'cli', 'demo']

/** Which folders each folder may import, besides the floor: only downward, so there are no cycles. `db?` is for types alone. */
const MAY_IMPORT: Readonly<Record<string, string>> = {
  db: '',
  books: 'db',
  vault: 'db',
  gateways: 'db vault',
  ledger: 'books',
  idempotency: 'books db',
  events: 'books db',
  clients: 'books db',
  http: 'db principals?',
  principals: 'db http?',
  users: 'db http? principals',
  audit: 'books db principals?',
  members: 'db http? principals vault',
  notify: 'books db events',
  webhooks: 'books db events http idempotency notify',
  merchants: 'books db http vault? webhooks',
  'short-codes': 'books db',
  'sandbox-gateway': 'db events gateways http',
  funding: 'books clients db events idempotency ledger',
  issuing: 'books clients db events funding idempotency ledger vault',
  bindings: 'books db events idempotency issuing notify vault',
  attachments: 'bindings books db short-codes',
  payments: 'bindings books db events gateways idempotency issuing ledger merchants',
  registrations: 'bindings books db gateways issuing payments vault',
  orders: 'books db gateways payments registrations webhooks',
  checkouts:
    'attachments audit bindings books db events gateways http idempotency merchants notify orders payments registrations short-codes vault webhooks',
  verify: 'db ledger',
  jobs: 'attachments checkouts db events gateways idempotency members payments registrations',
  invoices: 'bindings books db events http idempotency notify payments',
  pages:
    'attachments bindings checkouts db payments gateways http invoices issuing merchants notify orders? short-codes vault',
  operator: 'gateways http payments',
  sandbox: 'db http pages',
  'api/partner-connect': 'bindings http idempotency payments',
  'api/transaction-services':
    'bindings? db? events? gateways http invoices members merchants orders pages? payments principals? registrations webhooks',
  'api/operations':
    'attachments audit books? checkouts db? events? gateways http merchants notify payments principals? users webhooks',
  'api/issuing': 'clients db? events funding http idempotency issuing payments webhooks',
}

interface File {
  /** From the project's root. */
  readonly path: string
  readonly text: string
}

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', '.git', '.florin'])
const TEXTS = /\.(ts|mjs|js|json|md|sql|html|css|yml)$|^\.npmrc$|^\.ci\/|^[A-Z]+$/

function readFiles(folder: string): File[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : readFiles(path)
    return entry.isFile() && TEXTS.test(path) ? [{ path, text: readFileSync(join(ROOT, path), 'utf8') }] : []
  })
}

const FILES = readFiles('.')
const inside = (folder: string): File[] => FILES.filter(({ path }) => path.startsWith(folder) && path.endsWith('.ts'))
const SOURCES = inside('src/')
const paths = (files: readonly File[]): string[] => files.map(({ path }) => path)

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
}

const IMPORT =
  /(?:^|\n)\s*(import|export)\s(type\s)?[^'"]*?from '(\.[^']+)'|import\('(\.[^']+)'\)|\nimport '(\.[^']+)'/g

const importsOf = ({ path, text }: File): Import[] =>
  [...text.matchAll(IMPORT)].map(([, , type, named, dynamic, bare]) => ({
    from: path,
    to: join(dirname(path), named ?? dynamic ?? bare ?? ''),
    isType: type !== undefined,
  }))

const IMPORTS = [...SOURCES, ...inside('test/'), ...inside('bench/')].flatMap(importsOf)

/** `src/issuing/queries.ts` is in issuing, `src/api/issuing/routes.ts` in api/issuing, `src/money.ts` is itself. */
function partOf(path: string): string {
  const [, first = '', second = ''] = path.split('/')
  return first === 'api' ? `api/${second}` : first
}

function isAllowed({ from, to, isType }: Import): boolean {
  const [here, there] = [partOf(from), partOf(to)]
  if (here === there || WIRING.includes(here)) return true
  if (FLOOR.includes(here)) return FLOOR.includes(there) || (here === 'deps.ts' && isType)
  if (FLOOR.includes(there)) return !(there === 'deps.ts' && ['books', 'ledger', 'idempotency', 'db'].includes(here))
  const allowed = MAY_IMPORT[here]?.split(' ') ?? []
  return allowed.includes(there) || (isType && allowed.includes(`${there}?`))
}

test('folders import only what is below them', () => {
  const imports = IMPORTS.filter(({ from }) => from.startsWith('src/'))
  expect(imports.length).toBeGreaterThan(100)
  const refused = imports.filter((found) => !isAllowed(found))
  expect(refused.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
})

test('the table of imports has no cycles and names no folder that is gone', () => {
  const seen = new Set<string>()
  for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
    for (const other of allowed.split(' ').filter((name) => name && !name.endsWith('?'))) {
      const isBefore = Object.keys(MAY_IMPORT).indexOf(other) < Object.keys(MAY_IMPORT).indexOf(folder)
      expect(isBefore, `${other} must stand before ${folder} in the table`).toBe(true)
      seen.add(other)
    }
  }
  const folders = new Set(paths(SOURCES).map(partOf))
  for (const name of [...seen, ...Object.keys(MAY_IMPORT)]) expect(folders).toContain(name)
})

test('imports name files with their ending', () => {
  expect(IMPORTS.filter(({ to }) => !/\.(ts|mjs)$/.test(to))).toEqual([])
})

test('SQL is in queries.ts, in db/ and in the shelf that makes it', () => {
  const SQL = /\bselect\s[\s\S]{1,400}?\sfrom\s|\binsert into\s|\bupdate \w+( as \w+)?\s+set\s|\bdelete from\s/
  const mayHave = /(^|\/)([a-z]+-)?queries\.ts$|^src\/db\/|^src\/books\/shelf\.ts$/
  const strings = /`[^`]*`|'[^'\n]*'/g
  const offending = SOURCES.filter(
    ({ path, text }) => !mayHave.test(path) && text.match(strings)?.some((s) => SQL.test(s)),
  )
  expect(paths(offending)).toEqual([])
  expect(
    paths(SOURCES.filter(({ path, text }) => path.includes('queries') && /select \*(?! from unnest)/.test(text))),
  ).toEqual([])
})

test('every shelf is in the lock order', () => {
  const declared = SOURCES.flatMap(({ text }) => [...text.matchAll(/ = tableShelf<[\s\S]*?name: '([a-z_.]+)'/g)])
  expect(declared.map(([, name]) => name).sort()).toEqual(SHELVES.map(({ name }) => name).sort())
})

test('files are not too long', () => {
  const files = [
    ...SOURCES,
    ...inside('test/'),
    ...inside('bench/'),
    ...FILES.filter(({ path }) => path.endsWith('.mjs')),
  ]
  expect(paths(files.filter(({ text }) => text.split('\n').length - 1 > LINES_MAX))).toEqual([])
})

const withoutComments = (text: string): string => text.replace(/(^|\s)\/\/.*$|\/\*[\s\S]*?\*\//gm, '')

test.each<[what: string, files: readonly File[], pattern: RegExp]>([
  ['money that is not a bigint', SOURCES, /parseFloat|\.toFixed\(|\/ 100\b/],
  ['any', SOURCES, /\bas any\b|: any\b|<any>/],
  ['output beside the log', SOURCES, /\bconsole\./],
  ['skipped test', inside('test/'), /\b(test|describe|it)\.(skip|only|todo)\b/],
])('there is no %s', (_what, files, pattern) => {
  expect(paths(files.filter(({ text }) => pattern.test(withoutComments(text))))).toEqual([])
})

test('no work is put off', () => {
  const words = [
    ['TO', 'DO'],
    ['FIX', 'ME'],
  ].map((parts) => parts.join(''))
  expect(
    paths(FILES.filter(({ path, text }) => path.endsWith('.ts') && words.some((word) => text.includes(word)))),
  ).toEqual([])
})

// Of the whole, not of one file.
const WHOLE = [
  'test/chaos.slow.test.ts',
  'test/concurrency.test.ts',
  'test/model.slow.test.ts',
  'test/tidy.test.ts',
  'test/verify/generated.test.ts',
]

test('tests mirror the source path for path, a long one by aspects; those of a face are named for what callers do', () => {
  const sources = new Set(paths(SOURCES))
  const isMirror = (path: string): boolean => {
    const folder = join('src', relative('test', dirname(path)))
    const parts = basename(path)
      .replace(/(\.slow)?\.test\.ts$/, '')
      .split('-')
    const names = parts.map((_, i) => parts.slice(0, parts.length - i).join('-'))
    return names.some((name) => sources.has(join(folder, `${name}.ts`))) || folder.startsWith('src/api/')
  }
  const tests = paths(inside('test/')).filter((path) => path.endsWith('.test.ts') && !WHOLE.includes(path))
  expect(tests.filter((path) => !isMirror(path))).toEqual([])
})

test('nothing in the project names the machines that it was made on', () => {
  const words = [
    ['/wor', 'k/'],
    ['npm', 'js.'],
    ['pyp', 'i.org'],
    ['verdac', 'cio'],
  ].map((parts) => parts.join(''))
  const offending = FILES.filter(({ text }) => words.some((word) => text.includes(word)))
  expect(FILES.length).toBeGreaterThan(100)
  expect(paths(offending)).toEqual([])
})

test('migrations are numbered with four digits, without gaps', () => {
  const names = readdirSync(join(ROOT, 'migrations'))
    .filter((name) => name !== 'schema.sql') // Their sum, made from them.
    .sort()
  expect(names.map((name) => /^(\d{4})_[a-z_]+\.sql$/.exec(name)?.[1])).toEqual(
    names.map((_, i) => String(i + 1).padStart(4, '0')),
  )
})
