import type { Module } from '../../../platform/module.ts'
import { silentOnMentions } from '../../desk/tickets/watchers.schemas.ts'
import { choicesRoutes } from './choices.routes.ts'
import { isSilentOnMentions } from './ways.steps.ts'

/** Channels import its steps. */
export const recipients: Module = {
  name: 'channels/recipients',
  routes: choicesRoutes,
  conditions: { [silentOnMentions]: isSilentOnMentions },
}
