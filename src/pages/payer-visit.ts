// Who looks at which checkout, and in which language: what every page about checkouts begins with.
import type { FastifyRequest } from 'fastify'
import { attachmentPath } from '../attachments/link.ts'
import type { Checkout, CheckoutView } from '../checkouts/checkout.ts'
import { isRedirectUrl } from '../http/redirect-url.ts'
import { findMerchant } from '../merchants/queries.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { readSessionId } from '../payments/session-id.ts'
import { languageOf, named } from './payer-errors.ts'
import type { Shown } from './payer-view.ts'
import type { Language } from './words.ts'

export interface PayerDeps extends GatewayDeps {
  /** Business time. */
  readonly now: () => Promise<Date>
}

/** What the address of a page about a checkout says. */
export interface Visit {
  readonly sessionId: string
  readonly pgCode: string
  /** As it was asked for, maybe nonsense. */
  readonly lang: string
  readonly gaveUp: boolean
  readonly isQuiet: boolean
  /** The language for a visitor of whom only his request is known. */
  readonly preferred: Language
}

export interface PayerQuery {
  readonly Querystring: Readonly<Record<string, unknown>>
}

export function visitOf(request: FastifyRequest<PayerQuery>): Visit {
  const { query } = request
  const text = (name: string): string => (typeof query[name] === 'string' ? query[name] : '')
  return {
    sessionId: text('session_id'),
    pgCode: text('pg_code'),
    lang: text('lang'),
    gaveUp: text('gave_up') !== '',
    isQuiet: text('quiet') !== '',
    preferred: languageOf(request),
  }
}

/** A checkout by its session id, as its payer looks at it; undefined when there is nothing to see. */
export async function findShown(
  deps: PayerDeps,
  { sessionId, lang }: Pick<Visit, 'sessionId' | 'lang'>,
  find: (id: string) => Promise<CheckoutView | undefined>,
): Promise<Shown | undefined> {
  const id = readSessionId(deps.codes, sessionId)
  const checkout = id === undefined ? undefined : await find(id)
  if (!checkout || checkout.deletedAt !== null) return undefined
  const merchant = await findMerchant(deps.pool, checkout.merchantId)
  return {
    ...{ checkout, sessionId, merchantName: merchant?.name ?? '', language: named(lang) ?? checkout.language },
    attachment: attachmentOf(deps, checkout),
  }
}

// An address that the merchant gave leads wherever it says, so that it has to be one to which a browser may be sent.
function attachmentOf({ codes }: PayerDeps, { details }: Checkout): Shown['attachment'] {
  const { attachment, attachmentUrl } = details
  if (attachment) return { name: attachment.filename, url: attachmentPath(codes, attachment) }
  if (attachmentUrl === undefined || !isRedirectUrl(attachmentUrl)) return undefined
  return { name: fileName(new URL(attachmentUrl)), url: attachmentUrl }
}

function fileName({ pathname, host }: URL): string {
  const last = pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last) || host
  } catch {
    return last // It was not encoded as addresses are.
  }
}
