/**
 * The fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8 (FIPS 180-4).
 */
const isPrime = (n: number): boolean => {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false
  return true
}
const primes: number[] = []
for (let n = 2; primes.length < 64; n++) if (isPrime(n)) primes.push(n)
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0
const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))
const start = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))

const blockBytes = 64
const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** The 64 words of the schedule of a block, in `words`. */
const expand = (words: Int32Array, block: DataView, at: number): void => {
  for (let i = 0; i < 16; i++) words[i] = block.getInt32(at + i * 4)
  for (let i = 16; i < 64; i++) {
    const [early, late] = [words[i - 15] ?? 0, words[i - 2] ?? 0]
    const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
    const great = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
    words[i] = ((words[i - 16] ?? 0) + small + (words[i - 7] ?? 0) + great) | 0
  }
}

/** Takes one block into the state. */
const compress = (state: Int32Array, words: Int32Array): void => {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const ends = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const one = (h + ends + ((e & f) ^ (~e & g)) + (constants[i] ?? 0) + (words[i] ?? 0)) | 0
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  const end = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = ((state[i] ?? 0) + (end[i] ?? 0)) | 0
}

/** A SHA-256 that takes its bytes in parts of any length. */
export const createSha256 = () => {
  const state = start.slice()
  const words = new Int32Array(64)
  let rest = new Uint8Array(0)
  let total = 0

  const blocks = (bytes: Uint8Array): number => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    for (; at + blockBytes <= bytes.length; at += blockBytes) {
      expand(words, view, at)
      compress(state, words)
    }
    return at
  }
  const update = (part: Uint8Array): void => {
    total += part.length
    let bytes = part
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + part.length)
      bytes.set(rest)
      bytes.set(part, rest.length)
    }
    rest = bytes.slice(blocks(bytes))
  }
  const digest = (): string => {
    const bits = total * 8
    // One bit that is set, zeros, and the length in 64 bits: to a whole number of blocks.
    const padded = new Uint8Array(Math.ceil((rest.length + 9) / blockBytes) * blockBytes)
    padded.set(rest)
    padded[rest.length] = 0x80
    const view = new DataView(padded.buffer)
    view.setUint32(padded.length - 8, Math.floor(bits / 2 ** 32))
    view.setUint32(padded.length - 4, bits >>> 0)
    blocks(padded)
    return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }
  return { update, digest }
}

/** How much of a file is hashed before the page may do something else: some milliseconds. */
const partBytes = 256 * 1024

/**
 * The SHA-256 of a file in hexadecimal digits, part by part, so that the page stays alive and the memory small.
 * `crypto.subtle` is not there over plain http, and wants the whole file in memory.
 * @throws DOMException `AbortError` when the signal ends the hashing; `NotReadableError` when the file has changed.
 */
export const sha256Of = async (file: Blob, signal?: AbortSignal): Promise<string> => {
  const hash = createSha256()
  for (let at = 0; at < file.size; at += partBytes) {
    signal?.throwIfAborted()
    hash.update(new Uint8Array(await file.slice(at, at + partBytes).arrayBuffer()))
  }
  return hash.digest()
}
