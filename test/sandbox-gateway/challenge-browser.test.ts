import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { cardOf, newReference } from '../gateways/driver.ts'
import { startSandboxWorld } from '../gateways/world.ts'
import { openChromium } from '../helpers/chromium.ts'
import { enterBrowser, type Look } from '../pages/visitors.ts'

const browser = await openChromium()

const LOOKS: readonly Look[] = [
  { width: 360, colorScheme: 'light', hasScripts: false },
  { width: 1280, colorScheme: 'dark', hasScripts: true },
]

/** A shop that shows what comes back to it. */
async function openShop(): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(`<!doctype html><title>Shop</title><h1>The shop</h1><p>${request.method} ${Buffer.concat(chunks)}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/back?order=1`
}

test.each(LOOKS)('a payer answers the challenge and comes back to the shop, at $width px', async (look) => {
  if (!browser) return
  const world = await startSandboxWorld()
  const gateway = world.account()
  const request = {
    ...{ reference: newReference(), amount: parseAmount('1234567.89', 'USD'), card: cardOf('4000000000000002', '237') },
    ...({ description: '', authentication: 'auto', isRepeated: false, merchantReference: 'x'.repeat(60) } as const),
    ...{ returnUrl: await openShop(), notificationUrl: world.notificationUrl },
  }
  const outcome = await connector.purchase?.(gateway, request)
  if (outcome?.kind !== 'redirect') throw new Error(`not a redirect: ${outcome?.kind}`)
  const visitor = await enterBrowser(browser, look)
  await visitor.open(`${outcome.redirect.url}?challenge=${outcome.redirect.parameters[0]?.value}`)
  const page = await visitor.see('Approve your payment')
  await visitor.fill('Code', '')
  await visitor.press('Approve')
  await visitor.see('This code is wrong. You have 2 more tries.')
  await visitor.fill('Code', /Your code is (\d{6})/.exec(page)?.[1] ?? '')
  await visitor.press('Approve')
  await visitor.see('You have approved the payment')
  await visitor.press('Back to the shop')
  expect(await visitor.see('The shop')).toContain(`POST reference=${request.reference}`)
  expect(visitor.complaints).toEqual([])
  expect(await connector.inquire?.(gateway, { ...request, operation: 'purchase' })).toMatchObject({ kind: 'approved' })
})
