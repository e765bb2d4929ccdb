import { createTenantWithAdmin } from '../../modules/identity/accounts/first-admin.service.ts'
import { hasTenant } from '../../modules/identity/tenants/tenants.service.ts'
import { password } from './people.ts'
import { type Api, createApi } from './requests.ts'
import { type Desk, platformToken } from './workspace.ts'

/** A client with the token of whoever runs the desk. */
export const createOperator = ({ url }: Pick<Desk, 'url'>): Api =>
  createApi(url, { Authorization: `Bearer ${platformToken}` })

/** The default tenant, which every program makes at its first start: the Idempotency-Keys of the operator are there. */
export const ensureDefaultTenant = async ({ app }: Desk): Promise<void> => {
  if (await hasTenant(app, 'default')) return
  const admin = { userId: 'admin', name: 'Admin', email: 'admin@desk.example.com', password }
  await createTenantWithAdmin(app, { slug: 'default', name: 'Counterdesk' }, admin)
}
