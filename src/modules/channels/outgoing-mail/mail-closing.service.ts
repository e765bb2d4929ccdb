import type { Reason } from '../recipients/tellings.ts'
import type { StoredMail } from './outgoing-mail.queries.ts'
import type { Closing } from './templates/letter.ts'
import type { TemplateName } from './templates/template-names.ts'
import { digests, kindInWords, watching } from './unsubscribing.ts'

const digest: TemplateName = 'digest'

/** Why an account is told, in words that go on with "because". Mails about the account itself are nobody's choice. */
const becauses: Record<Exclude<Reason, 'account'>, string> = {
  customer: 'it is about your ticket',
  technician: 'you have the ticket',
  technician_before: 'you had the ticket before',
  technician_of_merged: 'you had the ticket that was merged',
  mentioned: 'a comment mentions you, so you watch the ticket',
  watcher: 'you watch the ticket',
  admin: 'you are an admin',
  admin_for_technician: 'you are an admin, and no technician has the ticket',
  queue: 'the ticket is in the queue that you work on',
  owner: 'the webhook is yours',
  colleague: 'you work on the same category',
}

/** Why the recipient gets a mail; null when that is no choice of theirs, or an earlier version wrote the mail. */
const becauseOf = ({ template, stops, parameters }: StoredMail): string | null => {
  if (template === digest) return 'you chose to get what happens together'
  const { told_as: reason } = parameters
  if (typeof reason === 'string' && Object.hasOwn(becauses, reason)) return becauses[reason as keyof typeof becauses]
  return stops === watching ? becauses.watcher : null
}

const labelOf = (stops: string): string => {
  if (stops === watching) return 'Watch it no more'
  return stops === digests ? 'Get no more of these mails' : `Get no more mails about ${kindInWords(stops).en}`
}

/**
 * What stands at the end of a mail that its recipient may choose not to get: why they get it, and how to change that.
 */
export const closingOf = (mail: StoredMail): Closing | null => {
  const because = becauseOf(mail)
  if (because === null) return null
  const { stops, email_id: emailId } = mail
  const change = 'You can change that where you work with your tickets (PATCH /api/me/notifications).'
  return {
    text: `You get this mail because ${because}.${stops === watching ? '' : ` ${change}`}`,
    stop: stops === null ? null : { label: labelOf(stops), emailId },
  }
}
