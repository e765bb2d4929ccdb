import { z } from 'zod'
import { Domain } from '../../../contract/domains.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, listParameter, searchText, timestamp } from '../../../platform/schemas.ts'

/** The short name of a tenant in `X-Tenant`: lower-case letters and digits, dashes between them. */
export const TenantSlug = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](-?[a-z0-9])*$/, { error: 'must be lower-case letters and digits, with single dashes between them' })

export const TenantName = line(100)

export const defaultTenantSlug = 'default'

/** The slug of a new tenant. `GET /tenants/log` is the log, and no tenant. */
export const NewTenantSlug = TenantSlug.refine((slug) => slug !== 'log', { error: 'is a reserved word' })

export const TenantState = z.enum(['active', 'suspended', 'deleting']).meta({
  id: 'TenantState',
  description:
    '`active`: its people work. `suspended`: nobody signs in and nothing happens; its data stays. `deleting`: as ' +
    'suspended, and its data goes after `deleted_after`.',
})

/** How far the numbers of a tenant are counted, so that a big tenant does not make the list slow. */
export const usageCounts = { rows: 10_000, files: 50_000 }

/** The names under which modules to the right give the bytes of files, and the waiting mails, of a tenant `t`. */
export const fileBytesOfTenant = 'file_bytes_of_tenant'
export const mailsWaitingOfTenant = 'mails_waiting_of_tenant'

const counted = (what: string) =>
  z
    .int()
    .min(0)
    .meta({
      description: `How many ${what}. ${usageCounts.rows} means that many, or more.`,
      examples: [3],
    })

const Usage = z
  .object({
    admins: counted('accounts of admins there are that are not deactivated'),
    technicians: counted('accounts of technicians there are that are not deactivated'),
    customers: counted('accounts of customers there are that are not deactivated'),
    tickets: z
      .int()
      .min(0)
      .meta({ description: 'How many tickets were ever created.', examples: [120] }),
    file_bytes: z
      .int()
      .min(0)
      .meta({ description: `The bytes of the files of tickets, of at most ${usageCounts.files} files.` }),
    mails_waiting: counted('mails wait to be sent'),
    last_event_at: timestamp.nullable().meta({ description: 'When anything last happened; null for never.' }),
  })
  .meta({ id: 'TenantUsage', description: 'How much of a tenant there is.' })

const host = z
  .string()
  .nullable()
  .meta({
    description: 'The host name at which its people reach the tenant, in punycode; null when none is mapped.',
    examples: ['help.harbour.example.com'],
  })
const deletedAfter = timestamp.nullable().meta({
  description: 'Until when the deletion can be taken back; null unless the tenant is being deleted.',
})

const facts = {
  slug: z.string().meta({ description: 'The short name of the tenant. It stays for good.', examples: ['harbour'] }),
  name: z.string().meta({ description: 'The name of the organisation.', examples: ['Harbour Works'] }),
  host,
  state: TenantState,
  created_at: timestamp,
  suspended_at: timestamp
    .nullable()
    .meta({ description: 'Since when nobody can sign in; null while the tenant is active.' }),
  deleted_after: deletedAfter,
}
export const TenantRow = z.object({ ...facts, usage: Usage })
export type TenantRow = z.output<typeof TenantRow>

export const Tenant = z
  .object({
    ...TenantRow.shape,
    url: z.string().meta({
      description: 'Where its people reach the tenant, without a slash at the end.',
      examples: ['https://help.harbour.example.com'],
    }),
  })
  .meta({ id: 'Tenant' })
export type Tenant = z.output<typeof Tenant>

export const TenantList = z
  .object({ tenants: z.array(Tenant).meta({ description: 'The tenants of this page, by slug.' }), page: Page })
  .meta({ id: 'TenantList' })

export const TenantParams = z.object({
  slug: TenantSlug.meta({ description: 'The slug of the tenant.', examples: ['harbour'] }),
})

export const TenantQuery = z.strictObject({
  ...pageQuery,
  q: searchText
    .optional()
    .meta({ description: 'Words in the slug, the name, also as its admins chose it, or the host.' }),
  state: listParameter(TenantState, 3).optional().meta({ description: 'Only tenants in these states.' }),
})
export type TenantFilter = Pick<z.output<typeof TenantQuery>, 'q' | 'state'>

export const ChangeTenant = z
  .strictObject({
    name: TenantName.optional().meta({ description: 'The name of the organisation.', examples: ['Harbour Works'] }),
    host: Domain.nullable()
      .optional()
      .meta({
        description:
          'The host name at which its people reach the tenant, which leads to this program. It is kept in punycode and ' +
          'small letters. Null: none.',
        examples: ['help.harbour.example.com'],
      }),
  })
  .meta({ id: 'ChangeTenant', examples: [{ name: 'Harbour Works', host: 'help.harbour.example.com' }] })
export type TenantChange = z.output<typeof ChangeTenant>

export const ConfirmDeletion = z.strictObject({
  confirm: z
    .string()
    .max(63)
    .meta({ description: 'The slug of the tenant once more, as a confirmation.', examples: ['harbour'] }),
})
