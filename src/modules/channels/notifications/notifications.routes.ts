import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { MarkedRead, MarkRead, NotificationList, NotificationQuery } from './notifications.schemas.ts'
import { listOwnNotifications, markOwnRead, notificationOrder } from './notifications.service.ts'

const tag = 'Notifications'
const notificationKey = z.tuple([z.boolean(), z.string()])

export const notificationRoutes = [
  endpoint({
    id: 'listNotifications',
    method: 'get',
    path: '/notifications',
    can: 'notification:list',
    tag,
    summary: 'List your notifications',
    description:
      'What you are told of, unread ones first, then the newest; and how many are unread. What you do not see any more is ' +
      'left out, so a page may have fewer than `limit`, or none, and still `has_more`. Notifications are kept for 90 days.',
    query: NotificationQuery,
    responds: { 200: NotificationList },
    fails: [],
    handle: async ({ app, actor, query }) => {
      const { limit: _, cursor: __, ...filter } = query
      const request = pageRequest(query, notificationOrder, notificationKey)
      const { rows, ...rest } = await listOwnNotifications(app, actor, filter, request)
      return { notifications: rows, ...rest }
    },
  }),
  endpoint({
    id: 'markNotificationsRead',
    method: 'post',
    path: '/notifications/read',
    can: 'notification:mark',
    tag,
    summary: 'Mark notifications as read',
    description:
      'Some by their ids, or with `up_to` one and all that came before it: with the first of the list, all. A second call ' +
      'changes nothing.',
    body: MarkRead,
    responds: { 200: MarkedRead },
    fails: [],
    handle: (call) => markOwnRead(call.app, call, call.body),
  }),
]
