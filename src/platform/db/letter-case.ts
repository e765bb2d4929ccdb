import { z } from 'zod'
import { foldCase } from '../text-form.ts'
import { type Db, one, sql } from './sql.ts'

/** Letters of several alphabets, and those whose lower case differs between locales. */
const sample = 'IÄÉØŁΣΑΣЖ'

const Lowered = z.object({ lower: z.string() })

/**
 * Compares how program and database make lower case of letters, which depends on the locale of the database. What
 * decides who sees a row, and what people search by, is compared by both.
 * @returns a line for the operator when they differ.
 */
export const warnOfLetterCase = async (db: Db): Promise<string[]> => {
  const { lower } = await one(db, Lowered, sql`select lower(${sample}) as lower`)
  if (lower === foldCase(sample)) return []
  return [
    `The database makes ${lower} of ${sample} in lower case, so names and search do not find all letters in any case, and ` +
      'people may not see what is theirs. Create it anew with the locale C.UTF-8; see docs/operations.md, "PostgreSQL".',
  ]
}
