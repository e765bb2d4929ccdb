import { orders } from './modules/catalogue/orders/orders.module.ts'
import { products } from './modules/catalogue/products/products.module.ts'
import { feed } from './modules/channels/feed/feed.module.ts'
import { mailTemplates } from './modules/channels/mail-templates/mail-templates.module.ts'
import { notifications } from './modules/channels/notifications/notifications.module.ts'
import { outgoingMail } from './modules/channels/outgoing-mail/outgoing-mail.module.ts'
import { recipients } from './modules/channels/recipients/recipients.module.ts'
import { relay } from './modules/channels/relay/relay.module.ts'
import { webhooks } from './modules/channels/webhooks/webhooks.module.ts'
import { attachments } from './modules/desk/attachments/attachments.module.ts'
import { categories } from './modules/desk/categories/categories.module.ts'
import { comments } from './modules/desk/comments/comments.module.ts'
import { drafts } from './modules/desk/drafts/drafts.module.ts'
import { handling } from './modules/desk/handling/handling.module.ts'
import { links } from './modules/desk/links/links.module.ts'
import { people } from './modules/desk/people/people.module.ts'
import { tags } from './modules/desk/tags/tags.module.ts'
import { ticketChanges } from './modules/desk/ticket-changes/ticket-changes.module.ts'
import { tickets } from './modules/desk/tickets/tickets.module.ts'
import { undo } from './modules/desk/undo/undo.module.ts'
import { accounts } from './modules/identity/accounts/accounts.module.ts'
import { apiTokens } from './modules/identity/api-tokens/api-tokens.module.ts'
import { customers } from './modules/identity/customers/customers.module.ts'
import { pages as identityPages } from './modules/identity/pages/pages.module.ts'
import { profile } from './modules/identity/profile/profile.module.ts'
import { secondFactor } from './modules/identity/second-factor/second-factor.module.ts'
import { settings } from './modules/identity/settings/settings.module.ts'
import { signIn } from './modules/identity/sign-in/sign-in.module.ts'
import { technicians } from './modules/identity/technicians/technicians.module.ts'
import { tenants } from './modules/identity/tenants/tenants.module.ts'
import { defaultTenantSlug } from './modules/identity/tenants/tenants.schemas.ts'
import { audit } from './modules/insight/audit/audit.module.ts'
import { health } from './modules/insight/health/health.module.ts'
import { history } from './modules/insight/history/history.module.ts'
import { tenantLifecycle } from './modules/operations/tenant-lifecycle/tenant-lifecycle.module.ts'
import type { App } from './platform/app-context.ts'
import type { Follower } from './platform/events/fan-out.ts'
import type { Authenticator } from './platform/http/authentication.ts'
import type { Endpoint } from './platform/http/endpoint.ts'
import { answerCleanUp } from './platform/http/idempotency.ts'
import type { Gate } from './platform/http/public-call.ts'
import { windowCleanUp } from './platform/http/rate-limits.ts'
import type { CleanUp } from './platform/jobs/clean-up.ts'
import { givenUpJobCleanUp } from './platform/jobs/queued-jobs.ts'
import { type Module, theOnly } from './platform/module.ts'
import type { Page } from './platform/page.ts'
import { countCleanUps } from './platform/quotas/ended-counts.ts'

/**
 * All modules, in order. A module imports only modules before it, and channels and insight do not import each other.
 * This is the only file that knows all modules.
 */
export const modules: Module[] = [
  // identity: who
  tenants,
  accounts,
  secondFactor,
  signIn,
  settings,
  profile,
  apiTokens,
  customers,
  technicians,
  identityPages,
  // desk: the work
  categories,
  tickets,
  tags,
  links,
  ticketChanges,
  attachments,
  drafts,
  comments,
  handling,
  undo,
  people,
  // catalogue: what can be ordered
  products,
  orders,
  // operations: many at once, as jobs
  tenantLifecycle,
  // channels: the world outside
  recipients,
  outgoingMail,
  mailTemplates,
  notifications,
  feed,
  webhooks,
  relay,
  // insight: reads everything, writes only its own
  history,
  audit,
  health,
]

/** Every endpoint of the API, in the order of the modules. */
export const endpoints: Endpoint[] = modules.flatMap(({ routes = [] }) => routes)

/** Every page for people, in the order of the modules. */
export const pages: Page[] = modules.flatMap((module) => module.pages ?? [])

/** The ways to sign in with each request, in the order of the modules. */
export const authenticators: Authenticator[] = modules.flatMap((module) => module.authenticators ?? [])

/** Every clean-up: those of the platform, then those of the modules. */
export const cleanUps: CleanUp[] = [
  answerCleanUp,
  windowCleanUp,
  ...countCleanUps,
  givenUpJobCleanUp,
  ...modules.flatMap((module) => module.cleanUps ?? []),
]

/** What every module writes of a batch of events. */
export const followersOf = (app: App): Follower[] => {
  const steps = modules.flatMap(({ followingSteps }) => followingSteps?.(app) ?? [])
  return modules.flatMap(({ followers = [] }) => followers.map((follow) => follow(app, steps)))
}

const refusals = modules.flatMap(({ refuseUnseen }) => refuseUnseen ?? [])
/** What the modules give to the gate that every request passes. */
export const gate: Gate = {
  findTenantId: theOnly(modules, 'findTenantId'),
  findAnyTenantId: theOnly(modules, 'findAnyTenantId'),
  defaultSlug: defaultTenantSlug,
  mappedHosts: theOnly(modules, 'mappedHosts'),
  usualLanguage: theOnly(modules, 'usualLanguage'),
  async refuseUnseen(app, caller, subject) {
    for (const refuse of refusals) await refuse(app, caller, subject)
  },
}
