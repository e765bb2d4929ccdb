import { z } from 'zod'
import type { Language } from '../../../../contract/enums.ts'
import { type Fact, type MailContext, say } from './letter.ts'
import { counted } from './spoken-words.ts'
import { Line } from './user-text.ts'

/** Files by name and size in bytes, as they are when the mail is written. */
export const Files = z.array(z.object({ file_name: Line, size: z.int() }))
export type Files = z.output<typeof Files>

/** How many files a mail names. A comment has ten at most. */
const filesAtMost = 10

/** A size as people say it: `640 bytes`, `12 kB`, `3.4 MB`; in German `3,4 MB`. */
const spokenSize = (language: Language, bytes: number): string => {
  if (bytes < 1_000) return counted(language, bytes, 'byte')
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`
  const megabytes = (bytes / 1_000_000).toFixed(1)
  return `${language === 'de' ? megabytes.replace('.', ',') : megabytes} MB`
}

/** The facts of a letter that name its files. */
export const factsOfFiles = (files: Files, context: MailContext): Fact[] => {
  const label = say(context, { en: 'File', de: 'Datei' })
  const named = files.slice(0, filesAtMost).map(({ file_name, size }) => ({
    label,
    value: `${file_name} (${spokenSize(context.language, size)})`,
  }))
  const more = files.length - named.length
  if (more <= 0) return named
  return [...named, { label, value: say(context, { en: `and ${more} more`, de: `und ${more} weitere` }) }]
}
