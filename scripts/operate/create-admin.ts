import { z } from 'zod'
import { NewPassword, SignInName } from '../../src/contract/credentials.ts'
import { Email, PersonName } from '../../src/modules/identity/accounts/accounts.schemas.ts'
import { createAdminOf } from '../../src/modules/identity/accounts/first-admin.service.ts'
import { defaultTenantSlug, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { printAdmin, readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

const options = readOptions(
  'npm run create-admin -- --tenant <slug> --user-id <id> --email <e-mail> [--name <name>] [--password <p>]',
  z.object({
    tenant: TenantSlug.default(defaultTenantSlug),
    'user-id': SignInName,
    email: Email,
    name: PersonName.default('Admin'),
    password: NewPassword.optional(),
  }),
)

await withApp(async (app) => {
  const { tenant, 'user-id': userId, email, name, password } = options
  printAdmin(tenant, await createAdminOf(app, tenant, { userId, email, name, password }))
})
