// Reads pictures in black and white as the PNG specification says, sums included.
import { crc32, inflateSync } from 'node:zlib'

/** The rows of pixels; true is black. Throws when it is not such a picture. */
export function readPng(png: Buffer): boolean[][] {
  if (png.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('it is no PNG')
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const body = png.subarray(at + 4, at + 8 + length)
    if (crc32(body) !== png.readUInt32BE(at + 8 + length)) throw new Error('a sum is wrong')
    chunks.set(body.subarray(0, 4).toString('latin1'), body.subarray(4))
    at += 12 + length
  }
  if ([...chunks.keys()].join() !== 'IHDR,IDAT,IEND') throw new Error('its chunks are others')
  const header = chunks.get('IHDR') ?? Buffer.alloc(13)
  if (header.subarray(8).toString('hex') !== '0100000000') throw new Error('it is not one bit of gray a pixel')
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const lines = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))
  const stride = 1 + Math.ceil(width / 8)
  if (lines.length !== stride * height) throw new Error('it has another size')
  return Array.from({ length: height }, (_, y) => {
    const line = lines.subarray(y * stride, (y + 1) * stride)
    if (line[0] !== 0) throw new Error('a line is filtered')
    return Array.from({ length: width }, (_, x) => ((line[1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) === 0)
  })
}
