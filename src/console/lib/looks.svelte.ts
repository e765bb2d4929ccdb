import type { components } from '../api/types.ts'
import { link } from './base.ts'
import { accentsOf } from './colours.ts'
import { followTenant } from './preferences.svelte.ts'
import { session } from './session.svelte.ts'

type Looks = components['schemas']['TenantLooks']

/** The colour of a tenant that has chosen none: the style sheets have it. */
const usualAccent = '#1f5fbf'

/** What the organisation looks like whose desk this is. Null until the program has said it. */
export const looks = $state({
  shown: null as Looks | null,
  /** The address of the logo in this page; null for none. */
  logo: null as string | null,
})

/** By the object model, because the policy of the page forbids styles in attributes. */
const paint = ({ accent_colour: colour }: Looks): void => {
  const { style } = document.documentElement
  for (const [name, value] of Object.entries(accentsOf(colour))) {
    if (colour === usualAccent) style.removeProperty(name)
    else style.setProperty(name, value)
  }
}

/** Asks for the tenant of who is signed in; for nobody, for the one that was chosen. */
const fromProgram = async (path: string): Promise<Response | null> => {
  const tenant = session.me?.tenant ?? session.tenant
  const headers: Record<string, string> = tenant === null ? {} : { 'X-Tenant': tenant }
  const response = await fetch(link(path), { headers }).catch(() => null)
  return response?.ok ? response : null
}

/** A picture with a header of ours cannot be named by its address, so its bytes are read. */
const readLogo = async (): Promise<string | null> => {
  const response = await fromProgram('/api/tenant/logo')
  return response && URL.createObjectURL(await response.blob())
}

/** Of which logo `looks.logo` has the bytes. A later reading may end an earlier one before they came. */
let hashOfLogo: string | null = null
let reading = 0
/** Reads what the organisation looks like, and shows it. Without an answer all stays as it is. */
export const readLooks = async (): Promise<void> => {
  reading += 1
  const turn = reading
  const response = await fromProgram('/api/tenant')
  const now: Looks | null = (await response?.json().catch(() => null)) ?? null
  if (now === null || turn !== reading) return
  paint(now)
  followTenant(now.languages[0] ?? null)
  looks.shown = now
  if (hashOfLogo === now.logo) return
  const logo = now.logo === null ? null : await readLogo()
  // Without an answer the next call asks again.
  if (turn !== reading || (now.logo !== null && logo === null)) return
  if (looks.logo !== null) URL.revokeObjectURL(looks.logo)
  looks.logo = logo
  hashOfLogo = now.logo
}
