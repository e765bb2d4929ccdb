import type { Language } from '../../../../contract/enums.ts'
import { accountTemplates } from './account.templates.ts'
import { accountSecurityTemplates } from './account-security.templates.ts'
import { commentAndFileTemplates } from './comments-and-files.templates.ts'
import { digestTemplates } from './digest.templates.ts'
import type { Template } from './letter.ts'
import { registrationTemplates } from './registration.templates.ts'
import { secondFactorTemplates } from './second-factor.templates.ts'
import type { TemplateName } from './template-names.ts'
import type { Source } from './template-source.ts'
import { ticketSubject } from './ticket-letter.ts'
import { ticketMergeTemplates } from './ticket-merges.templates.ts'
import { ticketPeopleTemplates } from './ticket-people.templates.ts'
import { ticketStateTemplates } from './ticket-states.templates.ts'
import { builtInWords } from './words/built-in-words.ts'

/** Every template, by its name. */
export const templates: Record<TemplateName, Template> = {
  ...ticketStateTemplates,
  ...ticketPeopleTemplates,
  ...ticketMergeTemplates,
  ...commentAndFileTemplates,
  ...digestTemplates,
  ...registrationTemplates,
  ...accountTemplates,
  ...accountSecurityTemplates,
  ...secondFactorTemplates,
}

/** Whether a mail is about one ticket, and so in its thread. */
export const isAboutTicket = (template: TemplateName): boolean => builtInWords.en[template].subject === undefined

/** The built-in subject and text of a mail, as a tenant could have written them. */
export const builtInSource = (template: TemplateName, language: Language): Source => {
  const { subject = ticketSubject, heading, said, notes = [] } = builtInWords[language][template]
  const blocks = templates[template].blocks.map((name) => `{{${name}}}`)
  return { subject, text: [`# ${heading}`, '{{greeting}}', ...said, ...blocks, ...notes].join('\n\n') }
}
