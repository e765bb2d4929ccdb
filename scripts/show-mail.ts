import { z } from 'zod'
import { getMailWithSecrets } from '../src/modules/notifications/notifications.service.ts'
import { defaultTenantSlug, TenantSlug } from '../src/modules/tenants/tenants.schemas.ts'
import { getTenantId } from '../src/modules/tenants/tenants.service.ts'
import { withApp } from './lib/app.ts'
import { readOptions } from './lib/options.ts'

// Without a mail server, this is how whoever runs the program gets at the link of an invitation: the API masks it.
const options = readOptions(
  'npm run show-mail -- --email-id <id> [--tenant <slug>]',
  z.object({ 'email-id': z.uuid(), tenant: TenantSlug.default(defaultTenantSlug) }),
)

await withApp(async (app) => {
  const { subject, text } = await getMailWithSecrets(app, await getTenantId(app, options.tenant), options['email-id'])
  console.log(`Subject: ${subject}\n\n${text}`)
})
