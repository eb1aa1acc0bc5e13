// The signed request that README.md shows runs as it is printed there.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { startFlorin } from '../../helpers/florin.ts'

const README = join(import.meta.dirname, '..', '..', '..', 'README.md')

test('the signed request of the README is accepted, with and without a body', async () => {
  const snippet = /```js\n([\s\S]*?)```/.exec(await readFile(README, 'utf8'))?.[1] ?? ''
  const florin = await startFlorin()
  const { id, accessKey, privateKey } = await florin.addClient()
  const fundingId = await florin.addFunds(id, ['USD'])
  const cardAccountId = await florin.addCardAccount(id, fundingId, 'USD', '12.34')
  const folder = await mkdtemp(join(tmpdir(), 'florin-readme-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, '.florin'))
  const members = { baseUrl: florin.url, clients: [{ accessKey, privateKey }] }
  await writeFile(join(folder, '.florin', 'demo.json'), JSON.stringify(members))
  await writeFile(join(folder, 'signed.mjs'), snippet)

  const { stdout } = await promisify(execFile)(process.execPath, ['signed.mjs'], { cwd: folder })

  expect(stdout).toContain(cardAccountId)
  expect(stdout).toContain("name: 'Treasury'")
})
