import { accountTemplates } from './account.templates.ts'
import { accountSecurityTemplates } from './account-security.templates.ts'
import { commentAndFileTemplates } from './comments-and-files.templates.ts'
import { digestTemplates } from './digest.templates.ts'
import { toHtml } from './html.ts'
import { frame, type Letter, type MailContext, type Template } from './letter.ts'
import { toPlainText } from './plain-text.ts'
import { secondFactorTemplates } from './second-factor.templates.ts'
import type { TemplateName } from './template-names.ts'
import { ticketMergeTemplates } from './ticket-merges.templates.ts'
import { ticketPeopleTemplates } from './ticket-people.templates.ts'
import { ticketStateTemplates } from './ticket-states.templates.ts'
import { oneLine, subjectLine } from './user-text.ts'
import { withoutTypedTexts, withoutWithheld } from './withheld-texts.ts'

export interface RenderedMail {
  subject: string
  text: string
  html: string
}

/**
 * Every template, by its name.
 * @internal Exported for the test that goes through all of them.
 */
export const templates: Record<TemplateName, Template> = {
  ...ticketStateTemplates,
  ...ticketPeopleTemplates,
  ...ticketMergeTemplates,
  ...commentAndFileTemplates,
  ...digestTemplates,
  ...accountTemplates,
  ...accountSecurityTemplates,
  ...secondFactorTemplates,
}

const render = (letter: Letter, context: MailContext): RenderedMail => {
  const framed = frame(letter, context)
  return { subject: framed.subject, text: toPlainText(framed), html: toHtml(framed) }
}

/**
 * Renders a mail, as text and as HTML. It has no side effect and reads no clock, so the same mail comes out each time
 * that it is sent or looked at. To an address that nobody has confirmed it has no text of a customer. Members of
 * `parameters` that the template does not know are ignored.
 * @throws ZodError when the parameters are not the template's.
 */
export const renderMail = (template: TemplateName, parameters: unknown, context: MailContext): RenderedMail => {
  const { parameters: schema, write } = templates[template]
  if (context.isConfirmed) return render(write(parameters, context), context)
  const letter = write(withoutTypedTexts(parameters, schema, context.isByStaff), context)
  return render(withoutWithheld(letter, context), context)
}

type Note = Pick<Letter, 'heading' | 'paragraphs' | 'facts'>

/** A letter that stands for a mail of a template. */
const renderInPlace = (template: string, { heading, paragraphs, facts }: Note, context: MailContext): RenderedMail =>
  render(
    {
      subject: subjectLine(`A mail of the template ${template}`),
      heading,
      paragraphs,
      facts: [{ label: 'Template', value: oneLine(template) }, ...facts],
      quote: null,
      action: null,
      notes: [],
    },
    context,
  )

/** What is shown in place of a mail that cannot be written. It is never sent. */
export const renderNote = (template: string, reason: string, context: MailContext): RenderedMail =>
  renderInPlace(
    template,
    {
      heading: 'This mail cannot be shown here',
      paragraphs: ['This version of the program cannot write the mail, so the mail is not sent.'],
      facts: [{ label: 'Reason', value: oneLine(reason) }],
    },
    context,
  )

/** What is shown in place of an old mail whose text was removed at `blankedAt`. It is never sent. */
export const renderBlanked = (template: string, blankedAt: string, context: MailContext): RenderedMail =>
  renderInPlace(
    template,
    {
      heading: 'The text of this mail is gone',
      paragraphs: ['The texts of old mails are removed after some time. The other facts of the mail are kept.'],
      facts: [{ label: 'Removed at', value: blankedAt }],
    },
    context,
  )
