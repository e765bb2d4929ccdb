import { crc32, deflateSync } from 'node:zlib'

/** A chunk of a PNG. */
export const pngChunk = (kind: string, content: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), content])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([size, named, sum])
}

/** A PNG of one colour, such as `[31, 95, 191]`. `says`: the size that it claims, when that is another. */
export const pngOf = (
  width: number,
  height: number,
  colour: number[] = [31, 95, 191],
  says: [width: number, height: number] = [width, height],
): Buffer => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(says[0], 0)
  header.writeUInt32BE(says[1], 4)
  header.set([8, 2, 0, 0, 0], 8)
  const row = Buffer.from([0, ...Array.from({ length: width }, () => colour).flat()])
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([start, pngChunk('IHDR', header), pngChunk('IDAT', pixels), pngChunk('IEND', Buffer.alloc(0))])
}

/** What a JPEG begins with and ends with, for a frame of a size. */
export const jpegOf = (width: number, height: number, more: Buffer = Buffer.alloc(0)): Buffer => {
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 17, 0])
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  const comment = Buffer.from([0xff, 0xfe, 0, 6, 65, 65, 65, 65])
  const scan = Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3])
  return Buffer.concat([Buffer.from([0xff, 0xd8]), comment, frame, scan, more, Buffer.from([0xff, 0xd9])])
}
