import { type MailContext, plainLayout } from './letter.ts'
import { TemplateName } from './template-names.ts'
import { entries, files, type Sample, samples } from './template-samples.ts'

/** For the tests of the templates. */
export const context: MailContext = {
  publicUrl: 'https://desk.example.com/help',
  hasConsole: true,
  tenantName: 'Acme Support',
  tenantSlug: 'acme',
  recipientName: 'Cora Customer',
  isConfirmed: true,
  isByStaff: true,
  linkToken: (_link, id) => `7.${id}.c2lnbmF0dXJl_-`,
  closing: null,
  isTest: false,
  language: 'en',
  layout: plainLayout,
  own: null,
}

export const templateNames = TemplateName.options

/** Parameters that not every mail has, such as those of earlier versions: of all templates, or of one. */
export const laterParameters = [
  'reason',
  'address',
  'customer_registered.confirmation_id',
  'customer_registered.expires_days',
]

/** The names of the parameters that users write, or could write. */
export const userWritten = (template: TemplateName): string[] =>
  Object.keys(samples[template]).filter(
    (key) =>
      !/^(?:(?:merged_)?ticket|order|webhook|reset|confirmation|registration)_id$/.test(key) &&
      // One of few words, which the mail says in a sentence.
      !(template === 'webhook_disabled' && key === 'reason') &&
      typeof samples[template][key] === 'string',
  )

/** The sample with a text in place of all parameters that users write. */
export const samplesWith = (template: TemplateName, text: string): Sample => ({
  ...samples[template],
  ...Object.fromEntries(userWritten(template).map((key) => [key, text])),
  ...('entries' in samples[template]
    ? {
        entries: entries.map((each) => ({
          ...each,
          ticket_subject: each.ticket_subject && text,
          actor_name: each.actor_name && text,
          subject_name: each.subject_name && text,
        })),
      }
    : {}),
  ...('files' in samples[template] ? { files: files.map(({ size }) => ({ file_name: text, size })) } : {}),
})
