import { z } from 'zod'
import { resetFactorOf } from '../../src/modules/identity/sign-in/manage-second-factor.service.ts'
import { defaultTenantSlug, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { AppError } from '../../src/platform/errors.ts'
import { findTenant } from '../lib/known-tenants.ts'
import { option, readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// For the last admin, whom nobody else can help: another admin resets a second factor with the API.
const { tenant, 'user-id': userId } = readOptions({
  script: 'reset-factor',
  about: 'Takes the second factor of an account away, and ends its sessions. The person is mailed.',
  options: {
    tenant: option('<slug>', 'the tenant of the account', TenantSlug.default(defaultTenantSlug)),
    'user-id': option('<id>', 'the id of the account: of an admin, what they sign in with', z.string().min(1).max(63)),
  },
})

await withApp(async (app) => {
  await findTenant(app, tenant)
  const wasThere = await resetFactorOf(app, tenant, userId).catch((error: unknown) => {
    const isUnknown = error instanceof AppError && error.code === 'account_not_found'
    throw isUnknown ? new Error(`--user-id: The tenant ${tenant} has no account ${userId}.`) : error
  })
  console.log(
    wasThere
      ? `The second factor of ${userId} is taken away, and all sessions of ${userId} have ended.`
      : `${userId} has no second factor. Nothing was changed.`,
  )
})
