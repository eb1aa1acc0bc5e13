// Sends e-mail through the operator's SMTP server.
import { createTransport } from 'nodemailer'

export interface MailerOptions {
  /** `smtp://user:password@host:587?requireTLS=true` or `smtps://…`. */
  readonly url: string
  /** The sender, e.g. `Florin <no-reply@example.com>`. */
  readonly from: string
  /** The longest silence of the server that is waited for. */
  readonly timeoutMs?: number
}

export interface Mail {
  /** One address. */
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The same for a repetition, so that receivers can recognize it. */
  readonly id: string
}

export interface Mailer {
  /** Resolves when the server has taken the mail; throws an Error when it has not, or did not say so in time. */
  send(mail: Mail): Promise<void>
  close(): void
}

const TIMEOUT_MS = 10_000
const CONNECTIONS_MAX = 2
const CONTROL = /\p{Cc}/u

/** Makes a mailer with a small pool of connections, opened when they are needed. */
export function createMailer({ url, from, timeoutMs = TIMEOUT_MS }: MailerOptions): Mailer {
  const transport = createTransport(
    {
      url,
      pool: true,
      maxConnections: CONNECTIONS_MAX,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  )
  const domain = /@([^\s>]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
  return {
    async send({ to, subject, text, id }) {
      // Nothing of ours sends one, and a line of its own would be a header of its own.
      if (CONTROL.test(to + subject + id)) throw new Error('an address or a subject has more than one line')
      // An address object is taken as it is: a recipient with a comma in it is not a list.
      await transport.sendMail({ to: { name: '', address: to }, subject, text, messageId: `<${id}@${domain}>` })
    },
    close: () => transport.close(),
  }
}
