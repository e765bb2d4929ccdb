import { NotificationKind } from '../../../contract/notification-kinds.ts'
import type { Words } from '../../../platform/page.ts'

/** One click on a mail stops a kind of notifications, or else this: watching the ticket of the mail. */
export const watching = 'watching'

/** What the one-click unsubscription of a digest stops. */
export const digests = 'digests'

/** Each kind of notifications, in words that go on with "mails about". */
const kinds: Record<NotificationKind, Words> = {
  ticket_created: { en: 'new tickets', de: 'neue Tickets' },
  ticket_assigned: {
    en: 'who has a ticket, and what comes into the queue',
    de: 'wer ein Ticket hat und was in die Warteschlange kommt',
  },
  ticket_status: {
    en: 'tickets that are resolved, reopened, closed, merged or restored',
    de: 'Tickets, die gelöst, wieder geöffnet, geschlossen, zusammengeführt oder wiederhergestellt werden',
  },
  ticket_comment: { en: 'public comments', de: 'öffentliche Kommentare' },
  ticket_internal_comment: { en: 'internal comments', de: 'interne Kommentare' },
  ticket_file: { en: 'files', de: 'Dateien' },
  ticket_urgent: { en: 'tickets that become urgent', de: 'Tickets, die dringend werden' },
  ticket_mention: { en: 'comments that mention you', de: 'Kommentare, die Sie erwähnen' },
  desk: { en: 'the helpdesk as a whole', de: 'den Helpdesk als Ganzes' },
  account: { en: 'your account', de: 'Ihr Konto' },
}

/** A kind of notifications in words that go on with "mails about". The kind may be that of another version. */
export const kindInWords = (kind: string): Words => {
  const { success, data } = NotificationKind.safeParse(kind)
  return success ? kinds[data] : { en: 'such things', de: 'solche Dinge' }
}
