import type { Warning } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db } from '../../../platform/db/sql.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { unattendedWarning } from './categories.policy.ts'
import { hasActiveTechnicians, listCategories } from './categories.queries.ts'
import type { CategoryRow } from './categories.schemas.ts'

/** The name of the order in cursors: categories are listed by their names. */
export const categoryOrder = 'category'

/** A page of the categories of the tenant's active technicians. */
export const listCategoriesInUse = async (
  app: App,
  { tenantId }: User,
  page: PageRequest<string>,
): Promise<PageOf<Omit<CategoryRow, 'key'>>> => {
  const found = pageOf(await listCategories(app.pool, tenantId, page), page, categoryOrder, ({ key }) => key)
  return { ...found, rows: found.rows.map(({ key: _, ...category }) => category) }
}

/** What is odd about the category that a ticket gets. */
export const categoryWarnings = async (db: Db, tenantId: number, category: string): Promise<Warning[]> =>
  (await hasActiveTechnicians(db, tenantId, category)) ? [] : [unattendedWarning(category)]
