import { z } from 'zod'
import type { Config } from './config.ts'

/** What is known of a tenant before anybody has signed in. */
export interface TenantFacts {
  tenantId: number
  /** The short name in addresses and in `X-Tenant`. It stays for good. */
  slug: string
  /** The name as people read it. */
  name: string
  /** The host name at which the people of the tenant reach it, in punycode; null when none is mapped. */
  host: string | null
  /** `deleting`: suspended, and its data goes when the time to take that back is over. */
  state: 'active' | 'suspended' | 'deleting'
}

/** The address of a mapped host: with the scheme and the port of `PUBLIC_URL`, and without its path. */
export const addressOfHost = ({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>, host: string): string => {
  const url = new URL(PUBLIC_URL)
  url.hostname = host
  return url.origin
}

/** What a tenant has set, as it is kept. `name` is what the operator gave. */
export const TenantSettingsRow = z.object({
  settings: z.record(z.string(), z.unknown()),
  settings_version: z.int(),
  name: z.string(),
  /** The id of the object of the logo. It and what follows are null together. */
  logo_id: z.uuid().nullable(),
  logo_sha256: z.string().nullable(),
  logo_bytes: z.int().nullable(),
  logo_type: z.string().nullable(),
})
export type TenantSettingsRow = z.output<typeof TenantSettingsRow>
