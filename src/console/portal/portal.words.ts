import type { components } from '../api/types.ts'
import { catalogue } from '../lib/catalogue.svelte.ts'

type Status = components['schemas']['TicketStatus']

const en = {
  state: {
    new: 'Received',
    assigned: 'We are on it',
    in_progress: 'We are on it',
    waiting: 'Your turn',
    resolved: 'Solved',
    closed: 'Closed',
  } satisfies Record<Status, string>,
  open: 'Open',
  solved: 'Solved',
  all: 'All',
  greeting: {
    morning: (name: string) => `Good morning, ${name}`,
    day: (name: string) => `Good afternoon, ${name}`,
    evening: (name: string) => `Good evening, ${name}`,
    night: (name: string) => `Hello, ${name}`,
  },
  myTickets: 'My tickets',
  waitsForYou: (count: number) =>
    count === 0
      ? 'Nothing waits for you.'
      : count === 1
        ? 'One ticket waits for your answer.'
        : `${count} tickets wait for your answer.`,
  search: 'Search my tickets',
  which: 'Which tickets',
  yourTurn: 'Your turn',
  withUs: 'With us',
  raise: 'Raise a ticket',
  raised: (when: string) => `raised ${when}`,
  asked: (when: string) => `asked ${when}`,
  changed: (when: string) => `news ${when}`,
  solvedAt: (when: string) => `solved ${when}`,
  closedAt: (when: string) => `closed ${when}`,
  said: (name: string, text: string) => `${name} wrote: “${text}”`,
  youSaid: (text: string) => `You wrote: “${text}”`,
  answer: 'Answer',
  answerTo: (id: string) => `Answer ${id}`,
  more: 'Show more',
  newsOf: (count: number) => (count === 1 ? 'One ticket has news: show it' : `${count} tickets have news: show them`),
  hasNews: (count: number) => (count === 1 ? 'One ticket has news.' : `${count} tickets have news.`),
  emptyTitle: 'You have no tickets yet',
  empty: 'When something does not work, raise a ticket. Here you see who looks after it and what was said.',
  noneOpenTitle: 'Nothing is open',
  noneOpen: 'All your tickets are solved or closed.',
  noneSolvedTitle: 'Nothing is solved yet',
  noneSolved: 'Tickets that are solved or closed stand here.',
  nothingFoundTitle: (text: string) => `Nothing found for “${text}”`,
  nothingFoundOpen: 'Only open tickets were searched.',
  nothingFound: 'Try fewer words, or the number of the ticket.',
  searchAll: 'Search in all tickets',
  clearSearch: 'Clear the search',
  showAll: 'Show all tickets',
}

const de: typeof en = {
  state: {
    new: 'Eingegangen',
    assigned: 'Wir sind dran',
    in_progress: 'Wir sind dran',
    waiting: 'Sie sind dran',
    resolved: 'Gelöst',
    closed: 'Geschlossen',
  },
  open: 'Offen',
  solved: 'Gelöst',
  all: 'Alle',
  greeting: {
    morning: (name) => `Guten Morgen, ${name}`,
    day: (name) => `Guten Tag, ${name}`,
    evening: (name) => `Guten Abend, ${name}`,
    night: (name) => `Hallo, ${name}`,
  },
  myTickets: 'Meine Tickets',
  waitsForYou: (count) =>
    count === 0
      ? 'Nichts wartet auf Sie.'
      : count === 1
        ? 'Ein Ticket wartet auf Ihre Antwort.'
        : `${count} Tickets warten auf Ihre Antwort.`,
  search: 'Tickets durchsuchen',
  which: 'Welche Tickets',
  yourTurn: 'Sie sind dran',
  withUs: 'Bei uns',
  raise: 'Ticket erstellen',
  raised: (when) => `erstellt ${when}`,
  asked: (when) => `gefragt ${when}`,
  changed: (when) => `Neues ${when}`,
  solvedAt: (when) => `gelöst ${when}`,
  closedAt: (when) => `geschlossen ${when}`,
  said: (name, text) => `${name} schrieb: „${text}“`,
  youSaid: (text) => `Sie schrieben: „${text}“`,
  answer: 'Antworten',
  answerTo: (id) => `${id} beantworten`,
  more: 'Mehr zeigen',
  newsOf: (count) =>
    count === 1 ? 'Zu einem Ticket gibt es Neues: zeigen' : `Zu ${count} Tickets gibt es Neues: zeigen`,
  hasNews: (count) => (count === 1 ? 'Zu einem Ticket gibt es Neues.' : `Zu ${count} Tickets gibt es Neues.`),
  emptyTitle: 'Sie haben noch keine Tickets',
  empty:
    'Wenn etwas nicht geht, erstellen Sie ein Ticket. Hier sehen Sie, wer sich darum kümmert und was geschrieben wurde.',
  noneOpenTitle: 'Keine offenen Tickets',
  noneOpen: 'Alle Ihre Tickets sind gelöst oder geschlossen.',
  noneSolvedTitle: 'Noch ist nichts gelöst',
  noneSolved: 'Hier stehen Tickets, die gelöst oder geschlossen sind.',
  nothingFoundTitle: (text) => `Nichts gefunden zu „${text}“`,
  nothingFoundOpen: 'Es wurden nur offene Tickets durchsucht.',
  nothingFound: 'Versuchen Sie weniger Wörter oder die Nummer des Tickets.',
  searchAll: 'In allen Tickets suchen',
  clearSearch: 'Suche löschen',
  showAll: 'Alle Tickets zeigen',
}

/** What customers read of their tickets. They never meet the states of the staff. */
export const words = catalogue({ en, de })
