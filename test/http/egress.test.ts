import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createEgress, isPublicAddress, NoAnswerInTime } from '../../src/http/egress.ts'

const message = { headers: { 'content-type': 'application/json' }, body: '{"a":1}' }

async function listen(server: TcpServer): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const serve = (listener: RequestListener): Promise<number> => listen(createHttpServer(listener))

const INNER = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.8.8.8',
  '169.254.169.254',
  '172.16.0.1',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::8.8.8.8',
  '2002:7f00:1::',
  '2001::1',
  '2001:db8::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '4000::1',
  '5f00::1',
  'example.com',
  '',
]

test.each(INNER)('%s is not a public address', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '64:ff9b::8.8.8.8'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each([
  ['not a url', 'is not a URL'],
  ['ftp://example.com/', 'must be https'],
  ['http://8.8.8.8/hook', 'must be https'],
  ['https://user:secret@8.8.8.8/', 'must not contain credentials'],
  ['https://127.0.0.1/', 'must lead to public addresses'],
  ['https://2130706433/', 'must lead to public addresses'],
  ['https://0x7f.1/', 'must lead to public addresses'],
  ['https://[::1]/', 'must lead to public addresses'],
  ['https://[::ffff:169.254.169.254]/', 'must lead to public addresses'],
  ['https://localhost/', 'must lead to public addresses'],
  ['https://localhost./', 'must lead to public addresses'],
  ['https://api.localhost/', 'must lead to public addresses'],
  ['https://8.8.8.8:22/', 'must use port 443 or 8443'],
  ['https://8.8.8.8:6379/', 'must use port 443 or 8443'],
  [`https://8.8.8.8/${'a'.repeat(2048)}`, 'must have at most 2048 characters'],
])('the URL %s %s', async (url, problem) => {
  const egress = createEgress()
  await expect(egress.checkUrl(url)).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field: 'url', message: `url ${problem}` },
  })
  await expect(egress.post(url, message)).rejects.toThrow(problem)
})

test.each(['https://8.8.8.8/', 'https://8.8.8.8:443/', 'https://8.8.8.8:8443/'])('%s may be called', async (url) => {
  await createEgress().checkUrl(url)
})

test('when a receiver wants the next try is heard', async () => {
  const port = await serve((_request, response) => response.writeHead(503, { 'retry-after': '120' }).end())
  const answer = await createEgress({ allow: 'loopback' }).post(`http://127.0.0.1:${port}/`, message)
  expect(answer).toEqual({ status: 503, retryAfter: '120', body: '' })
})

test('a name is refused when only one of its addresses is not public', async () => {
  const egress = createEgress({ resolve: async () => ['93.184.216.34', '10.0.0.7'] })
  await expect(egress.checkUrl('https://hooks.test/')).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(egress.post('https://hooks.test/', message)).rejects.toThrow('must lead to public addresses')
})

test('a name that does not resolve is accepted at creation and not called', async () => {
  const egress = createEgress({ resolve: async () => [] })
  await egress.checkUrl('https://hooks.test/')
  await expect(egress.post('https://hooks.test/', message)).rejects.toThrow('hooks.test does not resolve')
})

test('a name that turns inwards after it was checked is not called', async () => {
  const listener = vi.fn<RequestListener>((_request, response) => response.end())
  const port = await serve(listener)
  const answers = [['93.184.216.34'], ['127.0.0.1']]
  const egress = createEgress({ resolve: async () => answers.shift() ?? [] })
  await egress.checkUrl('https://hooks.test/')
  await expect(egress.post(`https://hooks.test:${port}/`, message)).rejects.toThrow('must lead to public addresses')
  expect(listener).not.toHaveBeenCalled()
})

test('a name is resolved once a call, and the connection goes to that address with the name as its host', async () => {
  const hosts: (string | undefined)[] = []
  const port = await serve((request, response) => {
    hosts.push(request.headers.host)
    response.end('ok')
  })
  const resolve = vi.fn(async () => ['127.0.0.1'])
  const egress = createEgress({ allow: 'loopback', resolve })
  expect(await egress.post(`http://hooks.test:${port}/`, message)).toEqual({ status: 200, body: 'ok' })
  expect(hosts).toEqual([`hooks.test:${port}`])
  expect(resolve).toHaveBeenCalledTimes(1)
})

