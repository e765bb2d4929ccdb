import type { View } from '../../../platform/page.ts'
import type { LinkEnd } from '../accounts/link-holders.service.ts'

/** What the page of a link says when the link is over, whatever it was for. */
export const overWords: Record<LinkEnd, Pick<View, 'heading' | 'paragraphs'>> = {
  used: {
    heading: { en: 'This link is used up', de: 'Dieser Link ist verbraucht' },
    paragraphs: [
      {
        en: 'Each link works once, and a newer link may end the links before it. If you have used it already, all is done.',
        de: 'Jeder Link gilt einmal, und ein neuerer Link kann die früheren beenden. Wenn Sie ihn schon benutzt haben, ist alles erledigt.',
      },
    ],
  },
  expired: {
    heading: { en: 'This link has expired', de: 'Dieser Link ist abgelaufen' },
    paragraphs: [
      {
        en: 'A link works for some time only, so that an old mail opens nothing.',
        de: 'Ein Link gilt nur eine Zeit lang, damit eine alte Mail nichts mehr öffnet.',
      },
    ],
  },
  suspended: {
    heading: { en: 'This helpdesk is suspended', de: 'Dieser Helpdesk ist stillgelegt' },
    paragraphs: [
      {
        en: 'The link does nothing at the moment. Follow it again when the helpdesk is back, while the link is not too old.',
        de: 'Der Link bewirkt im Moment nichts. Öffnen Sie ihn wieder, sobald der Helpdesk zurück ist und solange der Link nicht zu alt ist.',
      },
    ],
  },
  unknown: {
    heading: { en: 'This link is not complete, or not valid', de: 'Dieser Link ist unvollständig oder ungültig' },
    paragraphs: [
      {
        en: 'Compare the address with the one in your mail. A line break may have cut it off.',
        de: 'Vergleichen Sie die Adresse mit der in Ihrer Mail. Vielleicht hat ein Zeilenumbruch sie abgeschnitten.',
      },
    ],
  },
}
