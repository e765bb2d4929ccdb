import type { Module } from '../../../platform/module.ts'
import { notificationRoutes } from './notifications.routes.ts'
import { deleteOld, notificationFollower, notificationSteps, passUnread } from './notifications.service.ts'

export const notifications: Module = {
  name: 'channels/notifications',
  tenantTables: ['notifications'],
  routes: notificationRoutes,
  followers: [notificationFollower],
  followingSteps: notificationSteps,
  passing: { unread: { can: 'notification:list', make: passUnread } },
  cleanUps: [{ name: 'notifications', batch: 5_000, step: deleteOld }],
}
