import type { Config } from '../../../platform/config.ts'
import { addressOfHost, type TenantFacts } from '../../../platform/tenant-facts.ts'
import { defaultTenantSlug } from './tenants.schemas.ts'

/**
 * Where the people of a tenant reach it, without a slash at its end: its mapped host, with the scheme and the port of
 * `PUBLIC_URL`; else `PUBLIC_URL`, with `/t/<slug>` for every tenant but the default one. Every link of a mail starts
 * with it. No header of a request says any of it.
 */
export const addressOfTenant = (
  config: Pick<Config, 'PUBLIC_URL'>,
  { slug, host }: Pick<TenantFacts, 'slug' | 'host'>,
): string => {
  if (host !== null) return addressOfHost(config, host)
  return slug === defaultTenantSlug ? config.PUBLIC_URL : `${config.PUBLIC_URL}/t/${slug}`
}
