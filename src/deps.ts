// What verbs are given: the lane that commits, the pool that reads, and what the process knows. Wired in app.ts.
import type { Runner } from './books/command.ts'
import type { Pool } from './db/pool.ts'
import type { GatewayAccess } from './gateways/access.ts'
import type { Log } from './log.ts'
import type { Calls } from './payments/calls.ts'
import type { Settings } from './settings.ts'
import type { Vault } from './vault/vault.ts'

export interface Deps {
  /** Runs commands: the only way to write money or what money depends on. */
  readonly lane: Runner
  /** Reads. */
  readonly pool: Pool
  readonly vault: Vault
  /** Makes and digests one-time codes. */
  readonly codes: Codes
  readonly settings: Settings
  /** The way to gateways. */
  readonly gateways: GatewayAccess
  /** The calls to them that are under way. */
  readonly calls: Calls
  readonly log: Log
}

/** One-time codes and bearers, which rest nowhere: each follows from an id and a key. */
export interface Codes {
  /** The six digits of a challenge. */
  codeOf(challengeId: string): string
  /** What is stored and compared instead of the code, bound to the subject for which it was given. */
  digest(subjectId: string, code: string): Buffer
  /** HMAC-SHA256 of a text for one purpose: what was made for another one never fits. */
  mac(purpose: MacPurpose, text: string): Buffer
}

/** What is vouched for: pages that know who is there by their address alone. */
export type MacPurpose =
  | 'challenge-page'
  | 'return-page'
  | 'checkout'
  | 'invoice-link'
  | 'invoice-digest'
  | 'session-id'
  | 'attachment'
