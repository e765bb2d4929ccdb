import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { invalidMember } from '../../../platform/errors.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { addressOfTenant } from '../../identity/tenants/tenant-address.ts'
import { findLogo } from '../../identity/tenants/tenant-logo.service.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
import { getTenant } from '../../identity/tenants/tenants.service.ts'
import { closingOf } from './mail-closing.service.ts'
import { layoutOfPreview, settingsOfMail } from './mail-layout.ts'
import { findMail, type StoredMail } from './outgoing-mail.queries.ts'
import { contextOf } from './outgoing-mail.service.ts'
import type { MailContext } from './templates/letter.ts'
import { sampleTexts } from './templates/sample-texts.ts'
import type { TemplateName } from './templates/template-names.ts'
import { samplesIn } from './templates/template-samples.ts'
import type { Source } from './templates/template-source.ts'
import { type RenderedMail, renderSource } from './templates/templates.ts'

type Language = MailContext['language']

/** What is tried out: a text for a template in a language. */
export interface Trial {
  template: TemplateName
  language: Language
  source: Source
}

/** The secrets of links are in no preview. */
const masked = (): string => 'masked'

/** One click on a sample stops nothing. */
const sampleEnding = { stops: null, email_id: '' }

/** A sample mail with a template that need not be kept. @throws TemplateFault. */
export const previewSample = async (
  app: App,
  actor: User,
  { template, language, source }: Trial,
): Promise<RenderedMail> => {
  const facts = await getTenant(app, actor.tenantId)
  const parameters = samplesIn[language][template]
  const address = addressOfTenant(app.config, facts)
  const hasLogo = (await findLogo(app, actor.tenantId)) !== null
  return renderSource(template, source, parameters, {
    language,
    publicUrl: address,
    hasConsole: app.config.CONSOLE,
    tenantName: facts.name,
    tenantSlug: facts.slug,
    recipientName: sampleTexts[language].recipient,
    isConfirmed: true,
    isByStaff: true,
    linkToken: masked,
    closing: closingOf({ ...sampleEnding, template, language, parameters }, app.config.CONSOLE),
    layout: layoutOfPreview(await settingsOf(app, actor.tenantId), hasLogo ? address : null),
    own: null,
    isTest: false,
  })
}

/**
 * A mail that was written, and that a trial can be filled with.
 * @throws AppError `email_not_found`; `validation_failed` when the mail is of another template, or its text is gone.
 */
export const findPreviewed = async (app: App, actor: User, emailId: string, trial: Trial): Promise<StoredMail> => {
  const mail = requireRead(await findMail(app.pool, actor.tenantId, emailId), 'email_not_found')
  if (mail.known_template !== trial.template)
    throw invalidMember('email_id', 'must be a mail of this template', 'other_template')
  if (mail.parameters_blanked_at !== null)
    throw invalidMember('email_id', 'must be a mail whose text is still there', 'text_removed')
  return mail
}

/**
 * A mail that was written, with a template that need not be kept, and with what the mail quotes as that is now.
 * @throws AppError as `findPreviewed`; TemplateFault.
 */
export const previewMail = async (app: App, actor: User, emailId: string, trial: Trial): Promise<RenderedMail> => {
  const mail = await findPreviewed(app, actor, emailId, trial)
  const { language } = trial
  const context = contextOf(app, { ...mail, language, is_test: false }, masked)
  const logoAt = mail.tenant_has_logo ? context.publicUrl : null
  const layout = layoutOfPreview(settingsOfMail(app.config, mail), logoAt)
  return renderSource(trial.template, trial.source, mail.parameters, { ...context, layout })
}
