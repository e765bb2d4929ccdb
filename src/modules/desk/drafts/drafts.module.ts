import type { Module } from '../../../platform/module.ts'
import { draftPassing } from './draft-signals.service.ts'
import { draftRoutes } from './drafts.routes.ts'
import { deleteOldDrafts } from './drafts.service.ts'

export const drafts: Module = {
  name: 'desk/drafts',
  tenantTables: ['drafts'],
  routes: draftRoutes,
  passing: { draft: { can: 'draft:read', make: draftPassing } },
  cleanUps: [{ name: 'drafts', batch: 5_000, step: deleteOldDrafts }],
}
