import type { Route } from '../routes.ts'

const everyone = ['customer', 'technician', 'admin'] as const

export const catalogueRoutes: Route[] = [
  { path: '/products', for: everyone, screen: () => import('./Products.svelte') },
  { path: '/orders', for: everyone, screen: () => import('./Orders.svelte') },
  { path: '/orders/:orderId', for: everyone, screen: () => import('./Order.svelte') },
]
