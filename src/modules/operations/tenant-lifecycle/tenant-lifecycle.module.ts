import type { Module } from '../../../platform/module.ts'
import { deleteDueTenants } from './delete-due-tenants.service.ts'

/** A run ends before the next one begins. */
const deletionLimitMs = 290_000

export const tenantLifecycle: Module = {
  name: 'operations/tenant-lifecycle',
  tasks: () => ({ delete_tenants: { work: deleteDueTenants, limitMs: deletionLimitMs } }),
  schedules: [{ schedule: '*/5 * * * *', task: 'delete_tenants' }],
}
