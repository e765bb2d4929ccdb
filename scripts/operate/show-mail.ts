import { z } from 'zod'
import { getMailWithSecrets } from '../../src/modules/channels/outgoing-mail/outgoing-mail.service.ts'
import { defaultTenantSlug, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { findTenant } from '../lib/known-tenants.ts'
import { option, readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// Prints a mail with its secrets. Without a mail server an operator finds the link of an invitation here, because the
// API masks it.
const options = readOptions({
  script: 'show-mail',
  about: 'Prints a mail with the tokens of its links, which the API masks.',
  options: {
    'email-id': option('<id>', 'the email_id that GET /emails shows', z.uuid()),
    tenant: option('<slug>', 'the tenant of the mail', TenantSlug.default(defaultTenantSlug)),
  },
})

await withApp(async (app) => {
  const { subject, text } = await getMailWithSecrets(app, await findTenant(app, options.tenant), options['email-id'])
  console.log(`Subject: ${subject}\n\n${text}`)
})
