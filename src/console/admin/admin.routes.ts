import type { Route } from '../routes.ts'

const admins = ['admin'] as const

export const adminRoutes: Route[] = [
  { path: '/people', for: admins, screen: () => import('./People.svelte') },
  { path: '/settings', for: admins, screen: () => import('./Settings.svelte') },
]
