// A picture in black and white as a PNG: one bit a pixel, no palette, no filters.
import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const ONE_BIT_GRAY = [1, 0, 0, 0, 0] // bit depth, gray, deflate, the one set of filters, not interlaced

/** The picture of these rows of pixels, all of one length; true is black. */
export function pngOf(rows: readonly (readonly boolean[])[]): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32BE(rows[0]?.length ?? 0, 0)
  header.writeUInt32BE(rows.length, 4)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', Buffer.concat([header, Buffer.from(ONE_BIT_GRAY)])),
    chunk('IDAT', deflateSync(Buffer.concat(rows.map(scanline)))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

// The first byte names the filter: none. A bit that is set is white, and so is what fills the last byte up.
function scanline(row: readonly boolean[]): Buffer {
  const line = Buffer.alloc(1 + Math.ceil(row.length / 8), 0xff)
  line[0] = 0
  row.forEach((isBlack, x) => {
    const at = 1 + (x >> 3)
    if (isBlack) line[at] = (line[at] ?? 0) & ~(0x80 >> (x & 7))
  })
  return line
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
