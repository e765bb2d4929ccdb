/** The encoding of a text, by its name on the web. Latin-1 is a part of `windows-1252`. */
type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** Whether bytes are text of an encoding, without NUL. The last character may be cut off, when more bytes follow. */
const isTextIn = (encoding: TextEncoding, head: Buffer, isWhole: boolean): boolean => {
  try {
    return !new TextDecoder(encoding, { fatal: true }).decode(head, { stream: !isWhole }).includes('\0')
  } catch {
    return false
  }
}

/** The marks with which texts in UTF-16 begin (RFC 2781, 3.2). Without a mark UTF-16 is not told from other files. */
const marks: [number, number, TextEncoding][] = [
  [0xff, 0xfe, 'utf-16le'],
  [0xfe, 0xff, 'utf-16be'],
]

/** The controls that texts have: backspace, tab, line and page breaks, and escape, for coloured logs. */
const textControls = new Set([0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b])
/** The bytes that `windows-1252` does not define, and DEL, which no text has and programs (ELF) begin with. */
const bytesOfOthers = new Set([0x7f, 0x81, 0x8d, 0x8f, 0x90, 0x9d])

/** Programs, images and archives have other controls among their first bytes. */
const isWindows1252 = (head: Buffer): boolean =>
  head.every((byte) => (byte >= 0x20 || textControls.has(byte)) && !bytesOfOthers.has(byte))

/**
 * The encoding of a text by its first bytes: null when they are no text, `unknown` when they are ASCII and more bytes
 * follow, which may be of any encoding.
 */
export const encodingOf = (head: Buffer, isWhole: boolean): TextEncoding | 'unknown' | null => {
  const [, , marked] = marks.find(([first, second]) => head[0] === first && head[1] === second) ?? []
  if (marked !== undefined) return isTextIn(marked, head, isWhole) ? marked : null
  if (isTextIn('utf-8', head, isWhole)) return isWhole || head.some((byte) => byte > 0x7f) ? 'utf-8' : 'unknown'
  return isWindows1252(head) ? 'windows-1252' : null
}
