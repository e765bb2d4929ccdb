import type { Route } from '../routes.ts'

const open = { for: 'everybody', isBare: true } as const

/** For whoever runs the program, who has a token and no account. */
export const platformRoutes: Route[] = [
  { path: '/platform', ...open, screen: () => import('./Tenants.svelte') },
  { path: '/platform/log', ...open, screen: () => import('./TenantLog.svelte') },
]
