import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseJson } from '../../src/http/json.ts'
import { compileBody } from '../../src/http/validate.ts'
import { createWorld, type RunningServer, shopFace, startServer } from './demo-face.ts'

let running: RunningServer

beforeAll(async () => {
  running = await startServer(await createWorld())
})

afterAll(() => running.server.close())

describe('the documentation', () => {
  test('describes every route of a face with its schemas, examples and ways to authenticate', async () => {
    const document = await (await fetch(`${running.url}/docs/shop.json`)).json()
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Shop' },
      security: [{ basic: [] }, { bearer: [] }],
      components: { securitySchemes: { basic: { scheme: 'basic' }, bearer: { scheme: 'bearer' } } },
    })
    const { paths } = document as { paths: Record<string, { post?: { requestBody?: unknown; operationId: string } }> }
    expect(Object.keys(paths)).toEqual(['/v1/shop/orders/pay', '/v1/shop/poke', '/v1/shop/fail'])
    expect(paths['/v1/shop/orders/pay']?.post?.operationId).toBe('postV1ShopOrdersPay')
    expect(paths['/v1/shop/orders/pay']?.post?.requestBody).toMatchObject({
      content: {
        'application/json': {
          schema: { required: ['amount', 'currency'], properties: { amount: { type: 'number', examples: [10.5] } } },
          example: { amount: 10.5, currency: 'USD' },
        },
      },
    })
  })

  test('names the parameters of a query', async () => {
    const document = (await (await fetch(`${running.url}/docs/bank.json`)).json()) as {
      paths: Record<string, { get: { parameters: { name: string; in: string }[] } }>
    }
    expect(document.paths['/v1/things']?.get.parameters.map(({ name, in: place }) => `${place} ${name}`)).toEqual([
      'query intent',
      'query search',
      'query pageSize',
    ])
  })

  test('has examples that the schemas accept', () => {
    for (const { body, examples } of shopFace.routes) {
      if (body && examples) compileBody(body)(parseJson(Buffer.from(JSON.stringify(examples.body))))
    }
  })

  test('is a page with a selector of the faces that asks nobody else for anything', async () => {
    const page = await fetch(`${running.url}/docs`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    const html = await page.text()
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) {
      expect(link).not.toMatch(/^(?:https?:)?\/\//)
      expect((await fetch(new URL(link, `${running.url}/docs`))).status).toBe(200)
    }
    const script = await (await fetch(`${running.url}/docs/static/swagger-initializer.js`)).text()
    expect(script).toContain('/docs/shop.json')
    expect(script).toContain('/docs/bank.json')
  })
})
