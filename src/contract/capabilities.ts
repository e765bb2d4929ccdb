import type { Role } from './enums.ts'

const everyone: readonly Role[] = ['admin', 'technician', 'customer']
const admins: readonly Role[] = ['admin']
const staff: readonly Role[] = ['admin', 'technician']

/**
 * What each role may do at all. The policy of each module says to which rows. `anyone` needs no sign-in; `operator` is
 * for whoever runs the program, who has `PLATFORM_TOKEN` and no account.
 */
const capabilities = {
  'session:own': everyone,
  'api-token:own': everyone,
  'service-account:manage': admins,
  'person:reset-second-factor': admins,

  'person:list': admins,
  'person:create': admins,
  'person:read': admins,
  'person:update': admins,
  'person:deactivate': admins,
  'person:reactivate': admins,
  'person:end-sessions': admins,
  'person:invite': admins,
  'directory:list': staff,

  'customer:list': admins,
  'customer:create': admins,
  'customer:read': everyone,
  'customer:update': ['admin', 'customer'],
  'customer:deactivate': admins,

  'technician:list': admins,
  'technician:create': admins,
  'technician:read': ['admin', 'technician'],
  'technician:update': ['admin', 'technician'],
  'technician:deactivate': admins,

  'category:list': everyone,

  'ticket:create': everyone,
  'ticket:list': everyone,
  'ticket:board': admins,
  'ticket:list-of-customer': ['admin', 'customer'],
  'ticket:list-of-technician': ['admin', 'technician'],
  'ticket:read': everyone,
  'ticket:history': everyone,
  'ticket:update': everyone,
  'ticket:reopen': everyone,
  'ticket:close': everyone,
  'ticket:undo': everyone,
  'ticket:delete': admins,
  'ticket:restore': admins,
  'ticket:merge': staff,
  'ticket:move': admins,
  'ticket:read-links': staff,
  'ticket:link': staff,
  'ticket:tag': staff,
  'tag:list': staff,
  'ticket:read-watchers': staff,
  'ticket:watch': staff,
  'presence:read': staff,
  'presence:update': staff,
  'ticket:read-recipients': staff,

  'comment:create': everyone,
  'comment:list': everyone,
  'comment:update': everyone,
  'comment:delete': everyone,

  'draft:read': everyone,
  'draft:update': everyone,

  'attachment:create': everyone,
  'attachment:list': everyone,
  'attachment:read': everyone,
  'attachment:delete': everyone,

  'product:list': everyone,
  'product:read': everyone,
  'product:create': everyone,
  'product:update': everyone,
  'order:create': everyone,
  'order:list': everyone,
  'order:read': everyone,
  'order:complete': everyone,
  'order:cancel': everyone,
  'order:return': staff,

  'email:read': admins,
  'email:resend': staff,
  'ticket:read-emails': everyone,

  'notification:list': everyone,
  'notification:mark': everyone,
  'event:read': everyone,

  'webhook:read': staff,
  'webhook:manage': staff,
  'webhook:send': staff,

  'audit:read': admins,

  'settings:read': admins,
  'settings:update': admins,
  'mail-template:read': admins,
  'mail-template:update': admins,
} as const satisfies Record<string, readonly Role[]>

export type Capability = keyof typeof capabilities

const isCapability = (name: string): name is Capability => Object.hasOwn(capabilities, name)

/**
 * The capabilities that are no scope, because only somebody who has signed in has them. Among them is whatever would
 * let a stolen token outlive its end: who has an account of the staff, in which role, at which address, how people sign
 * in, and where webhooks go.
 */
const withoutScope: readonly string[] = [
  'session:own',
  'api-token:own',
  'service-account:manage',
  'person:reset-second-factor',
  'person:create',
  'person:update',
  'person:deactivate',
  'person:reactivate',
  'person:end-sessions',
  'person:invite',
  'customer:deactivate',
  'technician:create',
  'technician:deactivate',
  'webhook:manage',
  'settings:update',
  'mail-template:update',
] satisfies Capability[]

/** Whether an API token needs a capability as a scope. `anyone` needs none. */
export const isScope = (capability: string): boolean => isCapability(capability) && !withoutScope.includes(capability)

/** The scopes that an API token may have, sorted. */
export const scopes: readonly Capability[] = Object.keys(capabilities).filter(isCapability).filter(isScope).sort()

/** The roles that have a capability; null for `anyone`, and none for `operator`, who has no account. */
export const rolesThatMay = (capability: string): readonly string[] | null => {
  if (capability === 'anyone') return null
  if (capability === 'operator') return []
  if (!isCapability(capability)) throw new Error(`there is no capability ${capability}`)
  return capabilities[capability]
}
