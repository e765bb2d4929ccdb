/** The largest logo, in bytes, and its largest width and height, in pixels. */
export const logoAtMost = { bytes: 262_144, pixels: 2_000 }

/** What a picture says of itself. */
interface Picture {
  contentType: 'image/png' | 'image/jpeg'
  width: number
  height: number
}

const pngStart = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/**
 * Reads a PNG (PNG 1.2, 5): its header comes first, and its end is the end of the file, so that nothing of another kind
 * follows. Null for what is none.
 */
const readPng = (bytes: Buffer): Picture | null => {
  if (!bytes.subarray(0, 8).equals(pngStart) || bytes.length < 45) return null
  if (bytes.readUInt32BE(8) !== 13 || bytes.toString('latin1', 12, 16) !== 'IHDR') return null
  const picture: Picture = { contentType: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
  let at = 8
  while (at + 12 <= bytes.length) {
    const [size, kind] = [bytes.readUInt32BE(at), bytes.toString('latin1', at + 4, at + 8)]
    at += 12 + size
    if (kind === 'IEND') return size === 0 && at === bytes.length ? picture : null
  }
  return null
}

/** The markers that begin a frame and say its size (ITU-T T.81, table B.1): SOF0 to SOF15 without DHT, JPG and DAC. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** Reads a JPEG as far as its frame (ITU-T T.81, annex B). It ends with the marker EOI. Null for what is none. */
const readJpeg = (bytes: Buffer): Picture | null => {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== 0xffd8 || bytes.readUInt16BE(bytes.length - 2) !== 0xffd9)
    return null
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const [marker, size] = [bytes[at + 1] ?? 0, bytes.readUInt16BE(at + 2)]
    if (isFrame(marker))
      return { contentType: 'image/jpeg', height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    // A scan before a frame, or a segment that does not even have its own length.
    if (marker === 0xda || size < 2) return null
    at += 2 + size
  }
  return null
}

/** What a logo is, by its bytes; its name and its declared type count for nothing. Null when it is no PNG and no JPEG. */
export const pictureIn = (bytes: Buffer): Picture | null => readPng(bytes) ?? readJpeg(bytes)
