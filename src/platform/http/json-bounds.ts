import { AppError } from '../errors.ts'

const maxDepth = 32
const maxMembers = 1_000
const maxValues = 20_000

// The bytes that JSON is made of, as numbers, because the scan looks at a million of them.
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

const isMark = new Uint8Array(256)
for (const mark of [quote, comma, colon, openBracket, closeBracket, openBrace, closeBrace]) isMark[mark] = 1

// These two loops see every byte. Each is a function of its own, which the engine compiles once and keeps; as parts of
// one large loop they took twenty times as long.

/** The place of the next byte that gives a JSON text its structure, at `start` or behind it. */
const nextMark = (bytes: Uint8Array, start: number): number => {
  const { length } = bytes
  let at = start
  while (at < length && isMark[bytes[at] as number] === 0) at += 1
  return at
}

/** The place behind the string that begins at `start`. */
const endOfString = (bytes: Uint8Array, start: number): number => {
  const { length } = bytes
  let at = start + 1
  while (at < length) {
    const found = bytes[at]
    if (found === quote) return at + 1
    at += found === backslash ? 2 : 1
  }
  return length
}

const refuse = (what: string): never => {
  throw new AppError('validation_failed', { detail: `The body ${what}.` })
}

/**
 * Refuses JSON that costs more to parse and to judge than its size says: nested deeper than 32, more than 1,000 members
 * in one object, or more than 20,000 values in all. Looks once at each byte, before `JSON.parse`. Each colon is a
 * member. Each comma and each opening bracket stands for a value, so an empty array or object counts as two. Bytes that
 * are no JSON may be refused here or by `JSON.parse`.
 * @throws AppError `validation_failed`.
 */
export const refuseCostly = (bytes: Uint8Array): void => {
  const { length } = bytes
  const members = new Uint32Array(maxDepth + 1)
  let depth = 0
  let values = 1
  let at = nextMark(bytes, 0)
  while (at < length) {
    switch (bytes[at]) {
      case quote:
        at = nextMark(bytes, endOfString(bytes, at))
        continue
      case colon:
        members[depth] = (members[depth] ?? 0) + 1
        if ((members[depth] ?? 0) > maxMembers) refuse(`has an object of more than ${maxMembers} members`)
        break
      case openBrace:
      case openBracket:
        depth += 1
        if (depth > maxDepth) refuse(`is nested deeper than ${maxDepth}`)
        members[depth] = 0
        values += 1
        break
      case comma:
        values += 1
        break
      case closeBrace:
      case closeBracket:
        if (depth > 0) depth -= 1
    }
    if (values > maxValues) refuse(`has more than ${maxValues} values`)
    at = nextMark(bytes, at + 1)
  }
}
