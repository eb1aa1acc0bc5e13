import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createGatewayHttp, NotSentError, UnansweredError } from '../../src/gateways/http.ts'

const transport = (totalMs = 5000) => {
  const http = createGatewayHttp({ totalMs, connectMs: 1000 })
  onTestFinished(() => http.close())
  return http
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const serve = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createHttpServer(listener))}`

const onSocket = async (behave: (socket: Socket) => void): Promise<string> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    behave(socket)
  })
  return `http://127.0.0.1:${await listen(server)}`
}

const post = (http: ReturnType<typeof transport>, url: string, totalMs?: number) =>
  http.send({ method: 'POST', url, body: '{}', ...(totalMs !== undefined && { totalMs }) })

describe('nothing was sent', () => {
  test('when nobody listens', async () => {
    const sent = post(transport(), 'http://127.0.0.1:1')
    await expect(sent).rejects.toThrow(NotSentError)
    await expect(sent).rejects.toThrow('ECONNREFUSED')
  })

  test('when the name does not resolve', async () => {
    await expect(post(transport(), 'http://gateway.invalid')).rejects.toThrow(NotSentError)
  })

  test('when the other side speaks no TLS, or resets in its handshake', async () => {
    const plain = (await serve((_, response) => response.end())).replace('http:', 'https:')
    await expect(post(transport(), plain)).rejects.toThrow(NotSentError)
    const resetting = await onSocket((socket) => socket.once('data', () => socket.resetAndDestroy()))
    await expect(post(transport(), resetting.replace('http:', 'https:'))).rejects.toThrow(NotSentError)
  })
})

describe('it may have been done', () => {
  test.each<[what: string, behave: (socket: Socket) => void]>([
    ['reset', (socket) => socket.resetAndDestroy()],
    ['closed', (socket) => socket.end()],
    ['closed in the middle of the head', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
    ['closed in the middle of the body', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{')],
    ['answered with something that is not HTTP', (socket) => socket.end('hello\r\n\r\n')],
  ])('when the connection is %s after the request', async (_what, behave) => {
    const url = await onSocket((socket) => socket.once('data', () => behave(socket)))
    await expect(post(transport(), url)).rejects.toThrow(UnansweredError)
  })

  test('when no answer comes in time, or no end of it', async () => {
    const silent = await onSocket(() => undefined)
    await expect(post(transport(200), silent)).rejects.toThrow(new UnansweredError('no answer in time'))
    await expect(post(transport(), silent, 200)).rejects.toThrow(new UnansweredError('no answer in time'))
    const endless = await serve((_, response) => {
      response.write('{')
    })
    await expect(post(transport(200), endless)).rejects.toThrow(new UnansweredError('no answer in time'))
  })

  test('when the answer is larger than any that a gateway gives', async () => {
    const url = await serve((_, response) => response.end('x'.repeat(300_000)))
    await expect(post(transport(), url)).rejects.toThrow(UnansweredError)
  })
})

test('a whole answer is one, whatever its status, and redirects are not followed', async () => {
  const url = await serve((_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1' }).end('go'))
  expect(await post(transport(), url)).toMatchObject({ status: 307, body: 'go' })
})
