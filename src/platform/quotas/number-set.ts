/**
 * How many bits a set has: 2 kB. With it an estimate of 5,000 numbers is off by 0.6 % (standard error), one of 50,000
 * by 1 % (Whang, Vander-Zanden, Taylor: A linear-time probabilistic counting algorithm, 1990).
 * @internal Exported for the test of the estimates.
 */
export const setBits = 16_384

/** A set of whole numbers that only says about how many different ones were added. */
export interface NumberSet {
  /** Each number sets one bit. */
  bits: Uint8Array
  /** How many bits are set. */
  count: number
}

export const createNumberSet = (): NumberSet => ({ bits: new Uint8Array(setBits / 8), count: 0 })

/** Spreads 32 bits (the finalizer of MurmurHash3). */
const mix = (value: number): number => {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** The bit of a number. The seed is secret, so nobody can choose numbers that share a bit. */
const placeOf = (number: number, seed: number): number =>
  mix(mix((number % 2 ** 32) ^ seed) + Math.floor(number / 2 ** 32)) % setBits

const setBit = (set: NumberSet, place: number): boolean => {
  const at = place >>> 3
  const bit = 128 >>> (place & 7)
  const byte = set.bits[at] ?? 0
  if ((byte & bit) !== 0) return false
  set.bits[at] = byte | bit
  set.count += 1
  return true
}

/** Adds numbers. Answers whether the set has changed. */
export const addNumbers = (set: NumberSet, numbers: number[], seed: number): boolean => {
  let hasChanged = false
  for (const number of numbers) hasChanged = setBit(set, placeOf(number, seed)) || hasChanged
  return hasChanged
}

/** About how many different numbers were added. */
export const estimate = ({ count }: NumberSet): number =>
  count === setBits ? Number.POSITIVE_INFINITY : Math.round(-setBits * Math.log(1 - count / setBits))

/** The bits in hexadecimal digits, as PostgreSQL reads them behind an `x`. */
export const writeBits = ({ bits }: NumberSet): string => Buffer.from(bits).toString('hex')

/** Adds the bits of a text of zeros and ones, as PostgreSQL writes them. */
export const addBits = (set: NumberSet, text: string): void => {
  for (let place = text.indexOf('1'); place >= 0; place = text.indexOf('1', place + 1)) setBit(set, place)
}
