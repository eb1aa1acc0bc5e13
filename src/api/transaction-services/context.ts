// What the routes of this face are given, and what every answer needs to know: for whom and when it is written.
import type { Deps } from '../../deps.ts'
import type { Egress } from '../../http/egress.ts'
import type { InvoiceDeps } from '../../invoices/find.ts'
import { memberOf } from '../../members/member.ts'
import type { SignInDeps } from '../../members/sign-in.ts'
import type { Principal } from '../../principals/principal.ts'
import type { Rendering } from './wire-payment.ts'

export interface TransactionServicesDeps extends SignInDeps, Deps, InvoiceDeps {
  /** Checks where callbacks are to be sent. */
  readonly egress: Egress
  /** How people reach this server, without a trailing slash. */
  readonly baseUrl: () => string
  /** Answers invalid tokens with status 200 for everybody, not only for members with that setting. */
  readonly legacyHttp200?: boolean
  /** Wall clock in milliseconds, for signatures; the process's unless a test says otherwise. */
  readonly wallNow?: () => number
}

/** For the caller, now. */
export async function renderingFor({ clock }: Pick<SignInDeps, 'clock'>, principal: Principal): Promise<Rendering> {
  return { member: memberOf(principal), now: await clock.now() }
}
