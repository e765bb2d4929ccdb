const longest = 500

/** Text without control and format characters, and as far as it is text at all. */
const cleaned = (words: string): string =>
  words
    .toWellFormed()
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()

/**
 * The words of another program, such as the refusal of a mail server, as they are kept and shown: one line without
 * control and format characters (PostgreSQL takes no NUL, and a terminal obeys ESC), 500 characters at most.
 */
export const foreignWords = (words: string): string =>
  [...cleaned(words.slice(0, 10 * longest))].slice(0, longest).join('')

/** A text of another program, such as an answer, likewise, but as long as it is: its reader bounds it. */
export const foreignText = cleaned
