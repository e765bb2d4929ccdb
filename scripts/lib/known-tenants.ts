import { getTenantId } from '../../src/modules/identity/tenants/tenants.service.ts'
import type { App } from '../../src/platform/app-context.ts'
import { AppError } from '../../src/platform/errors.ts'

/** What a person reads who named a tenant that does not exist: the tenants that there are, or some of many. */
export const unknownTenant = async (app: App, slug: string): Promise<string> => {
  const { rows } = await app.pool.query('select t.slug from tenants t order by t.tenant_id limit 20')
  return `There is no tenant ${slug}. Tenants: ${rows.map((row) => row.slug).join(', ') || 'none'}.`
}

/**
 * Finds a tenant by its slug.
 * @throws Error that names the tenants that there are.
 */
export const findTenant = async (app: App, slug: string): Promise<number> => {
  try {
    return await getTenantId(app, slug)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'tenant_not_found') throw error
    throw new Error(await unknownTenant(app, slug))
  }
}
