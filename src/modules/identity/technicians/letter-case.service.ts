import type { App } from '../../../platform/app-context.ts'
import { foldCase } from '../../../platform/text-form.ts'
import { lowerInDatabase } from './letter-case.queries.ts'

/** Letters of several alphabets, and those whose lower case differs between locales. */
const sample = 'IÄÉØŁΣΑΣЖ'

/**
 * Compares how program and database make lower case of letters. Categories, which decide who sees a ticket, and names
 * are compared by both.
 * @returns a line for the operator when they differ.
 */
export const warnOfLetterCase = async (app: App): Promise<string[]> => {
  const lower = await lowerInDatabase(app.pool, sample)
  if (lower === foldCase(sample)) return []
  return [
    `The database makes ${lower} of ${sample} in lower case, so categories, names and search do not find all letters in ` +
      'any case. Create it anew with the locale C.UTF-8; see docs/operations.md, "PostgreSQL".',
  ]
}
