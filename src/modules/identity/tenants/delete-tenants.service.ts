import type { App } from '../../../platform/app-context.ts'
import { deleteTenantRow, listDeletable } from './manage-tenants.queries.ts'

/** A tenant that is to be deleted now. */
export interface DeletableTenant {
  tenantId: number
  slug: string
}

/** At most `limit` tenants whose deletion can no longer be taken back. */
export const findDeletable = async (app: App, limit: number): Promise<DeletableTenant[]> =>
  (await listDeletable(app.pool, limit)).map(({ tenant_id: tenantId, slug }) => ({ tenantId, slug }))

/** Deletes a tenant of which nothing else is left. Answers whether it is gone. */
export const endTenant = async (app: App, tenantId: number): Promise<boolean> => {
  const isGone = (await deleteTenantRow(app.pool, tenantId)) === 1
  app.tenants.clear()
  return isGone
}
