import type { App } from '../../../platform/app-context.ts'
import { deleteRows, type TenantTable, tablesInOrder, unlinkRows } from '../../../platform/db/tenant-rows.ts'
import { deleteJobsOf } from '../../../platform/jobs/queued-jobs.ts'
import { type DeletableTenant, endTenant, findDeletable } from '../../identity/tenants/delete-tenants.service.ts'

/** How many rows, jobs or files one step takes: each is a transaction of its own, and holds nobody up for long. */
const stepSize = 2_000
/** How many tenants a run looks at. The next run takes the others. */
const tenantsAtOnce = 100
/** After this time a run begins no further step. The next run goes on. */
const runForMs = 240_000

/** The tables that go last, in one statement. */
const endedTogether = ['event_heads', 'tenants']

/** Whether a run may begin a further step. */
type MayGoOn = () => boolean

/**
 * Repeats a step until it finds nothing. A row that another statement has just changed is passed over by one step, so a
 * step that takes few rows is not the last. Answers whether nothing is left, or the time is over.
 */
const untilNothingIsLeft = async (mayGoOn: MayGoOn, step: () => Promise<number>): Promise<boolean> => {
  while (mayGoOn()) {
    if ((await step()) === 0) return true
  }
  return false
}

/**
 * Deletes what there is of a tenant: first what is no row, such as files, because rows say nothing of it once they are
 * gone; then jobs, then rows. A run that was cut off goes on where it was.
 */
const deleteTenant = async (
  app: App,
  { tenantId, slug }: DeletableTenant,
  tables: TenantTable[],
  mayGoOn: MayGoOn,
): Promise<void> => {
  const { pool } = app
  const steps = [
    ...app.tenantParts.remains.map((remove) => () => remove(app, tenantId, stepSize)),
    () => deleteJobsOf(pool, tenantId, stepSize),
    ...tables.flatMap((table) => [
      () => unlinkRows(pool, table, tenantId, stepSize),
      () => deleteRows(pool, table, tenantId, stepSize),
    ]),
  ]
  for (const step of steps) {
    if (!(await untilNothingIsLeft(mayGoOn, step))) return
  }
  if (await endTenant(app, tenantId)) app.log.info({ tenant_id: tenantId, slug }, 'a tenant has been deleted')
}

/**
 * Deletes the tenants whose deletion can no longer be taken back, in bounded steps. What fails for one tenant is tried
 * again with the next run, and holds no other tenant up.
 */
export const deleteDueTenants = async (app: App): Promise<void> => {
  const end = performance.now() + runForMs
  const mayGoOn = (): boolean => !app.stopping() && performance.now() < end
  const due = await findDeletable(app, tenantsAtOnce)
  if (due.length === 0) return
  const names = app.tenantParts.tables.filter((name) => !endedTogether.includes(name))
  const tables = await tablesInOrder(app.pool, names)
  for (const tenant of due) {
    if (!mayGoOn()) return
    try {
      await deleteTenant(app, tenant, tables, mayGoOn)
    } catch (error) {
      app.log.error({ error, tenant_id: tenant.tenantId }, 'a tenant could not be deleted; it is tried again')
    }
  }
}
