import { sqlOn } from './sql-on.ts'
import type { Desk } from './workspace.ts'

/** Makes it so that the deletion of a tenant was asked for two months ago. What keeps the time is off meanwhile. */
export const endGrace = async ({ databaseUrl }: Desk, tenantId: number): Promise<void> => {
  await sqlOn(
    databaseUrl,
    `update platform_log set at = at - interval '60 days' where tenant_number = $1 and what = 'deletion_requested'`,
    [tenantId],
  )
  await sqlOn(databaseUrl, 'alter table tenants disable trigger tenants_grace')
  await sqlOn(
    databaseUrl,
    `update tenants set deleted_after = deleted_after - interval '60 days' where tenant_id = $1`,
    [tenantId],
  )
  await sqlOn(databaseUrl, 'alter table tenants enable trigger tenants_grace')
}
