import type { Language } from '../../../../contract/enums.ts'
import type { Words } from '../../../../platform/page.ts'

/** One and several of what is counted. In German as after "nach" and "innerhalb von". */
const units = {
  day: { en: ['day', 'days'], de: ['Tag', 'Tagen'] },
  hour: { en: ['hour', 'hours'], de: ['Stunde', 'Stunden'] },
  minute: { en: ['minute', 'minutes'], de: ['Minute', 'Minuten'] },
  byte: { en: ['byte', 'bytes'], de: ['Byte', 'Bytes'] },
  ticket: { en: ['ticket', 'tickets'], de: ['Ticket', 'Tickets'] },
  event: { en: ['event', 'events'], de: ['Ereignis', 'Ereignisse'] },
  recoveryCode: { en: ['recovery code', 'recovery codes'], de: ['Ersatzcode', 'Ersatzcodes'] },
} satisfies Record<string, Record<Language, [string, string]>>

/** `1 day`, `7 days`; `1 Tag`, `7 Tagen`. */
export const counted = (language: Language, count: number, unit: keyof typeof units): string =>
  `${count} ${units[unit][language][count === 1 ? 0 : 1]}`

const german: Record<string, string> = {
  new: 'neu',
  assigned: 'zugewiesen',
  in_progress: 'in Arbeit',
  waiting: 'wartet',
  resolved: 'gelöst',
  closed: 'geschlossen',
  low: 'niedrig',
  normal: 'normal',
  high: 'hoch',
  urgent: 'dringend',
  admin: 'Admin',
  technician: 'Techniker',
  customer: 'Kunde',
}

/** A status, a priority or a role as people say it. A word of a later version is left as it is. */
export const spokenWord = (language: Language, word: string): string => {
  if (language === 'de' && Object.hasOwn(german, word)) return german[word] ?? word
  return word === 'in_progress' ? 'in progress' : word
}

/** Who did something, where nobody is named. */
export const automatically: Words = { en: 'the helpdesk, automatically', de: 'der Helpdesk, automatisch' }
