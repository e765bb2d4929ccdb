import { z } from 'zod'
import { type Db, many, sql } from '../../../platform/db/sql.ts'

const KeyUse = z.object({ key_id: z.string(), count: z.int() })

/** How many second factors of all tenants each key has sealed. Read once at a start. */
export const countSealedByKey = (db: Db): Promise<z.output<typeof KeyUse>[]> =>
  many(
    db,
    KeyUse,
    sql`select split_part(f.secret, '.', 1) as key_id, count(*)::integer as count from second_factors f
        where f.secret is not null group by 1 order by 1`,
  )
