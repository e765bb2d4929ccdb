import { z } from 'zod'
import { type Db, exec, many, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { TenantSettingsRow } from '../../../platform/tenant-facts.ts'
import type { ChosenSettings } from './known-settings.schemas.ts'

const settingsColumns = sql`t.settings, t.settings_version, t.name, t.logo_id, t.logo_sha256, t.logo_bytes, t.logo_type`

/** What a tenant has set. `name` is what the operator gave. */
export const getSettingsRow = (db: Db, tenantId: number): Promise<TenantSettingsRow> =>
  one(db, TenantSettingsRow, sql`select ${settingsColumns} from tenants t where t.tenant_id = ${tenantId}`)

/** Locks what a tenant has set, for a change. Accounts of the tenant can be written meanwhile. */
export const lockSettingsRow = (tx: Tx, tenantId: number): Promise<TenantSettingsRow> =>
  one(
    tx,
    TenantSettingsRow,
    sql`select ${settingsColumns} from tenants t where t.tenant_id = ${tenantId} for no key update`,
  )

/** Sets and takes away settings of the event's tenant, and writes the event. What else is set stays. */
export const updateSettings = (
  tx: Tx,
  { set, unset }: { set: ChosenSettings; unset: string[] },
  event: NewEvent,
): Promise<number> =>
  exec(
    tx,
    sql`with changed as (
          update tenants set settings = (settings - ${unset}::text[]) || ${JSON.stringify(set)}::jsonb,
            settings_version = settings_version + 1
          where tenant_id = ${event.tenantId})
        ${appendEvents([event])}`,
  )

const ChangedSetting = z.object({ field: z.string(), by: z.string(), version: z.int() })

/** The settings that changed after a version, by whom, each with its last change. */
export const listSettingsChangedSince = (
  db: Db,
  tenantId: number,
  version: number,
): Promise<z.output<typeof ChangedSetting>[]> =>
  many(
    db,
    ChangedSetting,
    sql`select distinct on (m.field) m.field, coalesce(e.actor_id, 'system') as by, e.subject_version as version
        from events e cross join lateral jsonb_object_keys(e.changes) as m (field)
        where e.tenant_id = ${tenantId} and e.type = 'tenant.settings_changed' and e.subject_version > ${version}
        order by m.field, e.subject_version desc`,
  )
