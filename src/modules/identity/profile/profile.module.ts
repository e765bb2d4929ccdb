import type { Module } from '../../../platform/module.ts'
import { ownSessionRoutes } from './own-sessions.routes.ts'
import { profileRoutes } from './profile.routes.ts'

export const profile: Module = { name: 'identity/profile', routes: [...profileRoutes, ...ownSessionRoutes] }
