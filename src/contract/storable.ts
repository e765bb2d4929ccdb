/** Whether PostgreSQL can store the text. It stores no NUL, and a lone surrogate is not Unicode text. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** The message of a schema that refuses such a text. */
export const storable = { error: 'must be Unicode text without NUL bytes or lone surrogates' }
