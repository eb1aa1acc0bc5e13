// A real browser for tests, if the machine has one. Nobody should have to download one to run `npm test`, and nobody should
// believe that one has looked at the pages when none has.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll } from 'vitest'

const HOW =
  'Install Chromium, Chrome or Edge (on Debian: apt-get install chromium), or name one in FLORIN_CHROMIUM, to have the pages ' +
  'tested in a browser.'

/**
 * The machine's Chromium, Chrome or Edge, until the file ends. Undefined, after a warning, when there is none: then the same
 * flows are only walked over HTTP. With FLORIN_REQUIRE_BROWSER=1, as in CI, it is an error instead.
 */
export async function openChromium(): Promise<Browser | undefined> {
  const browser = await launch()
  if (browser) {
    afterAll(() => browser.close())
    return browser
  }
  if (process.env.FLORIN_REQUIRE_BROWSER === '1') throw new Error(`There is no browser on this machine. ${HOW}`)
  process.stderr.write(
    `\nWARNING: there is no browser on this machine, so the pages were not opened in one. ${HOW}\n\n`,
  )
  return undefined
}

const REFUSED = 'Unable to capture screenshot'
const PICTURE_TRIES = 3

/** Keeps a picture of the whole page. Now and then Chromium refuses a busy machine one, and takes the same when asked again. */
export async function takePicture(page: Page, path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await page.screenshot({ path, fullPage: true })
      return
    } catch (error) {
      if (tries === PICTURE_TRIES || !(error instanceof Error) || !error.message.includes(REFUSED)) throw error
    }
  }
}

async function launch(): Promise<Browser | undefined> {
  const path =
    process.env.CHROMIUM_PATH ??
    process.env.FLORIN_CHROMIUM ??
    findInPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])
  if (path) return chromium.launch({ executablePath: path })
  // Where installers of other systems put them.
  for (const channel of ['chrome', 'msedge']) {
    const browser = await chromium.launch({ channel }).catch(() => undefined)
    if (browser) return browser
  }
  return undefined
}

function findInPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
