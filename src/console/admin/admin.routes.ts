import type { Route } from '../routes.ts'

const admins = ['admin'] as const

export const adminRoutes: Route[] = [
  { path: '/board', for: admins, screen: () => import('./Board.svelte') },
  { path: '/people', for: admins, screen: () => import('./People.svelte') },
  { path: '/audit', for: admins, screen: () => import('./Audit.svelte') },
  { path: '/people/:accountId', for: admins, screen: () => import('./Person.svelte') },
  { path: '/programs', for: admins, screen: () => import('./Programs.svelte') },
  { path: '/emails', for: admins, screen: () => import('./Emails.svelte') },
  { path: '/settings', for: admins, screen: () => import('./Settings.svelte') },
  { path: '/mail-templates', for: admins, screen: () => import('./MailTemplates.svelte') },
  {
    path: '/mail-templates/:template/:language',
    for: admins,
    screen: () => import('./MailTemplate.svelte'),
  },
]
