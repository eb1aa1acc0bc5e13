// Every script of package.json: brings dependencies and the build up to date where they are not, then runs one command.
// It stays readable for the oldest Node that knows ES modules, so that it can say which Node is needed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { dirname, extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MIN = [20, 19]
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(ROOT, 'node_modules', '.cache')
const STAMP = join(ROOT, 'dist', '.built')

const COMMANDS = {
  demo: (args) => runFlorin('demo', args),
  migrate: (args) => runFlorin('migrate', args),
  dev: runDev,
  test: runTests,
  check: runChecks,
  bench: runBench,
  'new:connector': runNewConnector,
}

await main(process.argv.slice(2))

async function main([name, ...args]) {
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined
  if (!command) fail(`Usage: node scripts/run.mjs ${Object.keys(COMMANDS).join('|')} [arguments]`)
  requireNode()
  await installDependencies()
  await command(args)
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return
  fail(`Florin needs Node.js ${NODE_MIN.join('.')} or newer. This is ${process.version} (${process.execPath}).`)
}

async function runFlorin(command, args) {
  await build()
  await must(process.execPath, ['--enable-source-maps', join(ROOT, 'dist', 'main.js'), command, ...args])
}

// The compiler writes into dist/ what changed; Node starts the demo again when a file that it loaded did.
async function runDev(args) {
  await build()
  const compiler = start(process.execPath, [tool('typescript', 'tsc'), '-p', '.', '--watch', '--preserveWatchOutput'], {
    cwd: ROOT,
    detached: true, // A group of its own, because the script starts the real compiler and would not end it.
  })
  const server = ['--watch', '--watch-preserve-output', '--enable-source-maps', join(ROOT, 'dist', 'main.js'), 'demo']
  const status = await finish(start(process.execPath, [...server, ...args]))
  if (process.platform === 'win32') compiler.kill()
  else process.kill(-compiler.pid, 'SIGTERM')
  process.exit(status)
}

// With arguments, which are vitest's, the tests alone: somebody is working on one of them.
async function runTests(args) {
  if (args.length === 0) await runStaticChecks()
  await mustTool('vitest', 'vitest', ['run', ...args])
}

async function runChecks(args) {
  await runStaticChecks()
  await mustTool('vitest', 'vitest', ['run', '--exclude', '**/*.slow.test.ts', ...args])
}

async function runStaticChecks() {
  await mustTool('typescript', 'tsc', ['-p', 'tsconfig.all.json'])
  await mustTool('@biomejs/biome', 'biome', ['check', '.'])
}

// Node 20 does not run TypeScript. The compiled files lie below node_modules, so that they find the same packages.
async function runBench(args) {
  const output = join(CACHE, 'bench')
  await mustTool('typescript', 'tsc', ['-p', 'tsconfig.bench.json'])
  writeFileSync(join(output, 'package.json'), '{"type":"module"}\n')
  await must(process.execPath, ['--enable-source-maps', join(output, 'bench', 'bench.js'), ...args])
}

async function runNewConnector(args) {
  await must(process.execPath, [join(ROOT, 'scripts', 'new-connector.mjs'), ...args])
  await mustTool('@biomejs/biome', 'biome', ['check', '--write', '--log-level=error', 'src/gateways', 'test/gateways'])
}

async function installDependencies() {
  if (areDependenciesCurrent()) return
  say('installing dependencies')
  // --include=dev: the compiler is one of them, and NODE_ENV=production or an omit setting would leave it out.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = npmCommand()
  const status = await finish(
    start(npm.file, [...npm.args, ...args], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], shell: npm.shell }),
  )
  if (status !== 0) fail('npm ci failed', status)
}

// npm says in npm_execpath which npm is running this script. Another package manager's would not know `ci`.
function npmCommand() {
  const path = process.env.npm_execpath
  if (path && /npm-cli\.c?js$/.test(path)) return { file: process.execPath, args: [path], shell: false }
  return { file: 'npm', args: [], shell: process.platform === 'win32' } // npm.cmd needs a shell.
}

// npm keeps what it installed in a lockfile of the same form. What is optional may be missing: another platform's.
function areDependenciesCurrent() {
  const installed = readPackages(join(ROOT, 'node_modules', '.package-lock.json'))
  const wanted = readPackages(join(ROOT, 'package-lock.json'))
  if (!installed || !wanted) return false
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path]
    if (!found) return path === '' || entry.optional === true || entry.devOptional === true
    return found.version === entry.version && found.integrity === entry.integrity && existsSync(join(ROOT, path))
  })
}

function readPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined
}

async function build() {
  const sources = listFiles(join(ROOT, 'src'))
  const stamp = describe([...sources, join(ROOT, 'tsconfig.json'), join(ROOT, 'package-lock.json')])
  const isBuilt = existsSync(join(ROOT, 'dist', 'main.js')) && existsSync(STAMP)
  if (isBuilt && readFileSync(STAMP, 'utf8') === stamp) return
  say('building')
  // Where dist/ was removed the compiler would believe its notes and write the changed files only.
  if (!isBuilt) rmSync(join(CACHE, 'build.tsbuildinfo'), { force: true })
  await mustTool('typescript', 'tsc', ['-p', 'tsconfig.json'])
  for (const source of sources.filter((path) => extname(path) !== '.ts')) {
    const target = join(ROOT, 'dist', relative(join(ROOT, 'src'), source))
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(source, target)
  }
  writeFileSync(STAMP, stamp)
}

function listFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    return entry.isDirectory() ? listFiles(path) : [path]
  })
}

function describe(paths) {
  const hash = createHash('sha256')
  for (const path of paths.sort()) {
    const { size, mtimeMs } = statSync(path)
    hash.update(`${relative(ROOT, path)} ${size} ${mtimeMs}\n`)
  }
  return `${hash.digest('hex')}\n`
}

// The script behind a package's command, run with this Node and without a shell.
function tool(packageName, command) {
  const directory = join(ROOT, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  return join(directory, typeof bin === 'string' ? bin : bin[command])
}

function mustTool(packageName, command, args) {
  return must(process.execPath, [tool(packageName, command), ...args], { cwd: ROOT })
}

async function must(file, args, options) {
  const status = await finish(start(file, args, options))
  if (status !== 0) process.exit(status)
}

function start(file, args, options = {}) {
  return spawn(file, args, { stdio: 'inherit', ...options })
}

// Waits for the child and resolves to its exit status, as a shell counts it when a signal ended it.
function finish(child) {
  return new Promise((resolve) => {
    const forward = (signal) => {
      // Ctrl-C in a terminal has reached the child already: a second one might make it give up its clean end.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, forward)
    child.once('error', (error) => fail(`${child.spawnfile}: ${error.message}`))
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward)
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

function fail(message, status = 1) {
  say(message)
  process.exit(status)
}
