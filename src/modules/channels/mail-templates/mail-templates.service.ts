import { createHash } from 'node:crypto'
import { Language } from '../../../contract/enums.ts'
import { type Warning, withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import { retriedTransaction, startOver } from '../../../platform/db/transaction.ts'
import { AppError, invalidRequest } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { previewMail, previewSample, type Trial } from '../outgoing-mail/preview-mail.service.ts'
import { builtInSource } from '../outgoing-mail/templates/template-list.ts'
import { TemplateName } from '../outgoing-mail/templates/template-names.ts'
import { samples } from '../outgoing-mail/templates/template-samples.ts'
import { type Source, TemplateFault } from '../outgoing-mail/templates/template-source.ts'
import { type RenderedMail, renderMail } from '../outgoing-mail/templates/templates.ts'
import { sendTestMail } from '../outgoing-mail/test-mails.service.ts'
import { checkSource, errorAt, splitsThread } from './check-source.ts'
import {
  findKept,
  type KeptSource,
  type KeptTemplate,
  listKept,
  lockKept,
  writeKept,
} from './mail-templates.queries.ts'
import type { MailTemplate, MailTemplateList, PreviewAsked, SentTestMail } from './mail-templates.schemas.ts'
import { sampleContext, variablesOf } from './template-variables.ts'

/** Which template, in which language. */
interface Place {
  template: TemplateName
  language: Language
}

/** What the built-in mail of a template says at its top, in English. */
const headingOf = (template: TemplateName): string =>
  renderMail(template, samples[template], sampleContext('en')).text.split('\n', 1)[0] ?? ''

const summaryOf = (template: TemplateName, kept: KeptTemplate[]): MailTemplateList['mail_templates'][number] => ({
  template,
  subject_line: renderMail(template, samples[template], sampleContext('en')).subject,
  heading: headingOf(template),
  languages: Language.options.map((language) => {
    const row = kept.find((each) => each.template === template && each.language === language)
    const { is_set = false, version = 0, updated_at = null, updated_by = null } = row ?? {}
    return { language, is_set, version, updated_at, updated_by }
  }),
  variables: variablesOf(template, 'en'),
})

/** Every template there is, and in which languages the tenant has a text of its own. */
export const listMailTemplates = async (app: App, { tenantId }: User): Promise<MailTemplateList> => {
  const kept = await listKept(app.pool, tenantId)
  return { mail_templates: TemplateName.options.map((template) => summaryOf(template, kept)) }
}

const sourceIn = (kept: KeptSource | null): Source | null =>
  kept === null || kept.subject === null || kept.text === null ? null : { subject: kept.subject, text: kept.text }

const warningsOf = (template: TemplateName, source: Source): Warning[] =>
  splitsThread(template, source)
    ? [{ code: 'subject_splits_thread', detail: 'Mail programs may not show the mails of a ticket as one thread.' }]
    : []

const shown = ({ template, language }: Place, kept: KeptSource | null): MailTemplate => {
  const own = sourceIn(kept)
  const built_in = builtInSource(template, language)
  const { version = 0, updated_at = null, updated_by = null } = kept ?? {}
  const source = own ?? built_in
  const variables = variablesOf(template, language)
  const answer = { template, language, ...source, is_set: own !== null, version, updated_at, updated_by }
  return withWarnings({ ...answer, built_in, variables }, warningsOf(template, source))
}

/** One template in one language: the tenant's text, or else the built-in one. */
export const getMailTemplate = async (app: App, { tenantId }: User, place: Place): Promise<MailTemplate> =>
  shown(place, await findKept(app.pool, { tenantId, ...place }))

/** The length and the SHA-256 of a text, in place of the text; null for the built-in one. */
const sizeOf = (text: string | undefined): { length: number; sha256: string } | null =>
  text === undefined ? null : { length: [...text].length, sha256: createHash('sha256').update(text).digest('hex') }

/** What a change is in the log: the texts stay in their row. */
const changesOf = (before: Source | null, after: Source | null) => ({
  ...(before?.subject === after?.subject
    ? {}
    : { subject: { from: sizeOf(before?.subject), to: sizeOf(after?.subject) } }),
  ...(before?.text === after?.text ? {} : { text: { from: sizeOf(before?.text), to: sizeOf(after?.text) } }),
})

/** Refuses a change that is meant for another version. Version 0 is that nobody has changed the template. */
const refuseStale = (kept: KeptSource | null, ifMatch: number | null): void => {
  const current = kept?.version ?? 0
  if (ifMatch === null || ifMatch === current) return
  const changed = kept !== null && ifMatch < current ? [{ field: 'text', by: kept.updated_by, version: current }] : []
  throw new AppError('stale_version', {
    detail: `The template is at version ${current}, not ${ifMatch}. Read it again.`,
    extra: { current_version: current, changed, overlaps: changed.length > 0 },
    headers: { ETag: `"${current}"` },
  })
}

/**
 * Keeps a text for a template, or with null takes the tenant's text away. What is so already is no change. The mails
 * that wait are sent with the new text.
 * @throws AppError `validation_failed`, with the place of each fault; `stale_version` when `ifMatch` is another
 * version.
 */
export const writeMailTemplate = (
  app: App,
  act: Act<User>,
  place: Place,
  source: Source | null,
  ifMatch: number | null,
): Promise<MailTemplate> => {
  const { tenantId, accountId } = act.actor
  const key = { tenantId, ...place }
  const errors = source === null ? [] : checkSource(place.template, source)
  if (errors.length > 0) throw invalidRequest('validation_failed', errors)
  return retriedTransaction<MailTemplate>(
    app.pool,
    async (tx) => {
      const kept = await lockKept(tx, key)
      refuseStale(kept, ifMatch)
      const changes = changesOf(sourceIn(kept), source)
      if (Object.keys(changes).length === 0) return shown(place, kept)
      const before = kept?.version ?? 0
      const event = eventOf(act, 'tenant.mail_template_changed', '-', { changes, details: { ...place } })
      const written = await writeKept(tx, key, source, { before, by: accountId }, event)
      return written === 0 ? startOver : shown(place, await findKept(tx, key))
    },
    act.receipt,
  )
}

/** A mail is shown to who may read mails. @throws AppError `insufficient_scope`. */
const refuseWithoutScope = ({ token }: User, emailId: string | undefined): void => {
  if (emailId === undefined || token === null || token.scopes.includes('email:read')) return
  throw new AppError('insufficient_scope', { detail: 'A preview of a mail needs the scope email:read.' })
}

/** What is tried out: what is sent, or else what holds now. @throws AppError `validation_failed`. */
const trialOf = async (app: App, actor: User, place: Place, asked: Partial<Source>): Promise<Trial> => {
  const { subject, text } = await getMailTemplate(app, actor, place)
  const source = { subject: asked.subject ?? subject, text: asked.text ?? text }
  const errors = checkSource(place.template, source)
  if (errors.length > 0) throw invalidRequest('validation_failed', errors)
  return { ...place, source }
}

/**
 * What a template makes of a mail or of a sample. A text that is not sent is the one that holds now.
 * @throws AppError `validation_failed` with the place of each fault; `insufficient_scope`; as `previewMail`.
 */
export const previewMailTemplate = async (
  app: App,
  actor: User,
  place: Place,
  { email_id, ...asked }: PreviewAsked,
): Promise<RenderedMail> => {
  refuseWithoutScope(actor, email_id)
  const trial = await trialOf(app, actor, place, asked)
  try {
    return await (email_id === undefined ? previewSample(app, actor, trial) : previewMail(app, actor, email_id, trial))
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    throw invalidRequest('validation_failed', [errorAt(trial.source, 'text', error)])
  }
}

/** Mails to the actor what `previewMailTemplate` shows. @throws AppError as that; `quota_exceeded`. */
export const mailTemplateToMe = async (
  app: App,
  act: Act<User>,
  place: Place,
  { email_id, ...asked }: PreviewAsked,
): Promise<SentTestMail> => sendTestMail(app, act, await trialOf(app, act.actor, place, asked), email_id ?? null)
