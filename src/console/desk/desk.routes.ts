import type { Route } from '../routes.ts'

const staff = ['technician', 'admin'] as const

export const deskRoutes: Route[] = [
  { path: '/tickets', for: staff, hasPanes: true, screen: () => import('./Queue.svelte') },
  { path: '/tickets/:ticketId', for: staff, hasPanes: true, screen: () => import('./Ticket.svelte') },
  { path: '/', for: ['technician'], hasPanes: true, screen: () => import('./Queue.svelte') },
]
