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

/** A page for any number: whether there is such a ticket, only those learn who may see the ticket. */
const ticketPage: Page = {
  path: '/tickets/:ticketId',
  isAt: ({ ticketId = '' }) => /^TKT\d{4,15}$/.test(ticketId),
  look: async ({ address, params: { ticketId = '' } }) => ({
    view: {
      heading: { en: `The address of ticket ${ticketId}`, de: `Die Adresse von Ticket ${ticketId}` },
      paragraphs: [
        {
          en: 'This helpdesk has no console of its own at this address yet, so the ticket cannot be shown here. Programs read it here, signed in as you:',
          de: 'Unter dieser Adresse hat der Helpdesk noch keine eigene Oberfläche; darum lässt sich das Ticket hier nicht zeigen. Programme lesen es hier, angemeldet als Sie:',
        },
      ],
      facts: [
        {
          label: { en: 'For programs', de: 'Für Programme' },
          value: `${address}/api/tickets/${ticketId}`,
        },
      ],
      notes: [help],
      links: [forgot, document],
    },
  }),
}

export const consoleAddresses: Page[] = [homePage, ticketPage]
