import type { Route } from '../routes.ts'

export const sessionRoutes: Route[] = [
  { path: '/signin', for: 'everybody', isBare: true, screen: () => import('./SignIn.svelte') },
]
