import { z } from 'zod'
import { NewPassword, SignInName } from '../../src/contract/credentials.ts'
import { Email, PersonName } from '../../src/modules/identity/accounts/accounts.schemas.ts'
import { createTenantWithAdmin } from '../../src/modules/identity/accounts/first-admin.service.ts'
import { TenantName, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { readOptions } from '../lib/options.ts'
import { printAdmin } from '../lib/print-admin.ts'
import { withApp } from '../lib/with-app.ts'

const options = readOptions(
  'npm run create-tenant -- --slug <slug> --name <name> --admin-user-id <id> [--admin-email <address>] ' +
    '[--admin-name <name>] [--admin-password <password>]',
  z.object({
    slug: TenantSlug,
    name: TenantName,
    'admin-user-id': SignInName,
    'admin-email': Email.optional(),
    'admin-name': PersonName.default('Admin'),
    'admin-password': NewPassword.optional(),
  }),
)

await withApp(async (app) => {
  const { slug, name, 'admin-user-id': userId, 'admin-password': password } = options
  const email = options['admin-email'] ?? app.config.ADMIN_EMAIL
  const admin = { userId, name: options['admin-name'], email, password }
  printAdmin(slug, await createTenantWithAdmin(app, { slug, name }, admin))
})
