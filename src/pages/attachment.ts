// Files that go with checkouts, to whoever has their address. A browser saves them and shows none of them: whatever is in one, it has no
// rights here.
import type { FastifyInstance } from 'fastify'
import { addressName, dispositionOf } from '../attachments/file.ts'
import { FILES_PATH, readFileBearer } from '../attachments/link.ts'
import { findAttachmentFile } from '../attachments/queries.ts'
import type { Deps } from '../deps.ts'
import { HEADERS, sendPage } from './page.ts'
import { statePage } from './payer-view.ts'

interface Named {
  readonly bearer: string
  /** The name of the file. A wildcard, because names are longer than a parameter may be. */
  readonly '*': string
}

/** GET /b/attachments/<bearer>/<name>. */
export function registerAttachments(app: FastifyInstance, { codes, pool }: Pick<Deps, 'codes' | 'pool'>): void {
  app.route<{ Params: Named }>({
    method: ['GET', 'HEAD'],
    url: `${FILES_PATH}:bearer/*`,
    handler: async ({ params }, reply) => {
      const id = readFileBearer(codes, params.bearer)
      const file = id === undefined ? undefined : await findAttachmentFile(pool, id)
      if (!file || params['*'] !== addressName(file.filename)) return sendPage(reply, 404, statePage('unknown', 'en'))
      return reply
        .headers({
          ...HEADERS,
          'content-type': file.mediaType,
          'content-disposition': dispositionOf(file.filename),
          'content-security-policy': "default-src 'none'; sandbox",
          'cross-origin-resource-policy': 'same-origin',
        })
        .send(file.bytes)
    },
  })
}
