import type { App } from '../../../platform/app-context.ts'
import { brokenConstraint } from '../../../platform/db/connection-errors.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { TenantFacts } from '../../../platform/tenant-facts.ts'
import type { Counter } from './counters.steps.ts'
import { addressOfTenant } from './tenant-address.ts'
import { findTenantById, findTenantBySlug, healCounter, insertTenant, listMappedHosts } from './tenants.queries.ts'
import { defaultTenantSlug, TenantSlug } from './tenants.schemas.ts'

/** What is known of the tenant with a slug, as of the last second. @throws AppError `tenant_not_found`. */
const getTenantBySlug = async (app: App, slug: string): Promise<TenantFacts> => {
  const isSlug = TenantSlug.safeParse(slug).success
  const tenant = isSlug ? await app.tenants.get(`slug ${slug}`, () => findTenantBySlug(app.pool, slug)) : null
  if (tenant === null) throw new AppError('tenant_not_found', isSlug ? { detail: `There is no tenant ${slug}.` } : {})
  return tenant
}

/**
 * The tenant with a slug; without a slug, the default tenant.
 * @throws AppError `tenant_not_found`.
 */
export const getTenantId = async (app: App, slug: string = defaultTenantSlug): Promise<number> =>
  (await getTenantBySlug(app, slug)).tenantId

/**
 * What is known of a tenant by its number, as of the last second.
 * @throws AppError `tenant_not_found` when the tenant has been deleted.
 */
export const getTenant = async (app: App, tenantId: number): Promise<TenantFacts> => {
  const tenant = await app.tenants.get(`id ${tenantId}`, () => findTenantById(app.pool, tenantId))
  if (tenant === null) throw new AppError('tenant_not_found')
  return tenant
}

/**
 * All mapped hosts with the slugs of their tenants, as of the last second. It is one list, so a host that nobody has
 * mapped costs no query of its own.
 */
export const mappedHosts = (app: App): Promise<ReadonlyMap<string, string>> =>
  app.tenantHosts.get('all', async () => {
    const rows = await listMappedHosts(app.pool)
    return new Map(rows.map(({ host, slug }) => [host, slug]))
  })

/**
 * Where the people of a tenant reach it; see `addressOfTenant`.
 * @throws AppError `tenant_not_found`.
 */
export const getTenantAddress = async (app: App, slug: string): Promise<string> =>
  addressOfTenant(app.config, await getTenantBySlug(app, slug))

/** The name of a tenant, as people read it. */
export const getTenantName = async (app: App, tenantId: number): Promise<string> =>
  (await getTenant(app, tenantId)).name

/** Whether a tenant has this slug. */
export const hasTenant = async (app: App, slug: string): Promise<boolean> =>
  (await findTenantBySlug(app.pool, slug)) !== null

/**
 * Creates a tenant with its counters, in the caller's transaction.
 * @throws AppError `slug_taken`.
 */
export const createTenant = async (tx: Tx, slug: string, name: string): Promise<number> => {
  const tenantId = await insertTenant(tx, slug, name)
  if (tenantId === null) throw new AppError('slug_taken', { detail: `There is a tenant called ${slug} already.` })
  return tenantId
}

/**
 * Runs a create that takes a number. When the number is taken already, the counter is missing or behind its table: the
 * counter is made or moved up once, and the create runs again.
 */
export const withHealedCounter = async <T>(
  app: App,
  tenantId: number,
  counter: Counter,
  create: () => Promise<T>,
): Promise<T> => {
  try {
    return await create()
  } catch (error) {
    const constraint = brokenConstraint(error)
    if (constraint === null || !counter.constraints.includes(constraint)) throw error
    const healed = await healCounter(app.pool, tenantId, counter)
    if (healed !== null) {
      const { value, was_missing: wasMissing } = healed
      app.log.warn(
        { tenant_id: tenantId, counter: counter.name, value },
        wasMissing
          ? 'a counter was missing and has been made anew'
          : 'a counter was behind its table and has been moved up',
      )
    }
    return create()
  }
}
