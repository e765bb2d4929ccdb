import { z } from 'zod'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { timestamp } from '../../../platform/schemas.ts'
import { TenantSlug } from './tenants.schemas.ts'

export const PlatformAct = z
  .enum(['created', 'renamed', 'host_mapped', 'suspended', 'resumed', 'deletion_requested', 'restored', 'deleted'])
  .meta({ id: 'PlatformAct', description: 'What was done with a tenant.' })
export type PlatformAct = z.output<typeof PlatformAct>

export const PlatformLogEntry = z
  .object({
    entry_id: z.int().meta({ description: 'The number of the entry. Numbers go up, with gaps.', examples: [7] }),
    at: timestamp.meta({ description: 'When it was done.' }),
    what: PlatformAct,
    slug: z.string().meta({ description: 'The slug of the tenant.', examples: ['harbour'] }),
    tenant_number: z
      .int()
      .meta({ description: 'The number of the tenant, with which the chain of its audit begins.', examples: [2] }),
    changes: z
      .record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }))
      .meta({ description: 'What changed: each member with its value before and after.' }),
    address: z
      .string()
      .nullable()
      .meta({ description: 'The network address of the caller; null for a script or a job.', examples: ['192.0.2.7'] }),
    request_id: z.string().nullable(),
    last_position: z
      .int()
      .nullable()
      .meta({ description: 'Of a deletion: the position of the last event of the tenant; else null.' }),
    last_hash: z
      .string()
      .nullable()
      .meta({ description: 'Of a deletion: the hash of the last event, in hexadecimal digits; else null.' }),
  })
  .meta({ id: 'PlatformLogEntry' })
export type PlatformLogEntry = z.output<typeof PlatformLogEntry>

export const PlatformLog = z
  .object({ entries: z.array(PlatformLogEntry).meta({ description: 'The entries, newest first.' }), page: Page })
  .meta({ id: 'PlatformLog' })

export const PlatformLogQuery = z.strictObject({
  ...pageQuery,
  slug: TenantSlug.optional().meta({ description: 'Only what was done with this tenant.' }),
})
