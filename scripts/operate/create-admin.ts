import { z } from 'zod'
import { NewPassword, SignInName } from '../../src/contract/credentials.ts'
import { Email, PersonName } from '../../src/modules/identity/accounts/accounts.schemas.ts'
import { createAdminOf } from '../../src/modules/identity/accounts/first-admin.service.ts'
import { defaultTenantSlug, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { readOptions } from '../lib/options.ts'
import { printAdmin } from '../lib/print-admin.ts'
import { withApp } from '../lib/with-app.ts'

const options = readOptions(
  'npm run create-admin -- --tenant <slug> --user-id <id> --email <address> [--name <name>] [--password <password>]',
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
