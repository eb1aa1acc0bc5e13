// A network between a lane and PostgreSQL that loses the answer to COMMIT, or COMMIT itself, when a test says so.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * - `before`: COMMIT never arrives.
 * - `after`: COMMIT is carried out, its answer never arrives.
 * - `late`: the lane's connection breaks at once, COMMIT arrives at the database only when `release` is called.
 */
export type Cut = 'before' | 'after' | 'late'

export interface Proxy {
  readonly url: string
  /** Cuts the next connection that says COMMIT. Resolves when it is cut. */
  cutNext(cut: Cut): Promise<void>
  /** Lets a late COMMIT go on. */
  release(): void
}

const COMMIT = Buffer.from('commit\0')
const QUERY_HEADER_BYTES = 5 // `Q` and the length, before the text of a simple query.

/** A proxy in front of the server of this address, gone after the test. */
export async function openProxy(url: string): Promise<Proxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let armed: { cut: Cut; done: () => void } | undefined
  let release: () => void = () => undefined

  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    let isCut = false
    client.on('data', (chunk: Buffer) => {
      const at = armed ? chunk.indexOf(COMMIT) : -1
      if (!armed || at < 0) {
        upstream.write(chunk)
        return
      }
      const { cut, done } = armed
      armed = undefined
      isCut = true
      upstream.write(chunk.subarray(0, at - QUERY_HEADER_BYTES))
      const rest = chunk.subarray(at - QUERY_HEADER_BYTES)
      const breakOff = (): void => {
        client.destroy()
        done()
      }
      switch (cut) {
        case 'before':
          upstream.destroy()
          breakOff()
          return
        case 'after':
          upstream.on('data', (answer: Buffer) => {
            if (answer.includes('COMMIT')) breakOff()
          })
          upstream.write(rest)
          return
        case 'late':
          breakOff()
          release = () => upstream.write(rest)
      }
    })
    upstream.on('data', (chunk: Buffer) => {
      if (!isCut) client.write(chunk)
    })
    client.on('close', () => isCut || upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await listen(server)
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('the proxy has no port')
  const through = new URL(url)
  through.port = String(address.port)
  return {
    url: through.href,
    cutNext: (cut) =>
      new Promise((done) => {
        armed = { cut, done }
      }),
    release: () => release(),
  }
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
