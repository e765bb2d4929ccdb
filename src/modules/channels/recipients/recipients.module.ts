import type { Module } from '../../../platform/module.ts'
import { silentOnMentions } from '../../desk/tickets/watchers.schemas.ts'
import { choicesRoutes } from './choices.routes.ts'
import { recipientFollower } from './recipients.service.ts'
import { isSilentOnMentions } from './ways.steps.ts'

/** Channels give the steps that tell its recipients. */
export const recipients: Module = {
  name: 'channels/recipients',
  tenantTables: ['notification_choices', 'digest_hours'],
  routes: choicesRoutes,
  followers: [recipientFollower],
  conditions: { [silentOnMentions]: isSilentOnMentions },
}
