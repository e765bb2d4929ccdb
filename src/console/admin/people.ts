import type { components } from '../api/types.ts'

/** Somebody with an account, as the list shows them. */
export type ListedPerson = components['schemas']['ListedPerson']
export type Person = components['schemas']['Person']
export type ServiceAccount = components['schemas']['ServiceAccount']
export type ApiToken = components['schemas']['ApiToken']

/** What an admin does with a person in a dialog. */
export type PersonAct = 'edit' | 'deactivate' | 'sign-out' | 'reset-factor'

/** The number of unresolved tickets at which the program stops counting. */
export const openTicketsAtMost = 100

/** An admin whose id is the number of a technician may become one again. */
export const canChangeRole = ({ account_id, role }: Person): boolean =>
  role === 'technician' || (role === 'admin' && /^TEC\d+$/.test(account_id))

/** Where the tickets of a person are listed; null for admins, who have none. */
export const ticketsOf = ({ role, account_id }: Pick<Person, 'role' | 'account_id'>): string | null =>
  role === 'admin' ? null : `/tickets?view=all&${role}=${encodeURIComponent(account_id)}`

/** The screen of a person. */
export const pathOf = (accountId: string): string => `/people/${encodeURIComponent(accountId)}`
