import type { Module } from '../../../platform/module.ts'
import { announceFirstAdmin } from './first-admin.service.ts'
import { deleteOldPasswordLinks } from './passwords.service.ts'

export const accounts: Module = {
  name: 'identity/accounts',
  cleanUp: deleteOldPasswordLinks,
  prepare: announceFirstAdmin,
}
