import { NewPassword, SignInName } from '../../src/contract/credentials.ts'
import { languageList } from '../../src/contract/settings.ts'
import { TimeZone } from '../../src/contract/time-zones.ts'
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
    languages: option(
      '<de,en>',
      'what the desk speaks, the usual one first; LANGUAGES when left out',
      languageList.optional(),
    ),
    'time-zone': option('<zone>', 'such as Europe/Berlin; TIME_ZONE when left out', TimeZone.optional()),
    'admin-user-id': option('<id>', 'what the admin signs in with', SignInName),
    'admin-email': option('<address>', 'where mails to the admin go; ADMIN_EMAIL when left out', Email.optional()),
    'admin-name': option('<name>', 'what people see', PersonName.default('Admin')),
    'admin-password': option('<password>', '8 to 72 bytes; random and printed when left out', NewPassword.optional()),
  },
})

await withApp(async (app) => {
  const { slug, name, languages, 'time-zone': time_zone, 'admin-user-id': userId, 'admin-password': password } = options
  const email = options['admin-email'] ?? app.config.ADMIN_EMAIL
  const admin = { userId, name: options['admin-name'], email, password }
  await printAdmin(app, slug, await createTenantWithAdmin(app, { slug, name, languages, time_zone }, admin))
})
