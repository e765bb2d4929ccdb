import type { Credentials } from '../../src/modules/identity/accounts/first-admin.service.ts'
import { addressOfTenant } from '../../src/modules/identity/tenants/tenant-address.ts'
import { getTenant, getTenantId } from '../../src/modules/identity/tenants/tenants.service.ts'
import type { App } from '../../src/platform/app-context.ts'

/** Prints the credentials of an admin, and where to sign in. A password that the caller gave is not printed again. */
export const printAdmin = async (
  app: App,
  slug: string,
  { userId, password, isGenerated }: Credentials,
): Promise<void> => {
  const tenant = await getTenant(app, await getTenantId(app, slug))
  console.log(`tenant    ${slug}`)
  console.log(`address   ${addressOfTenant(app.config, tenant)}`)
  console.log(`user id   ${userId}`)
  if (isGenerated) console.log(`password  ${password}  (shown this once)`)
}
