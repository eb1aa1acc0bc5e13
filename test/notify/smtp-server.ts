// An SMTP server of a few lines: takes every mail, or answers the end of one with what it is told to.

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface SmtpServer {
  readonly url: string
  /** Mails as they came: envelope and text. */
  readonly mails: { readonly to: string; readonly text: string }[]
  /** The answer to the next mails. */
  reply: string | 'never'
}

/** Starts the server on loopback until the test ends. */
export async function serveSmtp(): Promise<SmtpServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    talk(socket, smtp)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const smtp: SmtpServer = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails: [],
    reply: '250 taken',
  }
  return smtp
}

function talk(socket: Socket, smtp: SmtpServer): void {
  let to = ''
  let text: string[] | undefined
  let rest = ''
  const say = (line: string) => socket.write(`${line}\r\n`)
  const hear = (line: string): void => {
    if (text && line !== '.') {
      text.push(line)
    } else if (text) {
      smtp.mails.push({ to, text: text.join('\n') })
      text = undefined
      if (smtp.reply !== 'never') say(smtp.reply)
    } else if (/^DATA/i.test(line)) {
      text = []
      say('354 go on')
    } else {
      to = /^RCPT TO:<(.*?)>/i.exec(line)?.[1] ?? to
      say(/^QUIT/i.test(line) ? '221 bye' : '250 ok')
    }
  }
  say('220 test')
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })
}
