const longest = 500

/**
 * The words of another program, such as the refusal of a mail server, as they are kept and shown: one line without
 * control and format characters (PostgreSQL takes no NUL, and a terminal obeys ESC), 500 characters at most.
 */
export const foreignWords = (words: string): string =>
  [
    ...words
      .slice(0, 10 * longest)
      .toWellFormed()
      .replaceAll(/[\s\p{C}]+/gu, ' ')
      .trim(),
  ]
    .slice(0, longest)
    .join('')