test('the loopback setting allows this machine over http, and nothing else private', async () => {
  const bodies: string[] = []
  const port = await serve((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()))
    request.on('end', () => response.writeHead(201).end())
  })
  const egress = createEgress({ allow: 'loopback' })
  for (const host of ['127.0.0.1', 'localhost'])
    expect(await egress.post(`http://${host}:${port}/x?y=1`, message)).toEqual({ status: 201, body: '' })
  expect(bodies).toEqual([message.body, message.body])
  for (const url of ['http://10.0.0.1/', 'https://192.168.1.1/', 'http://8.8.8.8/', 'http://[::ffff:127.0.0.1]/'])
    await expect(egress.checkUrl(url)).rejects.toMatchObject({ code: 'invalid_request' })
})

test('a redirect is an answer, not a way', async () => {
  const listener = vi.fn<RequestListener>((_request, response) => response.writeHead(307, { location: '/' }).end())
  const port = await serve(listener)
  const { status } = await createEgress({ allow: 'loopback' }).post(`http://127.0.0.1:${port}/`, message)
  expect(status).toBe(307)
  expect(listener).toHaveBeenCalledTimes(1)
})

test.each([
  ['does not answer', 'http'],
  ['does not finish connecting', 'https'],
])('a receiver that %s is given up after as long as the call says, else the egress', async (_what, scheme) => {
  const port = await listen(createTcpServer((socket) => socket.on('error', () => undefined)))
  const url = `${scheme}://127.0.0.1:${port}/`
  for (const [egress, request] of [
    [createEgress({ allow: 'loopback', timeoutMs: 100 }), message],
    [createEgress({ allow: 'loopback' }), { ...message, timeoutMs: 100 }],
  ] as const)
    await expect(egress.post(url, request)).rejects.toThrow(NoAnswerInTime)
})

test('name servers that do not answer use the time up, too', async () => {
  const resolve = (_name: string, signal: AbortSignal): Promise<string[]> =>
    new Promise((done) => signal.addEventListener('abort', () => done([])))
  const egress = createEgress({ timeoutMs: 100, resolve })
  await expect(egress.post('https://hooks.test/', message)).rejects.toThrow(NoAnswerInTime)
})

test('a body is read up to 64 kB, and no longer than there is time', async () => {
  const long = await serve((_request, response) => response.end('a'.repeat(1_000_000)))
  const slow = await serve((_request, response) => response.writeHead(200).write('b'))
  const egress = createEgress({ allow: 'loopback', timeoutMs: 500 })
  const cut = await egress.post(`http://127.0.0.1:${long}/`, message)
  expect(cut.body).toHaveLength(65_536)
  expect(await egress.post(`http://127.0.0.1:${slow}/`, message)).toEqual({ status: 200, body: 'b' })
})

test('a certificate must be of a trusted authority and for the name, whatever the environment says', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  const port = await listen(
    createHttpsServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => response.end('ok')),
  )
  const resolve = async (): Promise<string[]> => ['127.0.0.1']
  const trusting = createEgress({ allow: 'loopback', resolve, ca: CERTIFICATE })
  expect(await trusting.post(`https://hooks.test:${port}/`, message)).toEqual({ status: 200, body: 'ok' })
  await expect(trusting.post(`https://other.test:${port}/`, message)).rejects.toThrow(/altnames/)
  const usual = createEgress({ allow: 'loopback', resolve })
  await expect(usual.post(`https://hooks.test:${port}/`, message)).rejects.toThrow(/self-signed/)
})

// For hooks.test only and of no other use. Valid from 2020 to 2120.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguEbhaD1djQLA2+T9
51TMG+Sv5rsLa2ofyXTL5BJ8xdChRANCAATEQx8lKbav1QoPPXy71ekmYopJoppN
QnV3FoWzc/TuhZKqhGUBL+UR12XCWkz6DkGlkdpacMsK/45JcFkfiBxi
-----END PRIVATE KEY-----`

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBZTCCAQqgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDApob29rcy50
ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAVMRMwEQYDVQQD
DApob29rcy50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExEMfJSm2r9UK
Dz18u9XpJmKKSaKaTUJ1dxaFs3P07oWSqoRlAS/lEddlwlpM+g5BpZHaWnDLCv+O
SXBZH4gcYqNJMEcwDwYDVR0TAQH/BAUwAwEB/zAVBgNVHREEDjAMggpob29rcy50
ZXN0MB0GA1UdDgQWBBS5UT9uX6Y4VRypkqT8FJCcm4sKEjAKBggqhkjOPQQDAgNJ
ADBGAiEA1KFfUH9O6KrgJf5OX45jk68/YJFzPlOpigkkcvhLTAkCIQCO5Xg0x+X8
KvnhmPNc+m0LH8sZ1CKpOuCFqGfwp64S5g==
-----END CERTIFICATE-----`
