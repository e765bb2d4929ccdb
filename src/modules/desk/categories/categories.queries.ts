import { z } from 'zod'
import { type Db, many, nothing, one, sql } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { categoryKey } from '../../identity/technicians/technicians.steps.ts'
import { CategoryRow } from './categories.schemas.ts'
import { hasTechnicians } from './categories.steps.ts'

/**
 * One more than `limit` of the categories of active technicians, in the order of their names, after the cursor's key.
 */
export const listCategories = (
  db: Db,
  tenantId: number,
  { limit, after }: PageRequest<string>,
): Promise<CategoryRow[]> => {
  const key = categoryKey(sql`w.category`)
  return many(
    db,
    CategoryRow,
    sql`select ${key} as key, (array_agg(w.category order by w.technician_number))[1] as category,
          count(*) as technicians, count(*) filter (where w.available) as available
        from technicians w
        cross join lateral (
          select from accounts a
          where a.tenant_id = w.tenant_id and a.account_id = w.technician_id and a.role = 'technician'
            and a.status = 'active' limit 1) a
        where w.tenant_id = ${tenantId} ${after === null ? nothing : sql`and ${key} > ${after}`}
        group by ${key} order by ${key} limit ${limit + 1}`,
  )
}

const Answer = z.object({ has: z.boolean() })

/** Whether an active technician works on a category. */
export const hasActiveTechnicians = async (db: Db, tenantId: number, category: string): Promise<boolean> => {
  const { has } = await one(
    db,
    Answer,
    sql`select ${hasTechnicians(sql`${tenantId}::integer`, sql`${category}::text`)} as has`,
  )
  return has
}
