/** Characters that turn the direction of text: with one, `gpj.exe` looks like `exe.jpg` (Unicode TR 36, 2.10.2). */
export const turns = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
export const controls = /[\p{Cc}\u2028\u2029]/gu

/**
 * A name as people may look at it where the page cannot keep its direction apart, such as a file name, or a title of
 * the window: a mark that would turn the direction is seen as a mark.
 */
export const shownName = (name: string): string => name.replaceAll(turns, '\u25a1').replaceAll(controls, ' ')

/** A text within a sentence: what would turn the rest is seen as a mark. What `value` keeps apart, stays so. */
export const inSentence = (text: string): string =>
  text
    .split(/(\u2068[^\u2066-\u2069\u202a-\u202e]*\u2069)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '\u25a1')))
    .join('')
