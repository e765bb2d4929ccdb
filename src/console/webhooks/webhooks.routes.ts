import type { Route } from '../routes.ts'

const staff = ['technician', 'admin'] as const

export const webhookRoutes: Route[] = [
  { path: '/webhooks', for: staff, screen: () => import('./Webhooks.svelte') },
  { path: '/webhooks/:webhookId', for: staff, screen: () => import('./Webhook.svelte') },
]
