import { NewPassword, SignInName } from '../../src/contract/credentials.ts'
import { Email, PersonName } from '../../src/modules/identity/accounts/accounts.schemas.ts'
import { createAdminOf } from '../../src/modules/identity/accounts/first-admin.service.ts'
import { defaultTenantSlug, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { AppError } from '../../src/platform/errors.ts'
import { findTenant } from '../lib/known-tenants.ts'
import { option, readOptions } from '../lib/options.ts'
import { printAdmin } from '../lib/print-admin.ts'
import { withApp } from '../lib/with-app.ts'

const options = readOptions({
  script: 'create-admin',
  about: 'Creates one more admin of a tenant. Without a password a random one is made and printed, once.',
  options: {
    tenant: option('<slug>', 'the tenant of the admin', TenantSlug.default(defaultTenantSlug)),
    'user-id': option('<id>', 'what the admin signs in with', SignInName),
    email: option('<address>', 'where mails to the admin go', Email),
    name: option('<name>', 'what people see', PersonName.default('Admin')),
    password: option('<password>', '8 to 72 bytes', NewPassword.optional()),
  },
})

const { tenant, 'user-id': userId, email, name, password } = options

/** What is taken, named as it was typed. */
const taken: Partial<Record<string, string>> = {
  sign_in_name_taken: `--user-id: An account of the tenant ${tenant} has the sign-in name ${userId} already.`,
  email_taken: `--email: An account of the tenant ${tenant} has the address ${email} already.`,
}

await withApp(async (app) => {
  await findTenant(app, tenant)
  const admin = await createAdminOf(app, tenant, { userId, email, name, password }).catch((error: unknown) => {
    const line = error instanceof AppError ? taken[error.code] : undefined
    throw line === undefined ? error : new Error(line)
  })
  await printAdmin(app, tenant, admin)
})
