import { z } from 'zod'

/** Removes embeddings, overrides and isolates, which make text look different: U+202E shows `exe.gpj` as `jpg.exe`. */
const withoutDisguise = (text: string): string => text.toWellFormed().replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')

/** The first `max` characters. When something is cut, the last of them is `…`. No character is cut in half. */
const clip = (text: string, max: number): string => {
  const characters = [...text]
  return characters.length <= max
    ? text
    : `${characters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`
}

/** User-written text for a place that has one line: no line breaks, control characters or bidi controls. */
export const oneLine = (text: string): string =>
  clip(
    withoutDisguise(text)
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .trim(),
    300,
  )

/**
 * User-written text of several lines. Every kind of line break becomes `\n`, and blank lines at both ends are removed.
 */
export const prose = (text: string): string => {
  const lines = withoutDisguise(text)
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
    .map((line) => line.replaceAll(/[^\P{Cc}\t]/gu, '').trimEnd())
  const first = lines.findIndex((line) => line !== '')
  return first < 0 ? '' : lines.slice(first).join('\n').trimEnd()
}

/**
 * A name that may stand in a sentence of ours. Null when it may not, because mail programs make a link of all that
 * looks like an address: a stranger who registers another person's address could make us greet that person with "You
 * won, see evil.example".
 */
export const spokenName = (name: string | null): string | null => {
  const line = oneLine(name ?? '')
  const looksLikeLink = /[\p{L}\p{N}][.\u3002\uff0e\uff61][\p{L}\p{N}]{2}|[@/\\:]/u.test(line)
  return /[\p{L}\p{N}]/u.test(line) && !looksLikeLink && [...line].length <= 40 ? line : null
}

/**
 * A subject of at most 120 characters. `=?` becomes `= ?`, because an ASCII subject is sent as it is, and a mail
 * program would decode an RFC 2047 encoded word in the subject and show what the word hides.
 */
export const subjectLine = (text: string): string => clip(oneLine(text).replaceAll('=?', '= ?'), 120)

/** A template's parameter that is shown on one line. */
export const Line = z.string().transform((text) => oneLine(text) || '–')

/** A template's parameter that is shown as a quoted block. Null: the text is gone, or there never was one. */
export const Prose = z
  .string()
  .nullable()
  .transform((text) => prose(text ?? '') || '–')
