import type { Route } from '../routes.ts'

const customers = ['customer'] as const

export const portalRoutes: Route[] = [
  { path: '/', for: customers, screen: () => import('./MyTickets.svelte') },
  { path: '/tickets', for: customers, screen: () => import('./MyTickets.svelte') },
  { path: '/tickets/new', for: customers, screen: () => import('./Raise.svelte') },
  { path: '/tickets/:ticketId', for: customers, screen: () => import('./MyTicket.svelte') },
]
