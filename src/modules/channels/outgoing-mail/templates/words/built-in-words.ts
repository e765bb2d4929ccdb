import type { Language } from '../../../../../contract/enums.ts'
import type { TemplateName } from '../template-names.ts'
import { accountMailsInGerman } from './account-mails.de.ts'
import { accountMailsInEnglish } from './account-mails.en.ts'
import type { MailWords } from './mail-words.ts'
import { securityMailsInGerman } from './security-mails.de.ts'
import { securityMailsInEnglish } from './security-mails.en.ts'
import { ticketMailsInGerman } from './ticket-mails.de.ts'
import { ticketMailsInEnglish } from './ticket-mails.en.ts'

/** The words of every built-in mail, in each language. */
export const builtInWords: Record<Language, Record<TemplateName, MailWords>> = {
  en: { ...ticketMailsInEnglish, ...accountMailsInEnglish, ...securityMailsInEnglish },
  de: { ...ticketMailsInGerman, ...accountMailsInGerman, ...securityMailsInGerman },
}
