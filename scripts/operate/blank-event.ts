import { z } from 'zod'
import { TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { blankEvent, findEventAt } from '../../src/platform/events/blanking.ts'
import { findTenant } from '../lib/known-tenants.ts'
import { flag, option, readOptions, WholeNumber } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// Erases the text of one event, such as a comment that was edited and held what nobody may keep. `GET /audit` shows the
// position of the event as its `event_id`. The chain of the tenant still holds, and an event says that the text was
// erased.
const options = readOptions({
  script: 'blank-event',
  about: 'Erases the changes and details of one event, for good. The audit chain still holds.',
  options: {
    tenant: option('<slug>', 'the tenant of the event', TenantSlug),
    position: option('<number>', 'the event_id that GET /audit shows', WholeNumber),
    yes: flag('erases; without it, the script only says which event that is'),
    'event-id': option(
      '<number>',
      'is refused: numbers of before the upgrade mean other events',
      z.undefined({ error: 'is now --position: the event_id that GET /audit shows, not that of before the upgrade' }),
    ),
  },
})

await withApp(async (app) => {
  const { tenant, position, yes } = options
  const tenantId = await findTenant(app, tenant)
  const system = { actor: { tenantId, accountId: null, role: 'system' as const }, requestId: null }
  const found = await findEventAt(app.pool, tenantId, position)
  if (found === null) throw new Error('The tenant has no event at this position of its chain.')
  console.log(`Event ${position} of ${tenant}: ${found.type} of ${found.subject_id}, at ${found.occurred_at}.`)
  if (!yes) {
    console.error('Nothing was erased. To erase its text for good, add --yes.')
    process.exitCode = 1
    return
  }
  const record = await blankEvent(app.pool, system, found.event_id)
  if (record === null) throw new Error('The text of this event was erased before, or it records an erasure itself.')
  console.log(`The text of event ${position} is erased; an \`event.blanked\` records that.`)
})
