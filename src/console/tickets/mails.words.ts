import { catalogue } from '../lib/catalogue.svelte.ts'

/** What became of a mail, and why. "Sent" means that the mail server took it; nobody knows more. */
export const words = catalogue({
  en: {
    reason: {
      full: 'their mailbox is full',
      unknown: 'there is no such mailbox',
      policy: 'their mail server does not accept mail from here',
      size: 'the mail is too large for them',
      later: 'their mail server asks to wait',
      unreachable: 'their mail server was not reached',
      secure: 'no safe connection to their mail server',
      refused: 'their mail server refused it',
      other: '',
    },
    /** The reason, and the server's own words. */
    because: (reason: string, said: string) => (reason === '' ? said : said === '' ? reason : `${reason} (${said})`),
    queued: (names: string) => `On its way to ${names}.`,
    sent: (names: string, time: string) => `Sent to ${names} at ${time}.`,
    deferred: (names: string, why: string) =>
      why === '' ? `Trying again for ${names}.` : `Trying again for ${names}: ${why}.`,
    failed: (names: string) => `Refused for ${names}:`,
    captured: (names: string) => `For ${names}, kept here: no mail server is set up.`,
    held: (names: string) => `Held for ${names}, because a backup was restored.`,
    cancelled: (names: string, why: string) => (why === '' ? `Not sent to ${names}.` : `Not sent to ${names}: ${why}`),
    and: (names: string, last: string) => `${names} and ${last}`,
    more: (name: string, count: number) => (count === 1 ? `${name} and 1 other` : `${name} and ${count} others`),
    resend: 'Resend',
    resendTo: (name: string) => `Resend to ${name}`,
    resent: (name: string) => `The mail to ${name} is on its way again.`,
    staffOnly: 'Staff only, nobody was mailed',
    staffOnlyMailed: 'Staff only.',
    nobody: 'Nobody was mailed',
  },
  de: {
    reason: {
      full: 'das Postfach ist voll',
      unknown: 'dieses Postfach gibt es nicht',
      policy: 'der Mailserver dort nimmt keine Post von hier an',
      size: 'die Mail ist dort zu groß',
      later: 'der Mailserver dort bittet zu warten',
      unreachable: 'der Mailserver dort war nicht zu erreichen',
      secure: 'keine sichere Verbindung zum Mailserver dort',
      refused: 'der Mailserver dort hat sie abgelehnt',
      other: '',
    },
    because: (reason: string, said: string) => (reason === '' ? said : said === '' ? reason : `${reason} (${said})`),
    queued: (names: string) => `Unterwegs an ${names}.`,
    sent: (names: string, time: string) => `Um ${time} an ${names} gesendet.`,
    deferred: (names: string, why: string) =>
      why === '' ? `Neuer Versuch für ${names}.` : `Neuer Versuch für ${names}: ${why}.`,
    failed: (names: string) => `Abgelehnt für ${names}:`,
    captured: (names: string) => `Für ${names}, hier behalten: kein Mailserver eingerichtet.`,
    held: (names: string) => `Angehalten für ${names}, weil eine Sicherung eingespielt wurde.`,
    cancelled: (names: string, why: string) =>
      why === '' ? `Nicht gesendet an ${names}.` : `Nicht gesendet an ${names}: ${why}`,
    and: (names: string, last: string) => `${names} und ${last}`,
    more: (name: string, count: number) =>
      count === 1 ? `${name} und eine weitere Person` : `${name} und ${count} weitere`,
    resend: 'Erneut senden',
    resendTo: (name: string) => `Erneut senden an ${name}`,
    resent: (name: string) => `Die Mail an ${name} ist wieder unterwegs.`,
    staffOnly: 'Nur für Mitarbeiter, niemand hat eine Mail bekommen',
    staffOnlyMailed: 'Nur für Mitarbeiter.',
    nobody: 'Niemand hat eine Mail bekommen',
  },
})
