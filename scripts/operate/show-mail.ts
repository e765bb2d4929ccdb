import { z } from 'zod'
import { Language } from '../../src/contract/enums.ts'
import { findLatestMailId, getMailWithSecrets } from '../../src/modules/channels/outgoing-mail/outgoing-mail.service.ts'
import { TemplateName } from '../../src/modules/channels/outgoing-mail/templates/template-names.ts'
import { defaultTenantSlug, TenantSlug } from '../../src/modules/identity/tenants/tenants.schemas.ts'
import { AppError } from '../../src/platform/errors.ts'
import { findTenant } from '../lib/known-tenants.ts'
import { option, readOptions } from '../lib/options.ts'
import { withApp } from '../lib/with-app.ts'

// Prints a mail with its secrets. Without a mail server an operator finds the link of an invitation here, because the
// API masks it.
const options = readOptions({
  script: 'show-mail',
  about: 'Prints a mail with the tokens of its links, which the API masks.',
  options: {
    'email-id': option('<id>', 'the email_id that GET /emails shows', z.uuid().optional()),
    latest: option('<template>', 'the newest mail of this template, such as account_invited', TemplateName.optional()),
    tenant: option('<slug>', 'the tenant of the mail', TenantSlug.default(defaultTenantSlug)),
    language: option('<en|de>', 'another language than that of the mail', Language.optional()),
  },
})

await withApp(async (app) => {
  const { tenant, 'email-id': named, latest, language } = options
  if ((named === undefined) === (latest === undefined)) throw new Error('Give --email-id or --latest, one of them.')
  const tenantId = await findTenant(app, tenant)
  const emailId = latest === undefined ? named : await findLatestMailId(app, tenantId, latest)
  if (emailId === undefined) throw new Error(`The tenant ${tenant} has no mail ${latest} yet.`)
  const { subject, text } = await getMailWithSecrets(app, tenantId, emailId, language).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'email_not_found') throw error
    throw new Error(`The tenant ${tenant} has no such mail. Mails of another tenant: --tenant <slug>.`)
  })
  console.log(`Subject: ${subject}\n\n${text}`)
})
