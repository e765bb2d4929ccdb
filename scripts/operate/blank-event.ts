import { TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { blankEvent, findEventAt } from '../../src/platform/events/blanking.ts'
import { findTenant } from '../lib/known-tenants.ts'
import { option, readOptions, WholeNumber } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// Erases the text of one event, such as a comment that was edited and held what nobody may keep. `GET /audit` shows the
// id of the event, which is its position. The chain of the tenant still holds, and an event says that the text was erased.
const options = readOptions({
  script: 'blank-event',
  about: 'Erases the changes and details of one event, for good. The audit chain still holds.',
  options: {
    tenant: option('<slug>', 'the tenant of the event', TenantSlug),
    'event-id': option('<number>', 'the event_id that GET /audit shows', WholeNumber),
  },
})

await withApp(async (app) => {
  const tenantId = await findTenant(app, options.tenant)
  const system = { actor: { tenantId, accountId: null, role: 'system' as const }, requestId: null }
  const eventId = await findEventAt(app.pool, tenantId, options['event-id'])
  const record = eventId === null ? null : await blankEvent(app.pool, system, eventId)
  if (record === null) throw new Error('The tenant has no such event in its chain, or its text was erased before.')
  console.log(`The text of event ${options['event-id']} is erased; an \`event.blanked\` records that.`)
})
