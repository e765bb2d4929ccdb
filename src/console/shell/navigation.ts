import type { View } from '../desk/queue-query.ts'
import type { Role } from '../lib/session.svelte.ts'
import type { IconName } from '../ui/icon-names.ts'
import type { words } from './navigation.words.ts'

/** A link of the navigation. `query`: a parameter that tells it from another link with the same path. */
export interface NavigationItem {
  name: keyof ReturnType<typeof words>
  path: string
  icon: IconName
  for: readonly Role[]
  /** The list of tickets whose count stands beside it. */
  view?: View
}

const staff = ['technician', 'admin'] as const
const admins = ['admin'] as const

/** Where staff can go, in the order of the navigation. */
export const navigation: NavigationItem[] = [
  { name: 'overview', path: '/', icon: 'chart', for: admins },
  { name: 'mine', path: '/tickets?view=mine', icon: 'inbox', for: ['technician'], view: 'mine' },
  { name: 'unassigned', path: '/tickets?view=unassigned', icon: 'user', for: staff, view: 'unassigned' },
  { name: 'watching', path: '/tickets?view=watching', icon: 'eye', for: staff, view: 'watching' },
  { name: 'all', path: '/tickets?view=all', icon: 'file', for: staff, view: 'all' },
  { name: 'board', path: '/board', icon: 'board', for: admins },
  { name: 'people', path: '/people', icon: 'users', for: admins },
  { name: 'emails', path: '/emails', icon: 'mail', for: admins },
  { name: 'audit', path: '/audit', icon: 'shield', for: admins },
  { name: 'settings', path: '/settings', icon: 'gear', for: admins },
]
