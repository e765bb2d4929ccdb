import type { MailWords } from './mail-words.ts'

const notYou =
  'Falls Sie das nicht waren, ändern Sie sofort Ihr Passwort: Das beendet Ihre anderen Sitzungen. Sagen Sie es auch einem Admin des Helpdesks.'

export const securityMailsInGerman = {
  password_changed: {
    subject: 'Ihr Passwort bei {{helpdesk}} wurde geändert',
    heading: 'Ihr Passwort wurde geändert',
    said: ['Das Passwort Ihres Kontos wurde geändert. Andere Sitzungen wurden beendet.'],
    notes: [
      'Wenn Sie das waren, brauchen Sie nichts zu tun.',
      'Falls Sie das nicht waren, setzen Sie sofort Ihr Passwort zurück und sagen Sie dem Helpdesk Bescheid: {{forgotten_password_page}}',
    ],
  },
  email_change_requested: {
    subject: 'Eine neue Adresse für Ihr Konto bei {{helpdesk}}',
    heading: 'Eine neue Adresse für Ihr Konto',
    said: [
      'Jemand, der Ihr Passwort kennt, möchte Ihrem Konto eine andere E-Mail-Adresse geben. Dorthin wurde ein Link geschickt. Bis ihm jemand folgt, behält Ihr Konto diese Adresse.',
    ],
    notes: [
      'Wenn Sie das waren, folgen Sie dem Link in der anderen Mail.',
      'Falls Sie das nicht waren, ändern Sie sofort Ihr Passwort: Dann gilt der Link nicht mehr. Sagen Sie danach dem Helpdesk Bescheid.',
    ],
  },
  email_changed_before: {
    subject: 'Die Adresse Ihres Kontos bei {{helpdesk}} wurde geändert',
    heading: 'Die Adresse Ihres Kontos wurde geändert',
    said: [
      'Ihr Konto hat jetzt eine andere E-Mail-Adresse, und die Mails gehen dorthin. Dies ist die letzte Mail an diese Adresse.',
    ],
    notes: [
      'Wenn Sie das wollten, brauchen Sie nichts zu tun.',
      'Falls nicht, sagen Sie sofort dem Helpdesk Bescheid: Von dieser Adresse aus können Sie Ihr Passwort nicht mehr zurücksetzen.',
    ],
  },
  email_changed: {
    subject: 'Die Adresse Ihres Kontos bei {{helpdesk}} wurde geändert',
    heading: 'Ihr Konto hat jetzt diese Adresse',
    said: [
      'Von jetzt an gehen die Mails Ihres Kontos an diese Adresse, und Sie können sich mit ihr anmelden. Ihre Sitzungen laufen weiter.',
    ],
    notes: ['Falls Sie das nicht wollten, sagen Sie dem Helpdesk Bescheid.'],
  },
  api_token_created: {
    subject: 'Ein neues API-Token bei {{helpdesk}}',
    heading: 'Für Ihr Konto wurde ein API-Token angelegt',
    said: ['Ein Programm, das dieses Token hat, kann für Sie handeln, soweit die Rechte des Tokens reichen:'],
    notes: [
      'Falls Sie es nicht angelegt haben, widerrufen Sie das Token, ändern Sie Ihr Passwort und sagen Sie einem Admin des Helpdesks Bescheid.',
      'Das Token selbst steht in keiner Mail. Es wurde einmal angezeigt, und zwar dem, der es angelegt hat.',
    ],
  },
  second_factor_enabled: {
    subject:
      '{{#is_replaced}}Ihr zweiter Faktor bei {{helpdesk}} wurde ersetzt{{/is_replaced}}{{^is_replaced}}Ihr zweiter Faktor bei {{helpdesk}} ist an{{/is_replaced}}',
    heading:
      '{{#is_replaced}}Ein anderer zweiter Faktor hat Ihren ersetzt{{/is_replaced}}{{^is_replaced}}Die Anmeldung verlangt von jetzt an einen Code{{/is_replaced}}',
    said: [
      '{{#is_replaced}}Die Anmeldung verlangt von jetzt an die Codes des neuen zweiten Faktors. Die bisherigen Ersatzcodes gelten nicht mehr.{{/is_replaced}}{{^is_replaced}}Die Anmeldung verlangt von jetzt an nach dem Passwort einen Code Ihrer Authenticator-App.{{/is_replaced}}',
      'Bewahren Sie die Ersatzcodes an einem sicheren Ort auf, getrennt vom Telefon. Alle Ihre anderen Sitzungen wurden beendet.',
    ],
    notes: [notYou],
  },
  second_factor_disabled: {
    subject: 'Ihr zweiter Faktor bei {{helpdesk}} ist aus',
    heading: 'Die Anmeldung verlangt nur noch Ihr Passwort',
    said: ['Ihr zweiter Faktor wurde ausgeschaltet. Seine Ersatzcodes gelten nicht mehr.'],
    notes: [notYou],
  },
  second_factor_reset: {
    subject: 'Ihr zweiter Faktor bei {{helpdesk}} wurde zurückgesetzt',
    heading: 'Ihr zweiter Faktor wurde entfernt',
    said: [
      'Ein Admin oder der Betreiber des Helpdesks hat Ihren zweiten Faktor entfernt. Alle Ihre Sitzungen wurden beendet.',
      'Melden Sie sich mit Ihrem Passwort an und richten Sie einen neuen zweiten Faktor ein.',
    ],
    notes: [
      'Falls Sie nicht darum gebeten haben, sagen Sie einem Admin des Helpdesks Bescheid und ändern Sie Ihr Passwort.',
    ],
  },
  recovery_code_used: {
    subject: 'Ein Ersatzcode wurde bei {{helpdesk}} benutzt',
    heading: 'Statt eines Codes Ihrer App wurde ein Ersatzcode benutzt',
    said: [
      '{{#was_last}}Es war der letzte. Erstellen Sie jetzt neue: Ohne sie kann nur ein Admin helfen, wenn das Telefon verloren geht.{{/was_last}}{{^was_last}}Sie haben noch {{codes_left}}.{{/was_last}}',
    ],
    notes: [notYou],
  },
  second_factor_blocked: {
    subject: 'Zu viele falsche Codes bei {{helpdesk}}',
    heading: 'Jemand hat für Ihr Konto zu viele falsche Codes eingegeben',
    said: [
      'Wer es auch war, kennt Ihr Passwort oder hat eine Ihrer Sitzungen offen. Codes der App werden eine Weile nicht angenommen, Ersatzcodes schon.',
      'Falls Sie das nicht waren, ändern Sie jetzt Ihr Passwort. Das beendet Ihre anderen Sitzungen und jede Anmeldung, die auf einen Code wartet.',
    ],
    notes: ['Sie können sich mit einem Ersatzcode anmelden oder bis zu der Zeit warten, die der Helpdesk nennt.'],
  },
} satisfies Record<string, MailWords>
