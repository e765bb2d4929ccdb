import type { Page, View, Words } from '../../../platform/page.ts'
import { publicEndpoint } from '../../identity/accounts/declare-endpoint.ts'
import { Unsubscribe } from './unsubscribe.schemas.ts'
import { lookAtSubscription, unsubscribe } from './unsubscribe.service.ts'
import { digests, watching } from './unsubscribing.ts'

export const unsubscribeRoutes = [
  publicEndpoint({
    id: 'unsubscribeByMail',
    method: 'post',
    path: '/unsubscribe',
    can: 'anyone',
    tag: 'Mails',
    summary: 'Unsubscribe by the address in a mail',
    description:
      'Stops what the mail is about: the watching of its ticket, the mails of its kind, or digests. Mail programs ' +
      'post to the page `/unsubscribe` instead (RFC 8058). Once more changes nothing.',
    body: Unsubscribe,
    secret: 'token',
    responds: { 204: null },
    fails: ['invalid_unsubscribe_token'],
    signInLimit: { account: null, kind: 'confirmation', counts: 'flood' },
    handle: (call) => unsubscribe(call.app, call, call.body.token),
  }),
]

const over: View = {
  status: 410,
  heading: { en: 'This address is over', de: 'Diese Adresse gilt nicht mehr' },
  paragraphs: [
    {
      en: 'It is not complete, or the mail is too old. Nothing was changed. You can choose which mails you get where you work with your tickets.',
      de: 'Sie ist unvollständig, oder die Mail ist zu alt. Nichts wurde geändert. Welche Mails Sie bekommen, können Sie dort wählen, wo Sie mit Ihren Tickets arbeiten.',
    },
  ],
}

/** What is stopped, in words. */
const stoppedBy = (stops: string, ticketId: string | null): Words => {
  if (stops === watching) {
    return {
      en: `You get mails about ticket ${ticketId ?? ''} because you watch it. You will not watch it any more.`,
      de: `Sie bekommen Mails über das Ticket ${ticketId ?? ''}, weil Sie es beobachten. Sie beobachten es dann nicht mehr.`,
    }
  }
  return stops === digests
    ? {
        en: 'You will get no more mails that gather what happened.',
        de: 'Sie bekommen keine Mails mehr, die sammeln, was geschehen ist.',
      }
    : {
        en: 'You will get no more mails of this kind. What happens stays to be seen where you work with your tickets.',
        de: 'Sie bekommen keine Mails dieser Art mehr. Was geschieht, sehen Sie weiter dort, wo Sie mit Ihren Tickets arbeiten.',
      }
}

const changeable: Words = {
  en: 'You can change that again where you work with your tickets.',
  de: 'Sie können das dort wieder ändern, wo Sie mit Ihren Tickets arbeiten.',
}

const unsubscribePage: Page = {
  path: '/unsubscribe',
  async look({ app, token }) {
    const seen = await lookAtSubscription(app, token)
    const { tenant, language } = seen
    if (seen.end !== null) return { tenant, language, view: over }
    return {
      tenant,
      language,
      view: {
        heading: { en: 'Get no more of these mails?', de: 'Diese Mails nicht mehr bekommen?' },
        paragraphs: [stoppedBy(seen.stops, seen.ticketId)],
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
      },
      done: {
        heading: { en: 'You get no more of these mails', de: 'Sie bekommen diese Mails nicht mehr' },
        paragraphs: [changeable],
      },
    }
  },
  submit: {
    endpoint: '/unsubscribe',
    members: ['token'],
    over: ['invalid_unsubscribe_token'],
    oneClick: { field: 'List-Unsubscribe', value: 'One-Click' },
  },
}

export const unsubscribePages: Page[] = [unsubscribePage]
