import type { Module } from '../../../platform/module.ts'
import { createTenantRoutes } from './create-tenant.routes.ts'
import { deleteOldEmailConfirmations } from './email-confirmations.service.ts'
import { announceFirstAdmin } from './first-admin.service.ts'
import { renewOldAddresses } from './old-addresses.service.ts'
import { deleteOldPasswordLinks } from './passwords.service.ts'

export const accounts: Module = {
  name: 'identity/accounts',
  routes: createTenantRoutes,
  tenantTables: ['accounts', 'password_resets', 'email_confirmations'],
  cleanUps: [
    { name: 'password_links', batch: 5_000, step: deleteOldPasswordLinks },
    { name: 'email_confirmations', batch: 5_000, step: deleteOldEmailConfirmations },
  ],
  prepare: renewOldAddresses,
  note: announceFirstAdmin,
}
