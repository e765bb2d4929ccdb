import type { components } from '../api/types.ts'
import type { IconName } from '../ui/icon-names.ts'
import type { words } from './places.words.ts'
import type { Role } from './session.svelte.ts'

/** Where staff can go: by the navigation, by the palette, by keys. */
export interface Place {
  name: keyof ReturnType<typeof words>['names']
  path: string
  icon: IconName
  for: readonly Role[]
  keys?: string
  /** A link of the navigation. The palette has them all. */
  isInNavigation?: true
  /** The list of tickets whose count stands beside it. */
  view?: components['schemas']['TicketView']
  /** A path whose screen belongs to it, besides those below its own. */
  also?: string
}

const staff = ['technician', 'admin'] as const
const technicians = ['technician'] as const
const admins = ['admin'] as const
const isInNavigation = true

/** In the order of the navigation. */
const places: Place[] = [
  { name: 'overview', path: '/', icon: 'chart', keys: 'g r', for: admins, isInNavigation },
  { name: 'queue', path: '/tickets', icon: 'inbox', keys: 'g q', for: staff },
  {
    name: 'mine',
    path: '/tickets?view=mine',
    icon: 'inbox',
    keys: 'g m',
    for: technicians,
    isInNavigation,
    view: 'mine',
  },
  {
    name: 'unassigned',
    path: '/tickets?view=unassigned',
    icon: 'user',
    keys: 'g u',
    for: staff,
    isInNavigation,
    view: 'unassigned',
  },
  {
    name: 'watching',
    path: '/tickets?view=watching',
    icon: 'eye',
    keys: 'g w',
    for: staff,
    isInNavigation,
    view: 'watching',
  },
  { name: 'all', path: '/tickets?view=all', icon: 'file', keys: 'g a', for: staff, isInNavigation, view: 'all' },
  { name: 'board', path: '/board', icon: 'board', keys: 'g b', for: admins, isInNavigation },
  { name: 'people', path: '/people', icon: 'users', keys: 'g p', for: admins, isInNavigation, also: '/programs' },
  { name: 'programs', path: '/programs', icon: 'hook', for: admins },
  { name: 'emails', path: '/emails', icon: 'mail', keys: 'g e', for: admins, isInNavigation, also: '/mail-templates' },
  { name: 'mailTemplates', path: '/mail-templates', icon: 'pen', for: admins },
  { name: 'webhooks', path: '/webhooks', icon: 'hook', keys: 'g h', for: staff, isInNavigation },
  { name: 'products', path: '/products', icon: 'star', keys: 'g c', for: staff, isInNavigation },
  { name: 'orders', path: '/orders', icon: 'clock', keys: 'g o', for: staff, isInNavigation },
  { name: 'audit', path: '/audit', icon: 'shield', for: admins, isInNavigation },
  { name: 'settings', path: '/settings', icon: 'gear', for: admins, isInNavigation },
  { name: 'notifications', path: '/notifications', icon: 'bell', keys: 'g n', for: staff },
  { name: 'account', path: '/account', icon: 'person', for: staff },
  { name: 'newTicket', path: '/tickets/new', icon: 'plus', keys: 'c', for: staff },
]

/** The places of a role. */
export const placesOf = (role: Role | null): Place[] =>
  places.filter((place) => role !== null && place.for.includes(role))

/** Whether a path is at a place, or below it. */
export const isAt = ({ path, also }: Place, here: string): boolean =>
  here === path || here === also || (path !== '/' && here.startsWith(`${path}/`))
