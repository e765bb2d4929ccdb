import type { MailWords } from './mail-words.ts'

const once = 'Der Link funktioniert einmal, innerhalb von {{link_lasts}}.'
const ignore = 'Falls Sie sich nicht registriert haben, ignorieren Sie diese Mail.'

export const accountMailsInGerman = {
  tickets_released: {
    subject: '{{tickets}} wieder in der Warteschlange',
    heading:
      '{{#is_one}}Ein Ticket ist wieder in der Warteschlange{{/is_one}}{{^is_one}}{{tickets}} sind wieder in der Warteschlange{{/is_one}}',
    said: [
      '{{#became_admin}}Ein Techniker ist Admin geworden{{/became_admin}}{{^became_admin}}Das Konto eines Technikers wurde deaktiviert{{/became_admin}}, und die Tickets, die nicht gelöst waren, haben keinen Techniker mehr.',
      'Techniker können die Tickets ihrer Kategorie übernehmen, und Admins können sie zuweisen.',
    ],
    notes: ['Sie bekommen nur diese eine Mail für alle diese Tickets.'],
  },
  digest: {
    subject: 'Was bei {{helpdesk}} geschehen ist',
    heading: 'Was geschehen ist',
    said: ['Sie wollten gesammelt davon erfahren: {{events}} seit der letzten Mail dieser Art.'],
    notes: [
      '{{#more}}Und {{more}} weitere, die davor geschehen sind.{{/more}}',
      '{{#time_zone}}Die Zeiten sind die von {{time_zone}}.{{/time_zone}}',
    ],
  },
  customer_registered: {
    subject: 'Willkommen bei {{helpdesk}}',
    heading: 'Ihr Konto ist bereit',
    said: [
      'Willkommen! Sie können von jetzt an Tickets eröffnen. Wir schreiben Ihnen, sobald mit einem davon etwas geschieht.',
      'Sie melden sich mit dieser Adresse und dem Passwort an, das Sie gewählt haben:',
    ],
    notes: [
      '{{#is_to_confirm}}Bitte bestätigen Sie Ihre Adresse innerhalb von {{link_lasts}}. Bis dahin steht in unseren Mails, dass etwas geschehen ist, aber nicht, was geschrieben wurde.{{/is_to_confirm}}',
      '{{#is_to_confirm}}Falls Sie sich nicht registriert haben, folgen Sie dem Link nicht: Jemand anderes hat Ihre Adresse eingegeben und kennt das Passwort. Um das Konto für sich zu haben, setzen Sie auf der Anmeldeseite ein neues Passwort.{{/is_to_confirm}}',
    ],
  },
  registration_requested: {
    subject: 'Ihre Registrierung bei {{helpdesk}}',
    heading: 'Schließen Sie Ihre Registrierung ab',
    said: [
      'Jemand hat sich mit dieser Adresse registriert. Wenn Sie das waren, wählen Sie über den Link unten ein Passwort:',
    ],
    notes: [
      `${once} Bitte geben Sie ihn nicht weiter: Wer ihn hat, kann sich mit Ihrer Adresse registrieren.`,
      `${ignore} Es gibt kein Konto mit Ihrer Adresse.`,
    ],
  },
  registration_known: {
    subject: 'Ihre Registrierung bei {{helpdesk}}',
    heading: 'Sie haben schon ein Konto',
    said: [
      'Jemand hat sich mit dieser Adresse registriert, und zu ihr gibt es schon ein Konto. Wenn Sie das waren, melden Sie sich bitte an.',
      'Falls Sie Ihr Passwort vergessen haben, fordern Sie einen Link an, mit dem Sie es zurücksetzen: {{forgotten_password_page}}',
    ],
    notes: [`${ignore} Ihr Konto bleibt, wie es ist.`],
  },
  registration_elsewhere: {
    subject: 'Ihre Registrierung bei {{helpdesk}}',
    heading: 'Mit dieser Adresse können Sie sich hier nicht registrieren',
    said: [
      'Jemand hat sich mit dieser Adresse registriert. Hier können sich nur Adressen bestimmter Organisationen registrieren, und diese Adresse gehört zu keiner davon.',
      'Falls Sie zu einer solchen Organisation gehören, registrieren Sie sich bitte mit der Adresse, die Sie dort haben.',
    ],
    notes: [`${ignore} Es gibt kein Konto mit Ihrer Adresse.`],
  },
  account_invited: {
    subject: 'Ihr Konto bei {{helpdesk}}',
    heading: 'Für Sie wurde ein Konto angelegt',
    said: ['Wählen Sie über den Link unten ein Passwort. Danach können Sie sich mit diesem Namen anmelden:'],
    notes: [
      `${once} Bitte geben Sie ihn nicht weiter: Wer ihn hat, kann Ihr Passwort setzen.`,
      'Falls es zu spät ist, öffnen Sie den Link trotzdem: Auf seiner Seite können Sie sich einen neuen schicken lassen.',
    ],
  },
  account_role_changed: {
    subject: 'Ihre Rolle bei {{helpdesk}} ist jetzt {{role}}',
    heading: 'Sie haben eine andere Rolle',
    said: ['Ihr Konto hat eine andere Rolle. Sie wurden abgemeldet und melden sich wie bisher an:'],
    notes: [
      '{{#has_lost_tickets}}Ihre Tickets, die nicht gelöst waren, sind wieder in der Warteschlange.{{/has_lost_tickets}}',
    ],
  },
  account_reactivated: {
    subject: 'Ihr Konto bei {{helpdesk}} ist wieder aktiv',
    heading: 'Ihr Konto ist wieder aktiv',
    said: ['Ihr Konto war deaktiviert und ist wieder aktiv. Sie melden sich mit Ihrem bisherigen Passwort an:'],
    notes: [
      'Falls Sie Ihr Passwort nicht mehr wissen, fordern Sie einen Link an, mit dem Sie ein neues setzen: {{forgotten_password_page}}',
    ],
  },
  password_reset_requested: {
    subject: 'Passwort zurücksetzen bei {{helpdesk}}',
    heading: 'Setzen Sie Ihr Passwort zurück',
    said: ['Jemand möchte das Passwort Ihres Kontos zurücksetzen. Wenn Sie das sind, wählen Sie ein neues:'],
    notes: [
      `${once} Bitte geben Sie ihn nicht weiter: Wer ihn hat, kann Ihr Passwort setzen.`,
      'Falls Sie nicht darum gebeten haben, ignorieren Sie diese Mail. Ihr Passwort bleibt, wie es ist.',
    ],
  },
  email_confirmation: {
    subject: 'Bestätigen Sie Ihre Adresse bei {{helpdesk}}',
    heading: 'Bestätigen Sie Ihre Adresse',
    said: [
      'Ein Konto hat diese E-Mail-Adresse oder soll sie bekommen. Wenn es Ihres ist, bestätigen Sie bitte, dass Sie seine Mails erhalten:',
    ],
    notes: [
      once,
      'Falls Sie dort kein Konto haben, hat jemand Ihre Adresse versehentlich eingegeben. Sie können diese Mail ignorieren.',
    ],
  },
  webhook_disabled: {
    subject: 'Webhook {{webhook_id}} ist ausgeschaltet',
    heading: 'Ein Webhook ist ausgeschaltet',
    said: ['An diesen Webhook wird nichts mehr gesendet: {{why}}.'],
    notes: [
      'Was für ihn wartet, wird 30 Tage aufgehoben und gesendet, sobald jemand ihn einschaltet.',
      'Was geschieht, solange er ausgeschaltet ist, lässt sich dann ab einem Zeitpunkt ebenfalls senden.',
    ],
  },
  quota_half_used: {
    subject: '{{account_name}} liest viele Tickets',
    heading: 'Ein Konto liest viele Tickets',
    said: [
      'Diesem Konto wurde mehr als die Hälfte der verschiedenen Tickets gezeigt, die es innerhalb von 24 Stunden lesen darf:',
    ],
    notes: [
      'An der Grenze kann das Konto keine weiteren Tickets lesen, bis die 24 Stunden vorbei sind.',
      'Fragen Sie die Person, ob die Arbeit das erfordert. Falls Sie nicht wissen, wer da liest, deaktivieren Sie das Konto: Das beendet sofort alle Sitzungen. Das Konto lässt sich reaktivieren.',
      'Sie bekommen diese Mail für ein Konto einmal in 24 Stunden.',
    ],
  },
} satisfies Record<string, MailWords>
