import type { Route } from '../routes.ts'

const everyone = ['customer', 'technician', 'admin'] as const

export const accountRoutes: Route[] = [
  { path: '/account', for: everyone, screen: () => import('./Profile.svelte') },
  { path: '/account/notifications', for: everyone, screen: () => import('./NotificationChoices.svelte') },
  { path: '/account/security', for: everyone, screen: () => import('./Security.svelte') },
  { path: '/account/tokens', for: everyone, screen: () => import('./Tokens.svelte') },
  { path: '/notifications', for: everyone, screen: () => import('./Notifications.svelte') },
]
