// A receiver on this machine, for what Florin tells shops of the demo.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Takes every body that is posted to its URL, and answers 200. */
export async function listen(
  receive: (body: string) => void,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    receive(Buffer.concat(chunks).toString())
    response.end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/callbacks`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
