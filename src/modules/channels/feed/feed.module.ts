import type { Module } from '../../../platform/module.ts'
import { feedRoutes } from './feed.routes.ts'

export const feed: Module = { name: 'channels/feed', routes: feedRoutes }
