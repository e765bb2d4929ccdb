import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    write: 'Write',
    whatKind: 'What are you writing?',
    reply: 'Reply',
    note: 'Internal note',
    to: 'To',
    toNobody: 'Nobody is mailed. The customer reads it in the portal.',
    unknownTo: 'Who is mailed is known when the connection is back.',
    noteOnly: 'Only staff will ever see this. Nobody outside is mailed.',
    noteTells: (mailed: string, inConsole: string) =>
      mailed === ''
        ? `Only staff will ever see this. In the console, without a mail: ${inConsole}.`
        : inConsole === ''
          ? `Only staff will ever see this. By mail: ${mailed}.`
          : `Only staff will ever see this. By mail: ${mailed}. In the console only: ${inConsole}.`,
    byMail: (name: string) => `${name}, by mail`,
    inDigest: (name: string) => `${name}, in a digest mail`,
    inConsole: (name: string) => `${name}, in the console only`,
    replyField: 'Reply, which the customer reads',
    noteField: 'Internal note, which only staff read',
    replyPlaceholder: (name: string) => `Write to ${name}`,
    notePlaceholder: 'Write to your colleagues. @ mentions somebody.',
    mailTo: (name: string) => `Mail to ${name}`,
    mailToMore: (name: string, more: number) => `Mail to ${name} + ${more}`,
    publicReply: 'Publish reply',
    noteFor: (count: number) => (count === 0 ? 'Add internal note' : `Internal note for ${count}`),
    andResolve: (label: string) => `${label} and resolve`,
    otherWays: 'Other ways to send',
    takeFirst: 'Take it to reply',
    nobodyHasIt: 'Nobody has this ticket. Take it, and your reply can go.',
    takeIt: 'Take it',
    notYours: (name: string) => `${name} has this ticket and replies to the customer. You can write an internal note.`,
    notYoursNobody: 'Nobody has this ticket. You can write an internal note.',
    attach: 'Attach a file',
    draftKept: (time: string) => `Draft kept at ${time}`,
    draftTyping: 'Draft kept here',
    draftOffline: 'Draft kept in this browser until the connection is back',
    draftRefused: (why: string) => `The draft is kept in this browser only: ${why}`,
    draftOther: 'Another window of yours has another text:',
    keepMine: 'Keep this one',
    takeOther: 'Take the other',
    left: (count: number) =>
      count < 0
        ? count === -1
          ? '1 character too many'
          : `${-count} characters too many`
        : count === 1
          ? '1 character left'
          : `${count} characters left`,
    filesOffline: 'Files are sent when the connection is back.',
    fileFailed: 'A file did not arrive. Remove it or try again.',
    sendAndResolveTitle: 'Send and resolve',
    mention: 'Mention somebody of the staff',
    choices: (count: number, name: string) => (count === 1 ? `1 person: ${name}` : `${count} people, chosen: ${name}`),
  },
  de: {
    write: 'Schreiben',
    whatKind: 'Was schreiben Sie?',
    reply: 'Antwort',
    note: 'Interne Notiz',
    to: 'An',
    toNobody: 'Niemand bekommt eine Mail. Der Kunde liest es im Portal.',
    unknownTo: 'Wer eine Mail bekommt, zeigt sich, sobald die Verbindung wieder da ist.',
    noteOnly: 'Das sehen nur Mitarbeiter. Niemand außerhalb bekommt eine Mail.',
    noteTells: (mailed: string, inConsole: string) =>
      mailed === ''
        ? `Das sehen nur Mitarbeiter. In der Konsole, ohne Mail: ${inConsole}.`
        : inConsole === ''
          ? `Das sehen nur Mitarbeiter. Per Mail: ${mailed}.`
          : `Das sehen nur Mitarbeiter. Per Mail: ${mailed}. Nur in der Konsole: ${inConsole}.`,
    byMail: (name: string) => `${name}, per Mail`,
    inDigest: (name: string) => `${name}, in einer Sammelmail`,
    inConsole: (name: string) => `${name}, nur in der Konsole`,
    replyField: 'Antwort, die der Kunde liest',
    noteField: 'Interne Notiz, die nur Mitarbeiter lesen',
    replyPlaceholder: (name: string) => `An ${name} schreiben`,
    notePlaceholder: 'An Ihre Kollegen schreiben. @ erwähnt jemanden.',
    mailTo: (name: string) => `Mail an ${name}`,
    mailToMore: (name: string, more: number) => `Mail an ${name} + ${more}`,
    publicReply: 'Antwort veröffentlichen',
    noteFor: (count: number) => (count === 0 ? 'Interne Notiz hinzufügen' : `Interne Notiz für ${count}`),
    andResolve: (label: string) => `${label} und lösen`,
    otherWays: 'Weitere Möglichkeiten zu senden',
    takeFirst: 'Übernehmen, um zu antworten',
    nobodyHasIt: 'Niemand hat dieses Ticket. Übernehmen Sie es, um zu antworten.',
    takeIt: 'Übernehmen',
    notYours: (name: string) =>
      `${name} hat dieses Ticket und antwortet dem Kunden. Sie können eine interne Notiz schreiben.`,
    notYoursNobody: 'Niemand hat dieses Ticket. Sie können eine interne Notiz schreiben.',
    attach: 'Datei anhängen',
    draftKept: (time: string) => `Entwurf gespeichert um ${time}`,
    draftTyping: 'Entwurf hier gespeichert',
    draftOffline: 'Entwurf in diesem Browser gespeichert, bis die Verbindung wieder da ist',
    draftRefused: (why: string) => `Der Entwurf ist nur in diesem Browser gespeichert: ${why}`,
    draftOther: 'Ein anderes Fenster von Ihnen hat einen anderen Text:',
    keepMine: 'Diesen behalten',
    takeOther: 'Den anderen nehmen',
    left: (count: number) => (count < 0 ? `${-count} Zeichen zu viel` : `noch ${count} Zeichen`),
    filesOffline: 'Dateien werden gesendet, sobald die Verbindung wieder da ist.',
    fileFailed: 'Eine Datei kam nicht an. Entfernen Sie sie, oder versuchen Sie es noch einmal.',
    sendAndResolveTitle: 'Senden und lösen',
    mention: 'Mitarbeiter erwähnen',
    choices: (count: number, name: string) =>
      count === 1 ? `1 Person: ${name}` : `${count} Personen, gewählt: ${name}`,
  },
  withoutMails: {
    en: {
      byMail: (name: string) => `${name}, in the console only: no mail server is set up here`,
      inDigest: (name: string) => `${name}, in the console only: no mail server is set up here`,
      mailTo: (name: string) => `Reply to ${name}`,
      mailToMore: (name: string, more: number) => `Reply to ${name} + ${more}`,
    },
    de: {
      byMail: (name: string) => `${name}, nur in der Konsole: Hier ist kein Mailserver eingerichtet`,
      inDigest: (name: string) => `${name}, nur in der Konsole: Hier ist kein Mailserver eingerichtet`,
      mailTo: (name: string) => `An ${name} antworten`,
      mailToMore: (name: string, more: number) => `An ${name} + ${more} antworten`,
    },
  },
})
