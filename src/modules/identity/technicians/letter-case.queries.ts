import { z } from 'zod'
import { type Db, one, sql } from '../../../platform/db/sql.ts'

const Lowered = z.object({ lower: z.string() })

/** What the database makes of a text in lower case. It depends on the locale of the database. */
export const lowerInDatabase = async (db: Db, text: string): Promise<string> =>
  (await one(db, Lowered, sql`select lower(${text}) as lower`)).lower
