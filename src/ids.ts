// Identifiers. An id is a UUIDv7 whose 12 `rand_a` bits are the shard, so that an id alone says where its row lives.
import { createHash, randomBytes, randomInt } from 'node:crypto'

/** The one shard there is now. The column and the id layout are ready for more; see docs/ledger.md. */
export const SHARD = 0

const SHARD_MAX = 0xfff
const ID_BYTES = 16
const RANDOM_POOL_BYTES = 4096 // One system call for 512 ids: randomBytes(8) per id costs more than the rest of newId.

let pool = randomBytes(RANDOM_POOL_BYTES)
let used = 0

/** A new id on the shard, ordered by time to the millisecond. */
export function newId(shard: number = SHARD): string {
  if (shard < 0 || shard > SHARD_MAX) throw new Error(`shard ${shard} does not fit into an id`)
  if (used + 8 > RANDOM_POOL_BYTES) {
    pool = randomBytes(RANDOM_POOL_BYTES)
    used = 0
  }
  const bytes = Buffer.allocUnsafe(ID_BYTES)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes.writeUInt16BE(0x7000 | shard, 6)
  pool.copy(bytes, 8, used, used + 8)
  used += 8
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return toUuid(bytes)
}

/** The shard that an id of ours names, or undefined when the text is not such an id. */
export function shardOf(id: string): number | undefined {
  return isUuid(id) && id[14] === '7' ? Number.parseInt(id.slice(15, 18), 16) : undefined
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the text is a UUID in lower-case canonical form, of any version. */
export const isUuid = (text: string): boolean => UUID.test(text)

const REFERENCES = 36 ** 8

/** A reference that people can read out: the prefix and eight random characters of A-Z and 0-9, e.g. `CT6KQDDEC2`. */
export const newReference = (prefix: string): string =>
  prefix + randomInt(REFERENCES).toString(36).toUpperCase().padStart(8, '0')

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The nth id that belongs to `id`: rows written by one command hang off one id, so that deciding again writes the same rows. */
export function siblingId(id: string, n: number): string {
  if (n < 1 || n > 0xff) throw new Error(`an id has no sibling ${n}`)
  const last = Number.parseInt(id.slice(-2), 16) ^ n
  return id.slice(0, -2) + last.toString(16).padStart(2, '0')
}

/** The id that follows from what a row is (UUIDv8 with our shard): whoever knows the parts can name the row without asking. */
export function derivedId(...parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join(' ')).digest('hex')
  const shard = SHARD.toString(16).padStart(3, '0')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${shard}-8${hash.slice(12, 15)}-${hash.slice(15, 27)}`
}
