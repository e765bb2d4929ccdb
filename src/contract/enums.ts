import { z } from 'zod'

/** What people can be. The program itself acts as `system`, which is no role that somebody can sign in with. */
export const Role = z.enum(['admin', 'technician', 'customer'])
export type Role = z.output<typeof Role>

/** Who did what an event records: a person in their role, or the program. */
export const ActorRole = z.enum([...Role.options, 'system'])
export type ActorRole = z.output<typeof ActorRole>

/** `invited`: no password yet. `deactivated`: may not sign in. */
export const AccountStatus = z.enum(['invited', 'active', 'deactivated'])
export type AccountStatus = z.output<typeof AccountStatus>

/** From the least to the most urgent. */
export const Priority = z.enum(['low', 'normal', 'high', 'urgent'])
export type Priority = z.output<typeof Priority>

/** Where a ticket stands. Which moves there are is in `tickets.lifecycle.ts`. */
export const Status = z.enum(['new', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed'])
export type Status = z.output<typeof Status>

/** Of what is said on a ticket, and of what is attached to it. */
export const Visibility = z
  .enum(['public', 'internal'])
  .meta({ description: '`internal` is for the staff: no customer ever learns of it.' })
export type Visibility = z.output<typeof Visibility>

/** What the first ticket of a link is to the second: `parent` makes the second its parent, `duplicate` its original. */
export const LinkKind = z.enum(['parent', 'related', 'duplicate'])
export type LinkKind = z.output<typeof LinkKind>
