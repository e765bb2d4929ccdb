import type { components } from '../api/types.ts'
import { catalogue } from '../lib/catalogue.svelte.ts'

type Priority = components['schemas']['Priority']

const en = {
  title: 'What can we help you with?',
  pageTitle: 'Raise a ticket',
  follows: (id: string) => `This goes on from ${id}. Whoever looks after it can read there what was said.`,
  subject: 'In one line',
  subjectHint: 'Left empty: the first line of what you tell us.',
  optional: 'optional',
  category: 'What is it about?',
  choose: 'Choose one',
  other: 'Something else',
  otherLabel: 'What is it about, in your words?',
  holdsUp: 'How much does it hold you up?',
  priority: {
    low: { name: 'Not much', hint: 'It can wait a few days' },
    normal: { name: 'I can work around it', hint: 'It should be solved soon' },
    high: { name: 'I cannot do my work', hint: 'It should be solved today' },
    urgent: { name: 'Many of us cannot work', hint: 'It should be solved at once' },
  } satisfies Record<Priority, { name: string; hint: string }>,
  description: 'Tell us more',
  descriptionHint: 'What did you do, what happened, what did you expect? A picture often helps: paste it here.',
  needDescription: 'Tell us what is wrong, or what you need.',
  needCategory: 'Choose what it is about, so that it reaches the right people.',
  kept: 'Kept as you type.',
  copyGoes: (email: string) => `A copy goes to ${email}`,
  submit: 'Raise the ticket',
  submitting: 'Raising the ticket',
  chooseAgain: (names: string) => `The page was loaded anew. Choose your files again: ${names}`,
}

const de: typeof en = {
  title: 'Wobei können wir helfen?',
  pageTitle: 'Ticket erstellen',
  follows: (id) => `Dieses Ticket folgt auf ${id}. Wer sich darum kümmert, kann dort nachlesen, was geschrieben wurde.`,
  subject: 'In einer Zeile',
  subjectHint: 'Bleibt sie leer, gilt die erste Zeile dessen, was Sie uns erzählen.',
  optional: 'optional',
  category: 'Worum geht es?',
  choose: 'Wählen Sie eines',
  other: 'Etwas anderes',
  otherLabel: 'Worum geht es, in Ihren Worten?',
  holdsUp: 'Wie sehr hält es Sie auf?',
  priority: {
    low: { name: 'Kaum', hint: 'Es hat ein paar Tage Zeit' },
    normal: { name: 'Ich kann mir behelfen', hint: 'Es sollte bald gelöst sein' },
    high: { name: 'Ich kann nicht arbeiten', hint: 'Es sollte heute gelöst sein' },
    urgent: { name: 'Viele können nicht arbeiten', hint: 'Es sollte sofort gelöst sein' },
  },
  description: 'Erzählen Sie mehr',
  descriptionHint:
    'Was haben Sie getan, was ist geschehen, was haben Sie erwartet? Ein Bild hilft oft: Fügen Sie es hier ein.',
  needDescription: 'Sagen Sie uns, was nicht geht oder was Sie brauchen.',
  needCategory: 'Wählen Sie, worum es geht, damit es die Richtigen erreicht.',
  kept: 'Wird beim Schreiben gespeichert.',
  copyGoes: (email) => `Eine Kopie geht an ${email}`,
  submit: 'Ticket erstellen',
  submitting: 'Wird erstellt',
  chooseAgain: (names) => `Die Seite wurde neu geladen. Wählen Sie Ihre Dateien noch einmal: ${names}`,
}

/** What customers read when they raise a ticket. The urgency is in their words, not in those of the staff. */
export const words = catalogue({ en, de })
