import type { components } from '../api/types.ts'

type Scope = components['schemas']['Scope']
type Role = 'admin' | 'technician' | 'customer'

const all = ['admin', 'technician', 'customer'] as const
const staff = ['admin', 'technician'] as const
const admins = ['admin'] as const

/** What a token may do, and whose tokens may do it. A scope that the API gets has to be named here, or it does not compile. */
const scopes: Record<Scope, readonly Role[]> = {
  'ticket:list': all,
  'ticket:read': all,
  'ticket:create': all,
  'ticket:update': all,
  'ticket:close': all,
  'ticket:reopen': all,
  'ticket:undo': all,
  'ticket:history': all,
  'ticket:read-emails': all,
  'ticket:list-of-technician': staff,
  'ticket:list-of-customer': ['admin', 'customer'],
  'ticket:read-links': staff,
  'ticket:link': staff,
  'ticket:tag': staff,
  'ticket:merge': staff,
  'ticket:read-watchers': staff,
  'ticket:watch': staff,
  'ticket:read-recipients': staff,
  'ticket:board': admins,
  'ticket:move': admins,
  'ticket:delete': admins,
  'ticket:restore': admins,
  'comment:list': all,
  'comment:create': all,
  'comment:update': all,
  'comment:delete': all,
  'attachment:list': all,
  'attachment:read': all,
  'attachment:create': all,
  'attachment:delete': all,
  'customer:read': all,
  'customer:list': admins,
  'customer:create': admins,
  'customer:update': ['admin', 'customer'],
  'technician:read': staff,
  'technician:list': admins,
  'technician:update': staff,
  'person:list': admins,
  'person:read': admins,
  'directory:list': staff,
  'category:list': all,
  'tag:list': staff,
  'event:read': all,
  'audit:read': admins,
  'email:read': admins,
  'email:resend': staff,
  'notification:list': all,
  'notification:mark': all,
  'draft:read': all,
  'draft:update': all,
  'presence:read': staff,
  'presence:update': staff,
  'settings:read': admins,
}

/** The groups in which scopes are chosen. */
export type ScopeGroup = 'tickets' | 'comments' | 'files' | 'people' | 'rest'

const groupOf: Record<string, ScopeGroup> = {
  ticket: 'tickets',
  comment: 'comments',
  attachment: 'files',
  customer: 'people',
  technician: 'people',
  person: 'people',
  directory: 'people',
}

/** The scopes that the tokens of a role may have, by group. */
export const scopesOf = (role: Role): Map<ScopeGroup, Scope[]> => {
  const names = (Object.keys(scopes) as Scope[]).filter((scope) => scopes[scope].includes(role))
  return Map.groupBy(names, (scope) => groupOf[scope.split(':', 1)[0] ?? ''] ?? 'rest')
}

/** Whether a scope changes nothing. */
export const isReading = (scope: string): boolean => /:(?:read|list|history|board)/.test(scope)
