import type { Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { link, nameHere, ownTenant } from './base.ts'

/** The person who is signed in. */
export type Me = components['schemas']['Me']
export type Role = Me['role']

const tenantPlace = 'counterdesk.tenant'

const fromStorage = (): string | null => {
  try {
    return localStorage.getItem(tenantPlace)
  } catch {
    return null
  }
}

const between = new BroadcastChannel(nameHere('counterdesk.session'))

/**
 * Who is signed in. `me` is undefined until the program has answered, and null for nobody. `isAsking` while the dialog
 * that asks to sign in again stands over the page.
 */
export const session = $state({
  me: undefined as Me | null | undefined,
  /** The name of the desk that somebody signs in to; null for the usual one. At a desk's own address it is that desk. */
  tenant: ownTenant ?? new URLSearchParams(location.search).get('tenant') ?? fromStorage(),
  isAsking: false,
  /** Somebody is signed in who may do nothing before their second factor is set up; `me` is null then. */
  mustEnrol: false,
  /** Why the program did not say who is signed in. */
  unknownBecause: null as Problem | null,
  get role(): Role | null {
    return this.me?.role ?? null
  },
  get isStaff(): boolean {
    return this.me?.role === 'technician' || this.me?.role === 'admin'
  },
})

/** Chooses the desk to sign in to, and keeps it for the next visit. A desk's own address leaves no choice. */
export const chooseTenant = (tenant: string | null): void => {
  if (ownTenant !== null) return
  session.tenant = tenant
  try {
    if (tenant === null) localStorage.removeItem(tenantPlace)
    else localStorage.setItem(tenantPlace, tenant)
  } catch {
    // Without storage it lasts as long as the page.
  }
}

/** Keeps the desk of who is signed in for the next visit. */
export const keepTenantOf = ({ tenant }: Me): void => chooseTenant(tenant === 'default' ? null : tenant)

/** Somebody has signed in in this tab. */
export const signedIn = (me: Me): void => {
  session.me = me
  session.mustEnrol = false
  keepTenantOf(me)
  between.postMessage({ type: 'signed-in', id: me.id, tenant: me.tenant })
}

/**
 * The person of this tab has signed out. All tabs load anew, so that nothing of this person is left in memory for the
 * next one. `stays`: this tab shows something that came after the sign-out.
 */
export const signedOut = ({ stays = false } = {}): void => {
  session.me = null
  between.postMessage({ type: 'signed-out' })
  // After what the caller does with the address.
  if (!stays) setTimeout(() => location.reload())
}

const backListeners = new Set<() => void>()

/** Calls the function when the person of this tab has signed in in another tab. */
export const onSignedInElsewhere = (listener: () => void): (() => void) => {
  backListeners.add(listener)
  return () => backListeners.delete(listener)
}

/** What a tab says to the others. A tab may be of an older version of the console, so all is looked at. */
const heard = (data: unknown): { type?: unknown; id?: unknown; tenant?: unknown } =>
  typeof data === 'object' && data !== null ? data : {}

between.onmessage = (message: MessageEvent<unknown>): void => {
  const { type, id, tenant } = heard(message.data)
  if (type === 'signed-out' && (session.me || session.mustEnrol)) {
    session.me = null
    location.replace(link('/signin'))
  }
  if (type !== 'signed-in' || session.me === undefined) return
  // Another person in the same browser: what this tab shows is not theirs.
  if (id !== session.me?.id || tenant !== session.me?.tenant) location.reload()
  else for (const listener of backListeners) listener()
}
