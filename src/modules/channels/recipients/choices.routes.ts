import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { ChooseNotifications, NotificationChoices } from './choices.schemas.ts'
import { choose, getChoices } from './choices.service.ts'

const tag = 'Your own account'

export const choicesRoutes = [
  endpoint({
    id: 'getMyNotificationChoices',
    method: 'get',
    path: '/me/notifications',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'Read how you are told of what happens',
    description: 'Each kind of event that your role is told of, with the way that is in force.',
    responds: { 200: NotificationChoices },
    handle: ({ app, actor }) => getChoices(app, actor),
  }),
  endpoint({
    id: 'chooseNotifications',
    method: 'patch',
    path: '/me/notifications',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'Choose how you are told of what happens',
    description:
      'For each kind: by a mail at once, in an hourly or daily mail that gathers what happened, in the console only, or ' +
      'not at all. What waits for such a mail follows the new choice. What is urgent waits for none, and mails about your ' +
      'account cannot be changed.',
    body: ChooseNotifications,
    responds: { 200: NotificationChoices },
    handle: (call) => choose(call.app, call, call.body),
  }),
]
