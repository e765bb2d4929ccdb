import type { Module } from '../../../platform/module.ts'
import { commentRoutes } from './comments.routes.ts'
import { lastCommentRoutes } from './last-comments.routes.ts'

export const comments: Module = {
  name: 'desk/comments',
  tenantTables: ['comments'],
  routes: [...commentRoutes, ...lastCommentRoutes],
}
