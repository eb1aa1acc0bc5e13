import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { basic, createSender, createWorld, type RunningServer, startServer, type World } from './demo-face.ts'

let world: World
let running: RunningServer
let send: ReturnType<typeof createSender>

beforeAll(async () => {
  world = await createWorld()
  running = await startServer(world)
  send = createSender(world, running)
})

afterAll(() => running.server.close())

/** Sends bytes as they are and returns all that comes back. */
function sendRaw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe('routes that are not there', () => {
  test('are 404 in the form of the face, before anybody asks who is calling', async () => {
    const answer = await send({ path: '/v1/nothing', headers: { authorization: '', 'content-type': 'text/xml' } })
    expect(answer.status).toBe(404)
    expect(answer.body).toEqual({ code: 'route_not_found', message: 'There is no such endpoint.' })
    expect(answer.headers.get('x-ratelimit-limit')).toBe('1000')
  })

  test('are 404 in plain form outside of the faces', async () => {
    const answer = await send({ path: '/v2/nothing', method: 'GET', body: null })
    expect(answer.status).toBe(404)
    expect(answer.body).toEqual({ code: 'ROUTE_NOT_FOUND', message: 'There is no such endpoint.' })
  })

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'])('are 405 with Allow for the method %s', async (method) => {
    const answer = await send({ path: '/shop/orders/pay', method, body: null })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
    expect(answer.body).toMatchObject({ code: 'method_not_allowed' })
  })
})

describe('every answer', () => {
  test('has a request id of its own and the rate limit, also when refused', async () => {
    const answers = [
      await send(),
      await send({ body: '{' }),
      await send({ path: '/shop/fail' }),
      await send({ headers: { authorization: 'Basic x' } }),
      await send({ headers: { authorization: basic(world.client) } }),
      await send({ path: '/shop/none' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 500, 401, 403, 404])
    for (const { headers } of answers) {
      expect(Number(headers.get('x-ratelimit-limit'))).toBe(1000)
      expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThanOrEqual(1000)
      expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(0)
    }
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(answers.length)
  })

  test('to a bug says nothing of it, and only the log does', async () => {
    const { status, text, headers } = await send({ path: '/shop/fail' })
    expect(status).toBe(500)
    expect(JSON.parse(text)).toEqual({ code: 'internal', message: 'Internal error.' })
    const lines = running.logged.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toContainEqual(
      expect.objectContaining({
        requestId: headers.get('x-request-id'),
        route: '/shop/fail',
        error: expect.objectContaining({ message: 'the secret inside' }),
      }),
    )
    expect(lines.every((line) => line.status === 500)).toBe(true)
  })

  test('is JSON even when the request is not HTTP or its path cannot be decoded', async () => {
    const garbage = await sendRaw(running.url, 'GARBAGE\r\n\r\n')
    expect(garbage).toMatch(/^HTTP\/1\.1 400 /)
    expect(garbage).toContain('x-request-id: ')
    expect(garbage).toContain('{"code":"INVALID_REQUEST"')
    const huge = await sendRaw(running.url, `GET /healthz HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)
    expect(huge).toMatch(/^HTTP\/1\.1 431 /)
    const undecodable = await sendRaw(running.url, 'GET /v1/%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    expect(undecodable).toMatch(/^HTTP\/1\.1 400 /)
    expect(undecodable).toContain('x-request-id: ')
    expect(undecodable).toContain('{"code":"invalid_request"')
  })
})

describe('closing', () => {
  test('answers what has arrived, refuses new connections and ends', async () => {
    let finish: () => void = () => undefined
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    let arrived: () => void = () => undefined
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { server, url } = await startServer(world, {
      extraRoutes: [
        (app) => {
          app.get('/slow', async () => {
            arrived()
            await finished
            return { ok: true }
          })
        },
      ],
    })
    const slow = sendRaw(url, 'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n') // would like to keep its connection
    await isThere
    const startedAt = performance.now()
    const closed = server.close()
    await vi.waitFor(() => expect(server.app.server.listening).toBe(false))
    finish()
    await closed
    expect(await slow).toContain('{"ok":true}')
    expect(await slow).toMatch(/\r\nconnection: close\r\n/i)
    expect(performance.now() - startedAt).toBeLessThan(5_000) // not only when busy connections are cut
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })
})
