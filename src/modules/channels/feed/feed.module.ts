import type { Module } from '../../../platform/module.ts'
import { feedRoutes } from './feed.routes.ts'
import { streamRoutes } from './stream.routes.ts'
import { passAuthenticator } from './stream-passes.service.ts'

export const feed: Module = {
  name: 'channels/feed',
  routes: [...feedRoutes, ...streamRoutes],
  authenticators: [passAuthenticator],
}
