import { readFile } from 'node:fs/promises'

/** The text of the log of a mail server; null when none is named. @throws Error when it cannot be read. */
export const readMailLog = (file: string | undefined): Promise<string> | null =>
  file === undefined
    ? null
    : readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw new Error(`--mail-log: ${file} cannot be read (${error.code})`)
      })
