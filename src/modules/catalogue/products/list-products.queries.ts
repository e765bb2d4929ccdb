import { ProductKind } from '../../../contract/enums.ts'
import { containing } from '../../../platform/db/containing.ts'
import {
  allOf,
  type Db,
  inIndexOrder,
  many,
  planEachTime,
  type Sql,
  sql,
  withinTime,
} from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { isSameCategory } from '../../identity/technicians/technicians.steps.ts'
import { Product, type ProductFilter } from './products.schemas.ts'
import { productColumns, unitsFree } from './products.steps.ts'

const conditionsOf = (actor: User, { category, owner }: ProductFilter, after: number | null): Sql[] => {
  const conditions = [sql`p.tenant_id = ${actor.tenantId}`, sql`p.product_number > ${after ?? 0}`]
  if (category !== undefined) conditions.push(isSameCategory(sql`p.category`, sql`${category}`))
  if (owner !== undefined) conditions.push(sql`p.owner_id = ${actor.accountId}`)
  return conditions
}

/** The products `p` that fit and have some words in their title or number, by the index of these. */
const calledProducts = (q: string, { kind, available }: ProductFilter, conditions: Sql[]): Sql => {
  const more = [...conditions, sql`lower(p.title || ' ' || p.product_id) like ${containing(q)}`]
  if (kind !== undefined) more.push(sql`p.kind = any (${kind}::text[])`)
  if (available !== undefined) more.push(sql`(${unitsFree} > 0) = ${available}`)
  return sql`products p where ${allOf(more)}`
}

/**
 * The first products `p` of each kind that fit, full and not, more than a page has: each of these is a range of an
 * index, so how rare a thing is does not matter. A product stays full until a reservation that is over is ended, which
 * a job does at once; so products with such a reservation are looked at one by one.
 */
const productsByKind = ({ tenantId }: User, { kind, available }: ProductFilter, conditions: Sql[], first: Sql): Sql => {
  const kinds = [...new Set(kind ?? ProductKind.options)]
  const isFull = available === undefined ? [false, true] : [!available]
  const each = [...conditions, sql`p.kind = k.kind`, sql`p.is_full = f.is_full`]
  if (available === false) each.push(sql`not (${unitsFree} > 0)`)
  const ranges = sql`
    select p.* from unnest(${kinds}::text[]) as k (kind)
    cross join unnest(${isFull}::boolean[]) as f (is_full)
    cross join lateral (select p.* from products p where ${allOf(each)} ${first}) p`
  if (available !== true) return sql`(${ranges}) p`
  const freed = [...conditions, sql`p.kind = any (${kinds}::text[])`, sql`p.is_full`, sql`${unitsFree} > 0`]
  return sql`(${ranges}
    union all
    select p.* from (
      select distinct l.tenant_id, l.product_number from orders l
      where l.tenant_id = ${tenantId} and l.status = 'reserved' and l.reserved_until <= now()) d
    join products p on p.tenant_id = d.tenant_id and p.product_number = d.product_number
    where ${allOf(freed)}) p`
}

/**
 * One more than `limit` of the products that fit, after the cursor's number. The server cancels a list that reads many
 * rows after `timeoutMs`: a search may.
 */
export const listProducts = (
  db: Db,
  actor: User,
  filter: ProductFilter,
  { limit, after }: PageRequest<number>,
  timeoutMs: number,
): Promise<Product[]> => {
  const conditions = conditionsOf(actor, filter, after)
  const first = sql`order by p.product_number limit ${limit + 1}`
  const { q, kind, category, available, owner } = filter
  const isPlain = [kind, category, available, owner].every((value) => value === undefined)
  const rowsOf = (found: Sql): Sql => planEachTime(sql`select ${productColumns(actor)} from ${found} ${first}`)
  if (q !== undefined) return many(db, Product, withinTime(rowsOf(calledProducts(q, filter, conditions)), timeoutMs))
  const found = isPlain ? sql`products p where ${allOf(conditions)}` : productsByKind(actor, filter, conditions, first)
  return many(db, Product, inIndexOrder(withinTime(rowsOf(found), timeoutMs)))
}
