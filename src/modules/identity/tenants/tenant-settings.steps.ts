import { type Sql, sql } from '../../../platform/db/sql.ts'
import { type CountedSetting, countedSettings } from './known-settings.schemas.ts'

// A setting that is malformed in the database is as if it were not set, here as in `settingsOf`.

/**
 * A setting that is a number, of the tenant in the alias `t`: what its admins chose, or else `byDefault`. For
 * statements that work on many tenants; what serves one tenant asks `settingsOf`.
 */
export const countedSetting = (t: Sql, name: CountedSetting, byDefault: number): Sql => {
  const [min, max] = countedSettings[name]
  const path = `strict $.${name} ? (@.type() == "number" && @ >= ${min} && @ <= ${max} && @.floor() == @)`
  return sql`coalesce(jsonb_path_query_first(${t}.settings, ${path}::jsonpath, '{}', true)::integer, ${byDefault}::integer)`
}

/** Whether the tenant in the alias `t` asks its staff for a second factor; null when its admins chose nothing. */
export const factorSetting = (t: Sql): Sql => sql`case jsonb_typeof(${t}.settings -> 'second_factor_required')
  when 'boolean' then (${t}.settings ->> 'second_factor_required')::boolean end`

/** The name of the tenant in the alias `t`: what its admins chose, or else what the operator gave. */
export const shownTenantName = (t: Sql): Sql =>
  sql`case jsonb_typeof(${t}.settings -> 'name') when 'string' then ${t}.settings ->> 'name' else ${t}.name end`

/**
 * The time zone of a person: what they chose (`own`, or null), or else what the admins of the tenant chose, or else
 * `byDefault`.
 */
export const zoneOfPerson = (own: Sql, tenantId: Sql, byDefault: string): Sql => sql`coalesce(${own}, (
  select z.settings ->> 'time_zone' from tenants z
  where z.tenant_id = ${tenantId} and jsonb_typeof(z.settings -> 'time_zone') = 'string'), ${byDefault}::text)`
