import { crc32 } from 'node:zlib'

/** The largest logo, in bytes, and its largest width and height, in pixels. */
export const logoAtMost = { bytes: 262_144, pixels: 2_000 }

/** What a picture says of itself, and its bytes without what is no part of it. */
interface Picture {
  contentType: 'image/png' | 'image/jpeg'
  width: number
  height: number
  content: Buffer
}

const pngStart = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** The chunks that are kept. The others say things beside the picture, and some unpack to any size. */
const keptChunks = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'])

/** The chunks of a PNG (PNG 1.2, 3.2) with their kinds, up to the end of the file. Null when one is broken. */
const chunksOf = (bytes: Buffer): { kind: string; whole: Buffer }[] | null => {
  const chunks: { kind: string; whole: Buffer }[] = []
  let at = pngStart.length
  while (at + 12 <= bytes.length) {
    const whole = bytes.subarray(at, at + 12 + bytes.readUInt32BE(at))
    const sumAt = whole.length - 4
    if (whole.length !== 12 + whole.readUInt32BE(0)) return null
    if (crc32(whole.subarray(4, sumAt)) !== whole.readUInt32BE(sumAt)) return null
    chunks.push({ kind: whole.toString('latin1', 4, 8), whole })
    at += whole.length
  }
  return at === bytes.length ? chunks : null
}

/**
 * Reads a PNG (PNG 1.2, 5): its header comes first, it has pixels, and its end is the end of the file, so that nothing
 * of another kind follows. Null for what is none.
 */
const readPng = (bytes: Buffer): Picture | null => {
  if (!bytes.subarray(0, 8).equals(pngStart)) return null
  const chunks = chunksOf(bytes)
  const kinds = chunks?.map(({ kind }) => kind) ?? []
  const header = chunks?.[0]?.whole
  if (chunks === null || header?.length !== 25 || kinds.lastIndexOf('IHDR') !== 0) return null
  const end = kinds.indexOf('IEND')
  if (!kinds.includes('IDAT') || end !== kinds.length - 1 || chunks[end]?.whole.length !== 12) return null
  const kept = chunks.filter(({ kind }) => keptChunks.has(kind)).map(({ whole }) => whole)
  const [width, height] = [header.readUInt32BE(8), header.readUInt32BE(12)]
  return { contentType: 'image/png', width, height, content: Buffer.concat([pngStart, ...kept]) }
}

/** The markers that begin a frame and say its size (ITU-T T.81, table B.1): SOF0 to SOF15 without DHT, JPG and DAC. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** The markers that begin a segment with a length (ITU-T T.81, table B.1). */
const hasLength = (marker: number): boolean => marker >= 0xc0 && (marker < 0xd0 || marker > 0xd9)

/** Where the data of a scan ends: at the first marker that is not within it (ITU-T T.81, B.1.1.5). */
const endOfScan = (bytes: Buffer, start: number): number => {
  let at = bytes.indexOf(0xff, start)
  while (at !== -1) {
    const next = bytes[at + 1] ?? 0xff
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at
    at = bytes.indexOf(0xff, at + 2)
  }
  return bytes.length
}

/**
 * Reads the segments of a JPEG (ITU-T T.81, annex B): one frame, then scans with data, and the marker EOI only at the
 * end of the file. Null for what is none.
 */
const readJpeg = (bytes: Buffer): Picture | null => {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== 0xffd8) return null
  let frame: Picture | null = null
  let hasScan = false
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      // A marker may have more of these before it.
      at += 1
      continue
    }
    const size = bytes.readUInt16BE(at + 2)
    if (!hasLength(marker) || size < 2) return null
    if (isFrame(marker)) {
      if (frame !== null) return null
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)]
      frame = { contentType: 'image/jpeg', height, width, content: bytes }
    }
    at += 2 + size
    if (marker !== 0xda) continue
    const end = endOfScan(bytes, at)
    // A scan before a frame, or one without data.
    if (frame === null || end <= at) return null
    hasScan = true
    at = end
    if (bytes[at + 1] === 0xd9) break
  }
  const isWhole = hasScan && at + 2 === bytes.length && bytes[at] === 0xff && bytes[at + 1] === 0xd9
  return isWhole ? frame : null
}

/** What a logo is, by its bytes; its name and its declared type count for nothing. Null when it is no PNG and no JPEG. */
export const pictureIn = (bytes: Buffer): Picture | null => readPng(bytes) ?? readJpeg(bytes)
