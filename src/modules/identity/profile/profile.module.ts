import type { Module } from '../../../platform/module.ts'
import { profileRoutes } from './profile.routes.ts'

export const profile: Module = { name: 'identity/profile', routes: profileRoutes }
