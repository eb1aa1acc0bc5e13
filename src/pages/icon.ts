// Icons of the ways to pay, for shops that list them: whose they are says the name beside them.
import type { FastifyInstance } from 'fastify'
import { findFacts } from '../gateways/index.ts'
import { HEADERS, sendPage } from './page.ts'
import { statePage } from './payer-view.ts'

const FRAME = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 32" width="48" height="32">'
const CARD = `${FRAME}<rect width="48" height="32" rx="4" fill="#1f3a5f"/><path d="M0 8h48v6H0z" fill="#0e1c30"/><path d="M6 21h14v4H6z" fill="#e8d9a8"/></svg>`
const CASH = `${FRAME}<rect width="48" height="32" rx="4" fill="#2f6b46"/><circle cx="24" cy="16" r="8" fill="#e6f2ea"/><path d="M4 8h6M4 24h6M38 8h6M38 24h6" stroke="#e6f2ea" stroke-width="2"/></svg>`

const ENDING = '.svg'

/** GET /b/icons/<connector>.svg. */
export function registerIcons(app: FastifyInstance): void {
  app.route<{ Params: { readonly file: string } }>({
    method: ['GET', 'HEAD'],
    url: '/b/icons/:file',
    handler: async ({ params: { file } }, reply) => {
      const name = file.endsWith(ENDING) ? file.slice(0, -ENDING.length) : ''
      if (!findFacts(name)) return sendPage(reply, 404, statePage('unknown', 'en'))
      return reply
        .headers({
          ...HEADERS,
          'cache-control': 'public, max-age=86400',
          'content-type': 'image/svg+xml',
          'content-security-policy': "default-src 'none'; sandbox",
          'cross-origin-resource-policy': 'cross-origin', // It is made to be shown by shops.
        })
        .send(name === 'cod' ? CASH : CARD)
    },
  })
}
