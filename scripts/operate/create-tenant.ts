import { NewPassword, SignInName } from '../../src/contract/credentials.ts'
import { Email, PersonName } from '../../src/modules/identity/accounts/accounts.schemas.ts'
import { createTenantWithAdmin } from '../../src/modules/identity/accounts/first-admin.service.ts'
import { TenantName, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { option, readOptions } from '../lib/options.ts'
import { printAdmin } from '../lib/print-admin.ts'
import { withApp } from '../lib/with-app.ts'

const options = readOptions({
  script: 'create-tenant',
  about: 'Creates a tenant with an admin, and numbers and data of its own.',
  options: {
    slug: option('<slug>', 'the short name that sign-ins send in X-Tenant', TenantSlug),
    name: option('<name>', 'the name of the organisation', TenantName),
    'admin-user-id': option('<id>', 'what the admin signs in with', SignInName),
    'admin-email': option('<address>', 'where mails to the admin go; ADMIN_EMAIL when left out', Email.optional()),
    'admin-name': option('<name>', 'what people see', PersonName.default('Admin')),
    'admin-password': option('<password>', '8 to 72 bytes; random and printed when left out', NewPassword.optional()),
  },
})

await withApp(async (app) => {
  const { slug, name, 'admin-user-id': userId, 'admin-password': password } = options
  const email = options['admin-email'] ?? app.config.ADMIN_EMAIL
  const admin = { userId, name: options['admin-name'], email, password }
  await printAdmin(app, slug, await createTenantWithAdmin(app, { slug, name }, admin))
})
