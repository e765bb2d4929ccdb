import type { Role } from '../lib/session.svelte.ts'
import type { IconName } from '../ui/icon-names.ts'
import type { words } from './places.words.ts'

/** Where keys and the palette go. */
interface GoingPlace {
  name: keyof ReturnType<typeof words>
  path: string
  icon: IconName
  keys?: string
  isForAdmins?: boolean
  isForTechnicians?: boolean
}

const all: GoingPlace[] = [
  { name: 'overview', path: '/', icon: 'chart', keys: 'g r', isForAdmins: true },
  { name: 'queue', path: '/tickets', icon: 'inbox', keys: 'g q' },
  { name: 'mine', path: '/tickets?view=mine', icon: 'inbox', keys: 'g m', isForTechnicians: true },
  { name: 'unassigned', path: '/tickets?view=unassigned', icon: 'user', keys: 'g u' },
  { name: 'watching', path: '/tickets?view=watching', icon: 'eye', keys: 'g w' },
  { name: 'all', path: '/tickets?view=all', icon: 'file', keys: 'g a' },
  { name: 'board', path: '/board', icon: 'board', keys: 'g b', isForAdmins: true },
  { name: 'people', path: '/people', icon: 'users', keys: 'g p', isForAdmins: true },
  { name: 'emails', path: '/emails', icon: 'mail', keys: 'g e', isForAdmins: true },
  { name: 'audit', path: '/audit', icon: 'shield', isForAdmins: true },
  { name: 'settings', path: '/settings', icon: 'gear', isForAdmins: true },
  { name: 'notifications', path: '/notifications', icon: 'mail', keys: 'g n' },
  { name: 'account', path: '/account', icon: 'person' },
  { name: 'newTicket', path: '/tickets/new', icon: 'plus', keys: 'c' },
]

/** The places of a role. */
export const placesOf = (role: Role | null): GoingPlace[] =>
  all.filter((place) => (!place.isForAdmins || role === 'admin') && (!place.isForTechnicians || role === 'technician'))
