import { z } from 'zod'
import { SignInName } from '../../../contract/credentials.ts'
import { FirstSettings } from '../tenants/tenant-settings.schemas.ts'
import { NewTenantSlug, TenantName } from '../tenants/tenants.schemas.ts'
import { Email, PersonName } from './accounts.schemas.ts'

export const CreateTenant = z
  .strictObject({
    slug: NewTenantSlug.meta({
      description:
        'The short name of the tenant, in addresses and in `X-Tenant`: small letters and digits, with single dashes ' +
        'between them. It stays for good.',
      examples: ['harbour'],
    }),
    name: TenantName.meta({ description: 'The name of the organisation.', examples: ['Harbour Works'] }),
    ...FirstSettings.shape,
    admin: z
      .strictObject({
        user_id: SignInName.meta({ description: 'What the admin signs in with.', examples: ['dana'] }),
        name: PersonName,
        email: Email,
      })
      .meta({ id: 'FirstAdmin', description: 'The first admin, who is mailed a link to set a password.' }),
  })
  .meta({
    id: 'CreateTenant',
    examples: [
      {
        slug: 'harbour',
        name: 'Harbour Works',
        languages: ['de', 'en'],
        time_zone: 'Europe/Berlin',
        admin: { user_id: 'dana', name: 'Dana Whitfield', email: 'dana.whitfield@harbour.example.com' },
      },
    ],
  })
