/**
 * Characters that show nothing by themselves: controls, format characters, white space, marks without a letter, and
 * what Unicode lets a screen leave out, such as the Hangul fillers and the variation selectors. The last two are a
 * blank Braille cell and a musical symbol without ink.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/gu

/** Whether a text shows something on a screen. */
export const showsSomething = (text: string): boolean => text.replaceAll(unseen, '') !== ''

/** Characters that turn the direction of text: with one, `gpj.exe` looks like `exe.jpg` (Unicode TR 36, 2.10.2). */
const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** The text without the characters that turn its direction. */
export const withoutDirectionMarks = (text: string): string => text.replaceAll(directionMarks, '')

/** The lower case of one character. İ has two characters in lower case; PostgreSQL makes it one. */
const lowerOf = (character: string): string => {
  const lower = character.toLowerCase()
  return lower === 'i\u0307' ? 'i' : lower
}

/**
 * A text in lower case, as `lower` of PostgreSQL makes it in a database with the locale C.UTF-8: each character by
 * itself. (`toLowerCase` looks at the neighbours of a sigma.) Rows are found by `lower`, so whoever compares in the
 * program must find the same texts equal.
 */
export const foldCase = (text: string): string => [...text].map(lowerOf).join('')

/** Whether two texts differ in upper and lower case only. */
export const isSameButForCase = (text: string, other: string): boolean => foldCase(text) === foldCase(other)
