import { randomBytes } from 'node:crypto'
import { createTenantWithAdmin } from '../../modules/identity/accounts/first-admin.service.ts'
import { createOperator, ensureDefaultTenant } from './operator-client.ts'
import { password, type World } from './people.ts'
import { expectSuccess } from './requests.ts'
import type { Desk } from './workspace.ts'

/** A valid request: what stands for the name in the path, and the body. */
interface Valid {
  id?: string
  body?: unknown
}
/** `who`: the name of the caller, among the callers of the table of access. */
type Asking = (who: string) => Valid | Promise<Valid>

export const newSlug = (): string => `t-${randomBytes(6).toString('hex')}`

/** Makes a tenant on which the operator can do something, such as one that is suspended, to resume it. */
export const tenantFor = async (desk: Desk, act: 'change' | 'suspend' | 'resume' | 'restore'): Promise<string> => {
  await ensureDefaultTenant(desk)
  const operator = createOperator(desk)
  const slug = newSlug()
  const admin = { userId: 'ada', name: 'Ada Admin', email: `ada@${slug}.example.com`, password }
  await createTenantWithAdmin(desk.app, { slug, name: `Desk ${slug}` }, admin)
  if (act === 'resume') expectSuccess(await operator.post(`/tenants/${slug}/suspend`))
  if (act === 'restore') expectSuccess(await operator.delete(`/tenants/${slug}?confirm=${slug}`))
  return slug
}

/** Valid requests of the operator, each about a tenant of its own where it changes one. */
export const tenantRequests = (desk: Desk, world: World): Record<string, Asking> => {
  /** The callers who are refused need no tenant of their own. */
  const about =
    (act: Parameters<typeof tenantFor>[1], more: (slug: string) => object = () => ({})): Asking =>
    async (who) => {
      const slug = who === 'admin' ? await tenantFor(desk, act) : world.slug
      return { id: slug, ...more(slug) }
    }
  return {
    'GET /tenants': () => ({}),
    'GET /tenants/log': () => ({}),
    'POST /tenants': async () => {
      await ensureDefaultTenant(desk)
      const slug = newSlug()
      const admin = { user_id: 'ada', name: 'Ada', email: `ada@${slug}.example.com` }
      return { body: { slug, name: `Desk ${slug}`, admin } }
    },
    'GET /tenants/:slug': () => ({ id: world.slug }),
    'PATCH /tenants/:slug': about('change', (slug) => ({ body: { name: `Renamed ${slug}` } })),
    'POST /tenants/:slug/suspend': about('suspend'),
    'POST /tenants/:slug/resume': about('resume'),
    'DELETE /tenants/:slug': about('change', (slug) => ({ id: `${slug}?confirm=${slug}` })),
    'POST /tenants/:slug/restore': about('restore'),
  }
}
