// An id that its bearer cannot have guessed: what stands in the address of a page that knows its visitor by nothing else.
import { timingSafeEqual } from 'node:crypto'
import type { Codes, MacPurpose } from '../deps.ts'
import { isUuid } from '../ids.ts'

const MAC_BYTES = 16
const ID_BYTES = 16

/** The id with its MAC, 43 characters that need no escaping in a URL. */
export const bearerOf = (codes: Pick<Codes, 'mac'>, purpose: MacPurpose, id: string): string =>
  Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), macOf(codes, purpose, id)]).toString('base64url')

/** The id in a bearer made for this purpose; undefined for anything else. */
export function readBearer(codes: Pick<Codes, 'mac'>, purpose: MacPurpose, bearer: string): string | undefined {
  const bytes = Buffer.from(bearer, 'base64url')
  // The one spelling: what decodes to the same bytes is another text.
  if (bytes.length !== ID_BYTES + MAC_BYTES || bytes.toString('base64url') !== bearer) return undefined
  const hex = bytes.subarray(0, ID_BYTES).toString('hex')
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return isUuid(id) && timingSafeEqual(bytes.subarray(ID_BYTES), macOf(codes, purpose, id)) ? id : undefined
}

const macOf = (codes: Pick<Codes, 'mac'>, purpose: MacPurpose, id: string): Buffer =>
  codes.mac(purpose, id).subarray(0, MAC_BYTES)
