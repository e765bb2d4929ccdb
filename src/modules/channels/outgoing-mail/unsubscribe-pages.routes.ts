import type { Role } from '../../../contract/enums.ts'
import type { Page, View, Words } from '../../../platform/page.ts'
import { lookAtSubscription } from './unsubscribe.service.ts'
import { digests, kindInWords, watching } from './unsubscribing.ts'

/** What an unsubscription stops, and for whom. */
interface Stopping {
  stops: string
  ticketId: string | null
  role: Role
}

const over: View = {
  status: 410,
  heading: { en: 'This link does not work any more', de: 'Dieser Link gilt nicht mehr' },
  paragraphs: [
    {
      en: 'It is not complete, or the mail is too old. Nothing was changed. You can choose which mails you get where you work with your tickets.',
      de: 'Er ist unvollständig, oder die Mail ist zu alt. Nichts wurde geändert. Welche Mails Sie bekommen, können Sie dort wählen, wo Sie mit Ihren Tickets arbeiten.',
    },
  ],
}

/** What happens when somebody unsubscribes. */
const stopping = ({ stops, ticketId }: Stopping): Words => {
  if (stops === watching) {
    return {
      en: `You get mails about ticket ${ticketId ?? ''} because you watch it. You will not watch it any more.`,
      de: `Sie bekommen Mails über das Ticket ${ticketId ?? ''}, weil Sie es beobachten. Sie beobachten es dann nicht mehr.`,
    }
  }
  if (stops === digests) {
    return {
      en: 'You will get no more mails that gather what happened. What happens stays to be seen where you work with your tickets.',
      de: 'Sie bekommen keine Mails mehr, die sammeln, was geschehen ist. Was geschieht, sehen Sie weiter dort, wo Sie mit Ihren Tickets arbeiten.',
    }
  }
  const { en, de } = kindInWords(stops)
  return {
    en: `You will get no more mails about ${en}. What happens stays to be seen where you work with your tickets.`,
    de: `Sie bekommen keine Mails mehr über ${de}. Was geschieht, sehen Sie weiter dort, wo Sie mit Ihren Tickets arbeiten.`,
  }
}

/** What is stopped. */
const stopped = ({ stops, ticketId }: Stopping): Words => {
  if (stops === watching) {
    return {
      en: `You do not watch ticket ${ticketId ?? ''}.`,
      de: `Sie beobachten das Ticket ${ticketId ?? ''} nicht.`,
    }
  }
  if (stops === digests) {
    return {
      en: 'You get no mails that gather what happened.',
      de: 'Sie bekommen keine Mails, die sammeln, was geschehen ist.',
    }
  }
  const { en, de } = kindInWords(stops)
  return { en: `You get no mails about ${en}.`, de: `Sie bekommen keine Mails über ${de}.` }
}

/** The way back. Who sees a ticket only as a watcher loses it, and cannot come back alone. */
const wayBack = ({ stops, role }: Stopping, isDone: boolean): Words => {
  if (stops !== watching || role === 'admin') {
    return {
      en: 'You can change that again where you work with your tickets.',
      de: 'Sie können das dort wieder ändern, wo Sie mit Ihren Tickets arbeiten.',
    }
  }
  return isDone
    ? {
        en: 'If you saw the ticket only because you watched it, you do not see it any more. Its technician or an admin can let you back in.',
        de: 'Wenn Sie das Ticket nur gesehen haben, weil Sie es beobachtet haben, sehen Sie es nicht mehr. Sein Techniker oder ein Admin kann Sie wieder hereinlassen.',
      }
    : {
        en: 'If you see the ticket only because you watch it, you will not see it any more. Its technician or an admin can let you back in.',
        de: 'Wenn Sie das Ticket nur sehen, weil Sie es beobachten, sehen Sie es dann nicht mehr. Sein Techniker oder ein Admin kann Sie wieder hereinlassen.',
      }
}

const done = (what: Stopping): View => ({
  heading: { en: 'You get no more of these mails', de: 'Sie bekommen diese Mails nicht mehr' },
  paragraphs: [stopped(what), wayBack(what, true)],
})

const asking = (what: Stopping, token: string): View => ({
  heading: { en: 'Get no more of these mails?', de: 'Diese Mails nicht mehr bekommen?' },
  paragraphs: [stopping(what), wayBack(what, false)],
  form: {
    to: '/unsubscribe',
    hidden: { token },
    fields: [],
    button: { en: 'Unsubscribe', de: 'Abbestellen' },
  },
  notes: [
    {
      en: 'If you want to go on getting them, close the page. Nothing is changed then.',
      de: 'Wenn Sie sie weiter bekommen möchten, schließen Sie die Seite. Dann wird nichts geändert.',
    },
  ],
})

/** The page of the link in a mail by which its reader ends such mails. */
const unsubscribePage: Page = {
  path: '/unsubscribe',
  isBesideConsole: true,
  async look({ app, token }) {
    const seen = await lookAtSubscription(app, token)
    const { tenant, language } = seen
    if (seen.end !== null) return { tenant, language, view: over }
    return { tenant, language, view: seen.isStopped ? done(seen) : asking(seen, token), done: done(seen) }
  },
  submit: {
    endpoint: '/unsubscribe',
    members: ['token'],
    over: ['invalid_unsubscribe_token'],
    oneClick: { field: 'List-Unsubscribe', value: 'One-Click' },
  },
}

export const unsubscribePages: Page[] = [unsubscribePage]
