import type { Page, View } from '../../../platform/page.ts'

// Mails have links to addresses of a console. Where no console is served, these pages stand there.

const help: View['paragraphs'][number] = {
  en: 'To read or answer, use the program in which you work with your tickets. If you have none, ask the people who gave you your account.',
  de: 'Zum Lesen und Antworten benutzen Sie das Programm, in dem Sie mit Ihren Tickets arbeiten. Wenn Sie keines haben, fragen Sie die Leute, von denen Sie Ihr Konto haben.',
}

const forgot = {
  to: '/password/forgot',
  label: { en: 'I have forgotten my password', de: 'Ich habe mein Passwort vergessen' },
}

const document = {
  to: '/api/docs',
  label: { en: 'The API of this helpdesk, for programmers', de: 'Die API dieses Helpdesks, für Programmierer' },
}

const homePage: Page = {
  path: '/',
  look: async ({ address }) => ({
    view: {
      heading: { en: 'This is a helpdesk', de: 'Das ist ein Helpdesk' },
      paragraphs: [
        {
          en: 'It has no console of its own at this address yet. Mails name this address as that of the helpdesk; programs reach it here:',
          de: 'Unter dieser Adresse hat er noch keine eigene Oberfläche. Mails nennen diese Adresse als die des Helpdesks; Programme erreichen ihn hier:',
        },
      ],
      facts: [{ label: { en: 'For programs', de: 'Für Programme' }, value: `${address}/api` }],
      notes: [help],
      links: [forgot, document],
    },
  }),
}

/** What a page for a thing that mails lead to says of it. */
interface Thing {
  /** The place of these things, in the console and in the API. */
  place: 'tickets' | 'orders'
  parameter: string
  ids: RegExp
  heading: (id: string) => View['heading']
  reason: View['paragraphs'][number]
}

/** A page for any number: whether there is such a thing, only those learn who may see it. */
const thingPage = ({ place, parameter, ids, heading, reason }: Thing): Page => ({
  path: `/${place}/:${parameter}`,
  isAt: ({ [parameter]: id = '' }) => ids.test(id),
  look: async ({ address, params: { [parameter]: id = '' } }) => ({
    view: {
      heading: heading(id),
      paragraphs: [reason],
      facts: [{ label: { en: 'For programs', de: 'Für Programme' }, value: `${address}/api/${place}/${id}` }],
      notes: [help],
      links: [forgot, document],
    },
  }),
})

const ticketPage = thingPage({
  place: 'tickets',
  parameter: 'ticketId',
  ids: /^TKT\d{4,15}$/,
  heading: (id) => ({ en: `The address of ticket ${id}`, de: `Die Adresse von Ticket ${id}` }),
  reason: {
    en: 'This helpdesk has no console of its own at this address yet, so the ticket cannot be shown here. Programs read it here, signed in as you:',
    de: 'Unter dieser Adresse hat der Helpdesk noch keine eigene Oberfläche; darum lässt sich das Ticket hier nicht zeigen. Programme lesen es hier, angemeldet als Sie:',
  },
})

const orderPage = thingPage({
  place: 'orders',
  parameter: 'orderId',
  ids: /^ORD\d{4,15}$/,
  heading: (id) => ({ en: `The address of order ${id}`, de: `Die Adresse der Bestellung ${id}` }),
  reason: {
    en: 'This helpdesk has no console of its own at this address yet, so the order cannot be shown here. Programs read it here, signed in as you:',
    de: 'Unter dieser Adresse hat der Helpdesk noch keine eigene Oberfläche; darum lässt sich die Bestellung hier nicht zeigen. Programme lesen sie hier, angemeldet als Sie:',
  },
})

export const consoleAddresses: Page[] = [homePage, ticketPage, orderPage]
