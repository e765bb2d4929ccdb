import type { App } from '../../../platform/app-context.ts'
import { brokenConstraint } from '../../../platform/db/connection-errors.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { TenantFacts } from '../../../platform/tenant-facts.ts'
import type { Counter } from './counters.steps.ts'
import type { OperatorOrigin } from './platform-log.steps.ts'
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
 * The tenant with a slug, in whatever state it is; without a slug, the default tenant.
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

/** The refusal of whoever comes in while the tenant is suspended. */
export const tenantSuspended = (): AppError =>
  new AppError('tenant_suspended', {
    detail: 'Nobody can sign in or register here at the moment. Ask whoever runs this desk for your organisation.',
  })

/**
 * Refuses what is done without a sign-in, such as by the link of a mail, while the tenant is suspended. A suspension
 * holds here within a second.
 * @throws AppError `tenant_suspended`; `tenant_not_found` when the tenant has been deleted.
 */
export const refuseSuspended = async (app: App, tenantId: number): Promise<void> => {
  if ((await getTenant(app, tenantId)).state !== 'active') throw tenantSuspended()
}

/**
 * The tenant with a slug, for what is done before the sign-in; without a slug, the default tenant.
 * @throws AppError `tenant_not_found`, `tenant_suspended`.
 */
export const getOpenTenantId = async (app: App, slug: string = defaultTenantSlug): Promise<number> => {
  const tenant = await getTenantBySlug(app, slug)
  if (tenant.state !== 'active') throw tenantSuspended()
  return tenant.tenantId
}

/** Whether a tenant has this slug. */
export const hasTenant = async (app: App, slug: string): Promise<boolean> =>
  (await findTenantBySlug(app.pool, slug)) !== null

/** A tenant that a script, or the first start, creates. */
const byNobody: OperatorOrigin = { requestId: null }

/**
 * Creates a tenant with its counters, in the caller's transaction. The slug of a deleted tenant stays taken, because
 * old links and programs would lead to another organisation.
 * @throws AppError `slug_taken`.
 */
export const createTenant = async (
  tx: Tx,
  slug: string,
  name: string,
  origin: OperatorOrigin = byNobody,
): Promise<number> => {
  const tenantId = await insertTenant(tx, slug, name, origin)
  if (tenantId === null) throw new AppError('slug_taken', { detail: `There is, or was, a tenant called ${slug}.` })
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
