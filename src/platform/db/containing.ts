import { foldCase } from '../text-form.ts'

/** A pattern for `like` on a text in lower case, in which `%`, `_` and `\` of the words stand for themselves. */
export const containing = (words: string): string => `%${foldCase(words).replaceAll(/[\\%_]/g, '\\$&')}%`
