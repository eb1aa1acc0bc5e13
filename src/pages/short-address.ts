// Short addresses: /b/ and six characters lead to the page of a checkout, or to a file.
import type { FastifyInstance } from 'fastify'
import { attachmentPath } from '../attachments/link.ts'
import { findAttachment } from '../attachments/queries.ts'
import { findCheckoutById } from '../checkouts/queries.ts'
import type { Deps } from '../deps.ts'
import { addressKey, createRateLimit, retryAfterSeconds } from '../http/rate-limit.ts'
import { findShortCode } from '../short-codes/queries.ts'
import { checkoutPath } from './links.ts'
import { HEADERS, notice, sendPage } from './page.ts'
import { statePage } from './payer-view.ts'

// Six characters can be guessed by who asks often enough. People who mistype one do not come near this, even behind one address.
const MISSES_PER_MINUTE = 60

// Also what is too short or too long is answered to a person, who copied it by hand.
const PATH = '/b/:code([A-Za-z0-9]{1,16})'

/** GET /b/<code>. */
export function registerShortAddresses(app: FastifyInstance, deps: Pick<Deps, 'codes' | 'pool'>): void {
  const limit = { requestsPerMinute: MISSES_PER_MINUTE, failuresPerMinute: MISSES_PER_MINUTE }
  const misses = createRateLimit(limit).failures
  app.route<{ Params: { readonly code: string } }>({
    method: ['GET', 'HEAD'],
    url: PATH,
    handler: async ({ params, ip }, reply) => {
      const left = misses.peek(addressKey(ip))
      if (left.isExceeded) return sendPage(reply.header('retry-after', retryAfterSeconds(left)), 429, TOO_MANY)
      const path = await findPath(deps, params.code)
      if (path !== undefined)
        return reply
          .code(302)
          .headers({ ...HEADERS, location: path })
          .send('')
      misses.take(addressKey(ip))
      return sendPage(reply, 404, statePage('unknown', 'en'))
    },
  })
}

const TOO_MANY = notice(
  'Too many wrong addresses',
  'Many addresses that do not exist were opened from where you are. Please try again in a minute.',
)

async function findPath({ pool, codes }: Pick<Deps, 'codes' | 'pool'>, code: string): Promise<string | undefined> {
  const found = await findShortCode(pool, code)
  if (!found) return undefined
  switch (found.kind) {
    case 'checkout': {
      const checkout = await findCheckoutById(pool, found.targetId)
      return checkout && checkout.deletedAt === null ? checkoutPath(codes, checkout.id) : undefined
    }
    case 'attachment': {
      const attachment = await findAttachment(pool, found.targetId)
      return attachment && attachmentPath(codes, attachment)
    }
  }
}
