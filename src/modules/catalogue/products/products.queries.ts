import { z } from 'zod'
import { type Db, exec, many, maybeOne, nothing, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { takeNumberStep } from '../../identity/tenants/counters.steps.ts'
import { type ChosenProduct, type chosenMembers, LockedProduct, Product, unitsAtMost } from './products.schemas.ts'
import { holdsUnit, productColumns } from './products.steps.ts'

const theProduct = ({ tenantId }: User, productId: string): Sql =>
  sql`p.tenant_id = ${tenantId} and p.product_number = ${numberOf(productId)}`

export const findProduct = (db: Db, actor: User, productId: string): Promise<Product | null> =>
  maybeOne(db, Product, sql`select ${productColumns(actor)} from products p where ${theProduct(actor, productId)}`)

/**
 * Locks a product until the transaction ends, so that orders of its units come one after the other. It is read by a
 * second statement: one that waits for the lock does not see the orders that were made meanwhile.
 */
export const lockProduct = async (tx: Tx, actor: User, productId: string): Promise<LockedProduct | null> => {
  await exec(tx, sql`select from products p where ${theProduct(actor, productId)} for no key update of p`)
  return maybeOne(
    tx,
    LockedProduct,
    sql`select ${productColumns(actor)}, p.owner_id as owner from products p where ${theProduct(actor, productId)}`,
  )
}

const ChangedMember = z.object({ field: z.string(), by: z.string().nullable(), version: z.int() })

/**
 * The members of a product that changed after a version, by whom, each with its last change. Customers do not read who
 * changes products, but for themselves: it may be another customer, or an admin, whose id is a sign-in name.
 */
export const listProductChangesSince = (
  db: Db,
  { tenantId, role, accountId }: User,
  productId: string,
  version: number,
): Promise<z.output<typeof ChangedMember>[]> =>
  many(
    db,
    ChangedMember,
    sql`select distinct on (m.field) m.field, e.subject_version as version,
          case when ${role} <> 'customer' or e.actor_id = ${accountId} then coalesce(e.actor_id, 'system') end as by
        from events e cross join lateral jsonb_object_keys(e.changes) as m (field)
        where e.tenant_id = ${tenantId} and e.subject_id = ${productId} and e.type = 'product.updated'
          and e.subject_version > ${version}
        order by m.field, e.subject_version desc`,
  )

/** What an event tells of a product `p` as it is then. */
const toldProduct = {
  title: sql`p.title`,
  price: sql`p.price`,
  currency: sql`p.currency`,
  kind: sql`p.kind`,
  category: sql`p.category`,
  units: sql`p.units`,
}

/** Writes a product of the actor's own with its units, and the event. */
export const insertProduct = (tx: Tx, { actor, requestId }: Act<User>, product: ChosenProduct): Promise<Product> =>
  one(
    tx,
    Product,
    sql`with counter as (${takeNumberStep(actor.tenantId, 'product')}),
        p as (
          insert into products (tenant_id, product_number, owner_id, title, kind, category, price, currency, units)
          select ${actor.tenantId}, c.value, ${actor.accountId}, ${product.title}, ${product.kind}, ${product.category},
            ${product.price}, ${product.currency}, ${product.units}
          from counter c
          returning *),
        units as (
          insert into product_units (tenant_id, product_number, unit_number)
          select p.tenant_id, p.product_number, n.unit_number from p
          cross join generate_series(1, ${product.units}) as n (unit_number)),
        logged as (${appendEventsFrom({
          tenantId: sql`p.tenant_id`,
          type: 'product.created',
          subjectId: sql`p.product_id`,
          subjectVersion: sql`p.version`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          details: toldProduct,
          requestId: sql`${requestId}`,
          from: sql`from p`,
        })})
        select ${productColumns(actor)} from p`,
  )

/**
 * The steps that give a product a number of units. Units that are with orders stay, then those with the lowest numbers.
 * Units beyond that are retired, and come back first, so no unit has a number above `unitsAtMost`.
 */
const unitsSteps = (actor: User, productId: string, units: number): Sql => sql`
  numbered as (
    select n.unit_number, l.unit_number is not null as is_held from generate_series(1, ${unitsAtMost}) as n (unit_number)
    left join orders l on l.tenant_id = ${actor.tenantId} and l.product_number = ${numberOf(productId)}
      and l.unit_number = n.unit_number and ${holdsUnit}),
  kept as (select n.unit_number from numbered n order by n.is_held desc, n.unit_number limit ${units}),
  counted as (
    insert into product_units as u (tenant_id, product_number, unit_number, is_retired)
    select ${actor.tenantId}, ${numberOf(productId)}, n.unit_number, k.unit_number is null
    from numbered n
    left join kept k on k.unit_number = n.unit_number
    where k.unit_number is not null or exists (
      select from product_units e
      where e.tenant_id = ${actor.tenantId} and e.product_number = ${numberOf(productId)}
        and e.unit_number = n.unit_number)
    on conflict on constraint product_units_pkey do update set is_retired = excluded.is_retired
    where u.is_retired <> excluded.is_retired),`

/** Writes what somebody chose for a locked product, and the event, which tells the members that differ. */
export const updateProductRow = (
  tx: Tx,
  { actor, requestId }: Act<User>,
  before: Product,
  after: ChosenProduct,
  differing: (typeof chosenMembers)[number][],
): Promise<number> =>
  exec(
    tx,
    sql`with ${differing.includes('units') ? unitsSteps(actor, before.product_id, after.units) : nothing}
        p as (
          update products p set title = ${after.title}, kind = ${after.kind}, category = ${after.category},
            price = ${after.price}, currency = ${after.currency}, units = ${after.units}, version = p.version + 1,
            updated_at = now()
          where ${theProduct(actor, before.product_id)}
          returning p.*)
        ${appendEventsFrom({
          tenantId: sql`p.tenant_id`,
          type: 'product.updated',
          subjectId: sql`p.product_id`,
          subjectVersion: sql`p.version`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          changes: Object.fromEntries(
            differing.map((name) => [
              name,
              { from: sql`${JSON.stringify(before[name])}::jsonb`, to: sql`${JSON.stringify(after[name])}::jsonb` },
            ]),
          ),
          details: toldProduct,
          requestId: sql`${requestId}`,
          from: sql`from p`,
        })}`,
  )
