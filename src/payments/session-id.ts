// The name under which the Operations face knows a payment, a checkout or an operation: its id and a few digits that nobody can
// make up. It needs no column and no index, because the id is read from it.
import { timingSafeEqual } from 'node:crypto'
import type { Codes } from '../deps.ts'
import { isUuid } from '../ids.ts'

const MAC_BYTES = 4
const SESSION_ID = /^[0-9a-f]{40}$/

/** 40 lower-case hex digits. */
export const sessionIdOf = (codes: Pick<Codes, 'mac'>, id: string): string =>
  id.replaceAll('-', '') + macOf(codes, id).toString('hex')

/** The id in a session id that we have made; undefined for anything else. */
export function readSessionId(codes: Pick<Codes, 'mac'>, sessionId: string): string | undefined {
  if (!SESSION_ID.test(sessionId)) return undefined
  const id = sessionId.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const isOurs = timingSafeEqual(Buffer.from(sessionId.slice(32), 'hex'), macOf(codes, id))
  return isOurs && isUuid(id) ? id : undefined
}

const macOf = (codes: Pick<Codes, 'mac'>, id: string): Buffer => codes.mac('session-id', id).subarray(0, MAC_BYTES)
