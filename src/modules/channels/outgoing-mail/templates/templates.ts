import { accountTemplates } from './account.templates.ts'
import { toHtml } from './html.ts'
import { frame, type MailContext, type Template } from './letter.ts'
import { toPlainText } from './plain-text.ts'
import { ticketTemplates } from './ticket.templates.ts'

export interface RenderedMail {
  subject: string
  text: string
  html: string
}

/**
 * Every mail there is, by the name under which `emails.template` has it.
 * @internal Exported for the test that goes through all of them.
 */
export const templates = { ...ticketTemplates, ...accountTemplates } satisfies Record<string, Template>

export type TemplateName = keyof typeof templates

/**
 * Renders a mail, as text and as HTML. It has no side effect and reads no clock: the same mail comes out each time it is
 * sent or looked at. Members of `parameters` that the template does not know are ignored.
 * @throws ZodError when the parameters are not the template's.
 */
export const renderMail = (template: TemplateName, parameters: unknown, context: MailContext): RenderedMail => {
  const letter = frame(templates[template].write(parameters, context), context)
  return { subject: letter.subject, text: toPlainText(letter), html: toHtml(letter) }
}
