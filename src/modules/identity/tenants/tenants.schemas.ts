import { z } from 'zod'
import { line } from '../../../platform/schemas.ts'

/** The short name of a tenant in `X-Tenant`: lower-case letters and digits, dashes between them. */
export const TenantSlug = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](-?[a-z0-9])*$/, { error: 'must be lower-case letters and digits, with single dashes between them' })

export const TenantName = line(100)

export const defaultTenantSlug = 'default'
