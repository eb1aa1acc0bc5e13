// QR codes: pictures of the address at which a checkout is paid, for a screen, a poster or a bill.
import type { FastifyInstance } from 'fastify'
import { encodeQR } from 'qr'
import { findCheckoutById } from '../checkouts/queries.ts'
import type { Deps } from '../deps.ts'
import { readSessionId } from '../payments/session-id.ts'
import { checkoutPath } from './links.ts'
import { HEADERS, sendPage } from './page.ts'
import { statePage } from './payer-view.ts'
import { pngOf } from './png.ts'

export interface QrDeps extends Pick<Deps, 'codes' | 'pool'> {
  /** How people reach the server, without a trailing slash. */
  readonly baseUrl: () => string
}

const ENDING = '.png'
const QUIET = 4 // modules around the code, as readers expect
const SCALE = 8 // pixels a module

/** GET /b/qr/<session id>.png. */
export function registerQrCodes(app: FastifyInstance, { codes, pool, baseUrl }: QrDeps): void {
  app.route<{ Params: { readonly file: string } }>({
    method: ['GET', 'HEAD'],
    url: '/b/qr/:file',
    handler: async ({ params: { file } }, reply) => {
      const id = file.endsWith(ENDING) ? readSessionId(codes, file.slice(0, -ENDING.length)) : undefined
      const checkout = id === undefined ? undefined : await findCheckoutById(pool, id)
      if (!checkout || checkout.deletedAt !== null) return sendPage(reply, 404, statePage('unknown', 'en'))
      const modules = encodeQR(baseUrl() + checkoutPath(codes, checkout.id), 'raw', {
        ...{ ecc: 'medium', border: QUIET, scale: SCALE },
      })
      return reply
        .headers({
          ...HEADERS,
          'cache-control': 'public, max-age=3600', // It shows nothing but what its own address says.
          'content-type': 'image/png',
          'content-security-policy': "default-src 'none'; sandbox",
          'cross-origin-resource-policy': 'cross-origin', // It is made to be shown by shops.
        })
        .send(pngOf(modules))
    },
  })
}
