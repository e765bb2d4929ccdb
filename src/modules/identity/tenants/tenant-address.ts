import type { Config } from '../../../platform/config.ts'
import type { TenantFacts } from '../../../platform/tenant-facts.ts'
import { defaultTenantSlug } from './tenants.schemas.ts'

/**
 * Where the people of a tenant reach it, without a slash at its end: its mapped host, with the scheme and the port of
 * `PUBLIC_URL`; else `PUBLIC_URL`, with `/t/<slug>` for every tenant but the default one. Every link of a mail starts
 * with it. No header of a request says any of it.
 */
export const addressOfTenant = (
  { PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>,
  { slug, host }: Pick<TenantFacts, 'slug' | 'host'>,
): string => {
  if (host === null) return slug === defaultTenantSlug ? PUBLIC_URL : `${PUBLIC_URL}/t/${slug}`
  const url = new URL(PUBLIC_URL)
  url.hostname = host
  return url.origin
}
