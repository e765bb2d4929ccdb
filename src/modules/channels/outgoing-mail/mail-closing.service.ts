import type { Words } from '../../../platform/page.ts'
import type { Reason } from '../recipients/tellings.ts'
import type { StoredMail } from './outgoing-mail.queries.ts'
import type { Closing } from './templates/letter.ts'
import type { TemplateName } from './templates/template-names.ts'
import { digests, kindInWords, watching } from './unsubscribing.ts'

const digest: TemplateName = 'digest'

/** Why an account is told, in words that go on with "because". Mails about the account itself are nobody's choice. */
const becauses: Record<Exclude<Reason, 'account'>, Words> = {
  customer: { en: 'it is about your ticket', de: 'es um Ihr Ticket geht' },
  technician: { en: 'you have the ticket', de: 'Sie das Ticket haben' },
  technician_before: { en: 'you had the ticket before', de: 'Sie das Ticket vorher hatten' },
  technician_of_merged: {
    en: 'you had the ticket that was merged',
    de: 'Sie das Ticket hatten, das zusammengeführt wurde',
  },
  mentioned: {
    en: 'a comment mentions you, so you watch the ticket',
    de: 'ein Kommentar Sie erwähnt und Sie das Ticket deshalb beobachten',
  },
  watcher: { en: 'you watch the ticket', de: 'Sie das Ticket beobachten' },
  admin: { en: 'you are an admin', de: 'Sie Admin sind' },
  admin_for_technician: {
    en: 'you are an admin, and no technician has the ticket',
    de: 'Sie Admin sind und kein Techniker das Ticket hat',
  },
  queue: {
    en: 'the ticket is in the queue that you work on',
    de: 'das Ticket in der Warteschlange steht, an der Sie arbeiten',
  },
  owner: { en: 'the webhook is yours', de: 'der Webhook Ihnen gehört' },
  colleague: { en: 'you work on the same category', de: 'Sie an derselben Kategorie arbeiten' },
}
const together: Words = {
  en: 'you chose to get what happens together',
  de: 'Sie gesammelt erfahren wollen, was geschieht',
}

/** Why the recipient gets a mail; null when that is no choice of theirs, or an earlier version wrote the mail. */
const becauseOf = ({ template, stops, parameters }: Ending): Words | null => {
  if (template === digest) return together
  const { told_as: reason } = parameters
  if (typeof reason === 'string' && Object.hasOwn(becauses, reason)) return becauses[reason as keyof typeof becauses]
  return stops === watching ? becauses.watcher : null
}

const labelOf = (stops: string): Words => {
  if (stops === watching) return { en: 'Watch it no more', de: 'Nicht mehr beobachten' }
  if (stops === digests) return { en: 'Get no more of these mails', de: 'Diese Mails nicht mehr bekommen' }
  const kind = kindInWords(stops)
  return { en: `Get no more mails about ${kind.en}`, de: `Keine Mails mehr über ${kind.de}` }
}

const choose: Words = { en: 'Choose your mails', de: 'Mails auswählen' }

/** What the end of a mail follows from. */
type Ending = Pick<StoredMail, 'template' | 'stops' | 'parameters' | 'email_id' | 'language'>

/**
 * What stands at the end of a mail that its recipient may choose not to get: why they get it, and how to change that.
 * `hasConsole`: there is a page on which people choose their mails.
 */
export const closingOf = (mail: Ending, hasConsole: boolean): Closing | null => {
  const because = becauseOf(mail)
  if (because === null) return null
  const { stops, email_id: emailId, language } = mail
  const start: Words = { en: 'You get this mail because', de: 'Sie bekommen diese Mail, weil' }
  return {
    text: `${start[language]} ${because[language]}.`,
    choose: hasConsole && stops !== watching ? choose[language] : null,
    stop: stops === null ? null : { label: labelOf(stops)[language], emailId },
  }
}
