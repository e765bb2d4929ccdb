import { z } from 'zod'
import { counted, type Letter } from './letter.ts'
import { Line } from './user-text.ts'

/** Files by name and size in bytes, as they are when the mail is written. */
export const Files = z.array(z.object({ file_name: Line, size: z.int() }))
export type Files = z.output<typeof Files>

/** How many files a mail names. A comment has ten at most. */
const filesAtMost = 10

/** A size as people say it: `640 bytes`, `12 kB`, `3.4 MB`. */
const spokenSize = (bytes: number): string => {
  if (bytes < 1_000) return counted(bytes, 'byte')
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** The facts of a letter that name its files. */
export const factsOfFiles = (files: Files): Letter['facts'] => {
  const named = files.slice(0, filesAtMost).map(({ file_name, size }) => ({
    label: 'File',
    value: `${file_name} (${spokenSize(size)})`,
  }))
  const more = files.length - named.length
  return more > 0 ? [...named, { label: 'File', value: `and ${more} more` }] : named
}
