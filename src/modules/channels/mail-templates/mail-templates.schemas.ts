import { z } from 'zod'
import { Language } from '../../../contract/enums.ts'
import { Warnings } from '../../../contract/warnings.ts'
import { line, text, timestamp } from '../../../platform/schemas.ts'
import { TemplateName } from '../outgoing-mail/templates/template-names.ts'
import { subjectAtMost, textAtMost } from '../outgoing-mail/templates/template-source.ts'

const Name = TemplateName.meta({ id: 'MailTemplateName', description: 'Which mail the template is for.' })

const Variable = z
  .object({
    name: z.string().meta({ description: 'The name between the braces.', examples: ['ticket_id'] }),
    kind: z.enum(['text', 'condition', 'block']).meta({
      id: 'MailVariableKind',
      description:
        '`text`: a text of one line. `condition`: for conditions only. `block`: a part of the mail, which stands on a ' +
        'line of its own.',
    }),
    sample: z.union([z.string(), z.boolean()]).nullable().meta({
      description: 'What it is in the sample; null for a block, and for a text that the sample does not have.',
    }),
    is_needed: z.boolean().meta({ description: 'Whether the text must have it.' }),
  })
  .meta({ id: 'MailVariable' })

const isSet = z
  .boolean()
  .meta({ description: 'Whether the tenant has a text of its own; otherwise the built-in one is sent.' })
const version = z.int().meta({ description: 'Counts the changes; 0 before the first one.', examples: [1] })
const updated = {
  updated_at: timestamp.nullable().meta({ description: 'When the tenant changed it last; null for never.' }),
  updated_by: z.string().nullable().meta({ description: 'The id of the account that changed it last.' }),
}

const subjectOut = z.string().meta({
  description: 'The subject, with variables.',
  examples: ['[{{ticket_id}}] {{ticket_subject}}'],
})
const textOut = z.string().meta({
  description: 'The text, with variables. Blank lines part paragraphs, and `# ` begins a heading.',
  examples: ['# Your ticket {{ticket_id}} is resolved\n\n{{greeting}}\n\n{{facts}}\n\n{{link}}'],
})

export const MailTemplate = z
  .object({
    template: Name,
    language: Language,
    subject: subjectOut,
    text: textOut,
    is_set: isSet,
    version,
    ...updated,
    built_in: z
      .object({ subject: subjectOut, text: textOut })
      .meta({ description: 'What is sent as long as the tenant has no text of its own.' }),
    variables: z.array(Variable).meta({ description: 'What the subject and the text may name.' }),
    warnings: Warnings,
  })
  .meta({ id: 'MailTemplate' })
export type MailTemplate = z.output<typeof MailTemplate>

export const MailTemplateList = z
  .object({
    mail_templates: z
      .array(
        z
          .object({
            template: Name,
            subject_line: z.string().meta({
              description: 'The subject of the sample mail, in English.',
              examples: ['[TKT0042] Printer on fire'],
            }),
            heading: z
              .string()
              .meta({ description: 'What the built-in mail says, in English.', examples: ['Ticket TKT0042 is yours'] }),
            languages: z
              .array(z.object({ language: Language, is_set: isSet, version, ...updated }))
              .meta({ description: 'Each language, and whether the tenant has a text of its own in it.' }),
            variables: z.array(Variable).meta({ description: 'With their samples in English.' }),
          })
          .meta({ id: 'MailTemplateSummary' }),
      )
      .meta({ description: 'Every kind of mail.' }),
  })
  .meta({ id: 'MailTemplateList' })
export type MailTemplateList = z.output<typeof MailTemplateList>

/** At the address of a name that no mail has, there is nothing, as with an id that has the form of none. */
const NameInPath = z
  .string()
  .transform((given, context) => {
    const { data } = TemplateName.safeParse(given)
    if (data !== undefined) return data
    context.addIssue({ code: 'custom', message: 'must be a name in the answer of GET /mail-templates' })
    return z.NEVER
  })
  .meta({ description: 'The name of the template, from `GET /mail-templates`.', examples: ['comment_public'] })

export const MailTemplateParams = z.object({ template: NameInPath, language: Language })

const subject = line(subjectAtMost).meta({ description: 'At most 200 characters, on one line.' })
/** Line breaks of Windows and of old files become one kind. */
const body = text(textAtMost)
  .transform((given) => given.replaceAll(/\r\n?/g, '\n'))
  .meta({ description: 'At most 10,000 characters and 500 tags.' })

const example = {
  subject: '[{{ticket_id}}] {{ticket_subject}}',
  text: '# Solved: {{ticket_id}}\n\n{{greeting}}\n\nplease have a look.\n\n{{quote}}\n\n{{link}}',
}
export const WriteMailTemplate = z
  .strictObject({ subject, text: body })
  .meta({ id: 'WriteMailTemplate', examples: [example] })

export const PreviewMailTemplate = z
  .strictObject({
    subject: subject.optional(),
    text: body.optional(),
    email_id: z
      .uuid()
      .optional()
      .meta({ description: 'A mail of this template, whose facts are shown. Without it a sample is.' }),
  })
  .meta({ id: 'PreviewMailTemplate', examples: [example] })
export type PreviewAsked = z.output<typeof PreviewMailTemplate>

export const MailPreview = z
  .object({
    subject: z.string().meta({ description: 'The subject, as the recipient reads it.' }),
    text: z.string().meta({ description: 'The mail in plain text.' }),
    html: z.string().meta({ description: 'The mail in HTML. Links have `masked` in place of their secrets.' }),
  })
  .meta({ id: 'MailPreview' })

export const SendTestMail = PreviewMailTemplate.meta({ id: 'SendTestMail', examples: [example] })

export const SentTestMail = z
  .object({
    email_id: z.uuid().meta({ description: 'The mail, which `GET /emails` lists, too.' }),
    recipient_email: z.string().meta({ description: 'Your own address.', examples: ['ada@example.com'] }),
  })
  .meta({ id: 'SentTestMail' })
export type SentTestMail = z.output<typeof SentTestMail>
