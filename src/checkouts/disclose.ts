// Tells a merchant of a payment once more, because it was asked for.
import type { Deps } from '../deps.ts'
import { newId } from '../ids.ts'
import { needNoticeEndpoint, openNoticeEndpoint } from '../webhooks/notices.ts'
import { recordCheckout } from './events.ts'
import type { Session } from './session.ts'

/** Queues a notice of the session as it stands, to this URL: egress must have checked it. */
export async function discloseSession(
  { lane }: Pick<Deps, 'lane'>,
  { id, merchantId }: Pick<Session, 'id' | 'merchantId'>,
  url: string,
): Promise<void> {
  const eventId = newId()
  await lane.run({
    name: 'disclose session',
    needs: [needNoticeEndpoint(merchantId, url)],
    decide: (books) => {
      openNoticeEndpoint(books, merchantId, url)
      recordCheckout(books, 'checkout.disclosed', { checkout: { id, merchantId }, eventId, data: { url } })
      return null
    },
  })
}
