/** Stands for a text that is left out. A character for private use, so it is no text of the desk's own. */
export const withheld = '\uE000'

export const hasWithheld = (text: string): boolean => text.includes(withheld)
