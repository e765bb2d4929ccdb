import { catalogue } from '../lib/catalogue.svelte.ts'

/** What an admin does with a person, what follows of it, and what is said when it is done. */
export const words = catalogue({
  en: {
    open: 'Open',
    edit: 'Edit',
    tickets: 'Tickets',
    cancel: 'Cancel',
    inviteAgain: 'Invite again',
    invitedAgain: (who: string, email: string) =>
      `${who}: a new link is on its way to ${email}. The one before is void.`,
    reactivate: 'Reactivate',
    reactivated: (who: string) => `${who} is active again, and is told so by mail. Tickets do not come back by that.`,
    reinvited: (who: string) => `${who} never chose a password, and is invited again.`,
    deactivate: 'Deactivate',
    deactivateTitle: (who: string) => `Deactivate ${who}?`,
    endsNow: 'They are signed out at once, everywhere, and cannot sign in.',
    endsYou: 'This is you: you are signed out at once, and cannot sign in. Another admin can reactivate you.',
    releases: (count: number, isMore: boolean) =>
      count === 0
        ? 'They have no unsolved tickets.'
        : isMore
          ? `Their ${count} or more unsolved tickets go back to the queue, as new, without a technician.`
          : count === 1
            ? 'Their unsolved ticket goes back to the queue, as new, without a technician.'
            : `Their ${count} unsolved tickets go back to the queue, as new, without a technician.`,
    releasesSome: 'Their unsolved tickets go back to the queue, as new, without a technician.',
    customerTickets: 'Their tickets stay as they are, and they get no mails about them.',
    comesBack: 'Reactivating brings the account back under its number, with its password. Tickets do not come back.',
    deactivated: (who: string) => `${who} is deactivated.`,
    endSessions: 'End all sessions',
    endSessionsTitle: (who: string) => `Sign ${who} out everywhere?`,
    endSessionsText: 'Each browser and app asks them to sign in again. API tokens go on.',
    endSessionsYou: 'This is you: this page asks you to sign in again, too.',
    sessionsEnded: (who: string) => `${who} is signed out everywhere.`,
    resetFactor: 'Reset second factor',
    resetFactorTitle: (who: string) => `Take the second factor of ${who} away?`,
    resetFactorText:
      'For somebody who lost the phone and the recovery codes. They are signed out, and a mail tells them. Make sure that it is really them who asks.',
    factorReset: (who: string) => `${who} signs in without a code now, and is told so by mail.`,
    proof: 'Show that it is you',
    editTitle: (who: string) => `Edit ${who}`,
    inviteTitle: { technician: 'Invite a technician', customer: 'Invite a customer', admin: 'Invite an admin' },
    inviteText: 'A link to choose a password is mailed to them.',
    invite: 'Send the invitation',
    invited: (who: string, email: string) => `${who} is invited: a link is on its way to ${email}.`,
    name: 'Name',
    email: 'E-mail',
    emailHint: 'Somebody who is invited is invited again at a new address.',
    emailOwn: 'Your own address changes under your account.',
    signInName: 'Sign-in name',
    signInNameAdmin: 'Admins sign in with it, and it is their id for good.',
    signInNameTechnician: 'If left out, they sign in with their e-mail address.',
    phone: 'Phone',
    category: 'Category',
    categoryHint: 'They see the tickets of this category that nobody has.',
    available: 'Takes new tickets',
    role: 'Role',
    roles: { admin: 'Admin', technician: 'Technician', customer: 'Customer' },
    becomesAdmin: 'They are signed out. Their unsolved tickets go back to the queue, and they can do everything here.',
    becomesTechnician: 'They are signed out, and no longer have what only admins can do.',
    save: 'Save',
    saved: (who: string) => `${who} is changed.`,
    nothingChanged: 'Nothing is changed yet.',
  },
  de: {
    open: 'Öffnen',
    edit: 'Bearbeiten',
    tickets: 'Tickets',
    cancel: 'Abbrechen',
    inviteAgain: 'Noch einmal einladen',
    invitedAgain: (who: string, email: string) =>
      `${who}: Ein neuer Link geht an ${email}. Der vorige gilt nicht mehr.`,
    reactivate: 'Reaktivieren',
    reactivated: (who: string) =>
      `${who} ist wieder aktiv und erfährt es per Mail. Tickets kommen dadurch nicht zurück.`,
    reinvited: (who: string) => `${who} hat nie ein Passwort gewählt und ist noch einmal eingeladen.`,
    deactivate: 'Deaktivieren',
    deactivateTitle: (who: string) => `${who} deaktivieren?`,
    endsNow: 'Die Person ist sofort überall abgemeldet und kann sich nicht mehr anmelden.',
    endsYou:
      'Das sind Sie: Sie sind sofort abgemeldet und können sich nicht mehr anmelden. Ein anderer Admin kann Sie reaktivieren.',
    releases: (count: number, isMore: boolean) =>
      count === 0
        ? 'Die Person hat keine ungelösten Tickets.'
        : isMore
          ? `${count} oder mehr ungelöste Tickets gehen als neu zurück in die Warteschlange, ohne Techniker.`
          : count === 1
            ? 'Ein ungelöstes Ticket geht als neu zurück in die Warteschlange, ohne Techniker.'
            : `${count} ungelöste Tickets gehen als neu zurück in die Warteschlange, ohne Techniker.`,
    releasesSome: 'Ungelöste Tickets gehen als neu zurück in die Warteschlange, ohne Techniker.',
    customerTickets: 'Die Tickets bleiben, wie sie sind, und die Person bekommt keine Mails dazu.',
    comesBack:
      'Reaktivieren bringt das Konto unter seiner Nummer zurück, mit seinem Passwort. Tickets kommen nicht zurück.',
    deactivated: (who: string) => `${who} ist deaktiviert.`,
    endSessions: 'Alle Sitzungen beenden',
    endSessionsTitle: (who: string) => `${who} überall abmelden?`,
    endSessionsText: 'Jeder Browser und jede App verlangt eine neue Anmeldung. API-Tokens gelten weiter.',
    endSessionsYou: 'Das sind Sie: Auch diese Seite bittet Sie, sich neu anzumelden.',
    sessionsEnded: (who: string) => `${who} ist überall abgemeldet.`,
    resetFactor: 'Zweiten Faktor zurücksetzen',
    resetFactorTitle: (who: string) => `Den zweiten Faktor von ${who} zurücksetzen?`,
    resetFactorText:
      'Für jemanden, dem Telefon und Ersatzcodes fehlen. Die Person wird abgemeldet und erfährt es per Mail. Prüfen Sie, ob wirklich sie darum bittet.',
    factorReset: (who: string) => `${who} meldet sich jetzt ohne Code an und erfährt es per Mail.`,
    proof: 'Bestätigen Sie, dass Sie es sind',
    editTitle: (who: string) => `${who} bearbeiten`,
    inviteTitle: { technician: 'Techniker einladen', customer: 'Kunden einladen', admin: 'Admin einladen' },
    inviteText: 'Die Person bekommt per Mail einen Link, um ein Passwort zu wählen.',
    invite: 'Einladung senden',
    invited: (who: string, email: string) => `${who} ist eingeladen: Ein Link geht an ${email}.`,
    name: 'Name',
    email: 'E-Mail',
    emailHint: 'Wer noch nicht angenommen hat, wird an die neue Adresse noch einmal eingeladen.',
    emailOwn: 'Ihre eigene Adresse ändern Sie in Ihrem Konto.',
    signInName: 'Anmeldename',
    signInNameAdmin: 'Damit melden sich Admins an, und er bleibt ihre Kennung.',
    signInNameTechnician: 'Wenn er fehlt, gilt die E-Mail-Adresse.',
    phone: 'Telefon',
    category: 'Kategorie',
    categoryHint: 'Die Person sieht die Tickets dieser Kategorie, die niemand hat.',
    available: 'Nimmt neue Tickets an',
    role: 'Rolle',
    roles: { admin: 'Admin', technician: 'Techniker', customer: 'Kunde' },
    becomesAdmin:
      'Die Person wird abgemeldet. Ungelöste Tickets gehen zurück in die Warteschlange, und sie darf hier alles.',
    becomesTechnician: 'Die Person wird abgemeldet und darf nicht mehr, was nur Admins dürfen.',
    save: 'Speichern',
    saved: (who: string) => `${who} ist geändert.`,
    nothingChanged: 'Noch ist nichts geändert.',
  },
  withoutMails: {
    en: {
      invitedAgain: (who: string) =>
        `${who} has a new link, and the one before is void. The mail with the link is kept here, because no mail server is set up: whoever runs the desk finds the link with npm run show-mail.`,
      reactivated: (who: string) =>
        `${who} is active again. Nobody is mailed, because no mail server is set up. Tickets do not come back by that.`,
      resetFactorText:
        'For somebody who lost the phone and the recovery codes. They are signed out. Make sure that it is really them who asks.',
      factorReset: (who: string) => `${who} signs in without a code now. Tell them: no mail server is set up.`,
      inviteText: 'They get a link to choose a password. No mail server is set up here, so you hand it on.',
      invite: 'Invite',
      invited: (who: string) =>
        `${who} is invited. The mail with the link is kept here, because no mail server is set up: whoever runs the desk finds the link with npm run show-mail.`,
    },
    de: {
      invitedAgain: (who: string) =>
        `${who} hat einen neuen Link, der vorige gilt nicht mehr. Die Mail mit dem Link bleibt hier, weil kein Mailserver eingerichtet ist: Wer den Helpdesk betreibt, findet den Link mit npm run show-mail.`,
      reactivated: (who: string) =>
        `${who} ist wieder aktiv. Es geht keine Mail hinaus, weil kein Mailserver eingerichtet ist. Tickets kommen dadurch nicht zurück.`,
      resetFactorText:
        'Für jemanden, dem Telefon und Ersatzcodes fehlen. Die Person wird abgemeldet. Prüfen Sie, ob wirklich sie darum bittet.',
      factorReset: (who: string) =>
        `${who} meldet sich jetzt ohne Code an. Sagen Sie es der Person: Ein Mailserver ist nicht eingerichtet.`,
      inviteText:
        'Es entsteht ein Link, um ein Passwort zu wählen. Hier ist kein Mailserver eingerichtet, also geben Sie ihn weiter.',
      invite: 'Einladen',
      invited: (who: string) =>
        `${who} ist eingeladen. Die Mail mit dem Link bleibt hier, weil kein Mailserver eingerichtet ist: Wer den Helpdesk betreibt, findet den Link mit npm run show-mail.`,
    },
  },
})
