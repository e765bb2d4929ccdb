import { createApiClient } from '../api/api-client.ts'
import { fetchWhole } from '../api/whole-answer.ts'
import { link, ownTenant } from '../lib/base.ts'
import { session } from '../lib/session.svelte.ts'

/** The API for the sign-in itself: a refusal asks nobody to sign in. */
export const plainApi = createApiClient(link('/api'), {}, fetchWhole)

/** The header that says at which desk somebody signs in; at a desk's own address none is needed. */
export const deskHeader = (slug: string | null = session.tenant): { 'X-Tenant'?: string } =>
  ownTenant !== null || slug === null || slug === '' ? {} : { 'X-Tenant': slug }
