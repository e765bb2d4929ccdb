import type { Route } from '../routes.ts'

const staff = ['technician', 'admin'] as const

/** One screen for the list and for a ticket beside it, so that the list stays as it is. */
const desk = () => import('./DeskFrame.svelte')

export const deskRoutes: Route[] = [
  { path: '/tickets', for: staff, screen: desk },
  { path: '/', for: ['technician'], screen: desk },
  { path: '/', for: ['admin'], screen: () => import('./FirstPage.svelte') },
  { path: '/tickets/new', for: staff, screen: () => import('./RaiseForCaller.svelte') },
  { path: '/tickets/:ticketId', for: staff, hasPanes: true, screen: desk },
]
