import type { components } from '../api/types.ts'
import type { Role } from '../lib/session.svelte.ts'

/** What an API token may do. */
export type Scope = components['schemas']['Scope']

const everyone: readonly Role[] = ['admin', 'technician', 'customer']
const staff: readonly Role[] = ['admin', 'technician']
const admins: readonly Role[] = ['admin']
const notTechnicians: readonly Role[] = ['admin', 'customer']

/**
 * The roles for which a scope is of use. A token does not do more than its account may; the API decides.
 * @internal Exported for its test.
 */
export const scopeRoles: Record<Scope, readonly Role[]> = {
  'attachment:create': everyone,
  'attachment:delete': everyone,
  'attachment:list': everyone,
  'attachment:read': everyone,
  'audit:read': admins,
  'category:list': everyone,
  'comment:create': everyone,
  'comment:delete': everyone,
  'comment:list': everyone,
  'comment:update': everyone,
  'customer:create': admins,
  'customer:list': admins,
  'customer:read': everyone,
  'customer:update': notTechnicians,
  'directory:list': staff,
  'draft:read': everyone,
  'draft:update': everyone,
  'email:read': admins,
  'mail-template:read': admins,
  'email:resend': staff,
  'event:read': everyone,
  'notification:list': everyone,
  'notification:mark': everyone,
  'order:cancel': everyone,
  'order:complete': everyone,
  'order:create': everyone,
  'order:list': everyone,
  'order:read': everyone,
  'order:return': staff,
  'product:create': everyone,
  'product:list': everyone,
  'product:read': everyone,
  'product:update': everyone,
  'person:list': admins,
  'person:read': admins,
  'presence:read': staff,
  'presence:update': staff,
  'settings:read': admins,
  'tag:list': staff,
  'technician:list': admins,
  'technician:read': staff,
  'technician:update': staff,
  'ticket:board': admins,
  'ticket:close': everyone,
  'ticket:create': everyone,
  'ticket:delete': admins,
  'ticket:history': everyone,
  'ticket:link': staff,
  'ticket:list': everyone,
  'ticket:list-of-customer': notTechnicians,
  'ticket:list-of-technician': staff,
  'ticket:merge': staff,
  'ticket:move': admins,
  'ticket:read': everyone,
  'ticket:read-emails': everyone,
  'ticket:read-links': staff,
  'ticket:read-recipients': staff,
  'ticket:read-watchers': staff,
  'ticket:reopen': everyone,
  'ticket:restore': admins,
  'ticket:tag': staff,
  'ticket:undo': everyone,
  'ticket:update': everyone,
  'ticket:watch': staff,
  'webhook:read': staff,
  'webhook:send': staff,
}

/** What most programs are about comes first. */
const rankOf = (scope: Scope): number => {
  const at = ['ticket', 'comment', 'attachment'].indexOf(scope.split(':')[0] ?? '')
  return at === -1 ? 3 : at
}

/** Reading first, what takes away last. */
const verbRankOf = (scope: Scope): number => {
  const verb = scope.split(':')[1] ?? ''
  if (/^(?:read|list|history)/.test(verb)) return verb === 'read' || verb === 'list' ? 0 : 1
  const at = ['create', 'update'].indexOf(verb)
  return at === -1 ? (/^(?:delete|merge|move)/.test(verb) ? 5 : 4) : 2 + at
}

/** The scopes that are of use to a role: those of tickets first, and of each what reads. */
export const scopesFor = (role: Role): Scope[] =>
  (Object.keys(scopeRoles) as Scope[])
    .filter((scope) => scopeRoles[scope].includes(role))
    .sort((one, other) => rankOf(one) - rankOf(other) || verbRankOf(one) - verbRankOf(other))

/** What is chosen for a new token, until somebody chooses: little. */
export const usualScopes: Scope[] = ['ticket:list', 'ticket:read']

/** The scopes with which a program reads, and changes nothing. */
export const isReading = (scope: Scope): boolean => /:(?:read|list|history)/.test(scope)
