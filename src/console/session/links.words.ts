import { catalogue } from '../lib/catalogue.svelte.ts'

/** What the pages of mailed links say, and the way to a new password. */
export const words = catalogue({
  en: {
    looking: 'Looking at your link',
    used: 'This link is used up',
    usedSays:
      'Each link works once, and a newer link may end the links before it. If you have used it already, all is done.',
    expired: 'This link has expired',
    expiredSays: 'A link works for some time only, so that an old mail opens nothing.',
    suspended: 'This helpdesk is suspended',
    suspendedSays: 'The link does nothing at the moment. Follow it again when the helpdesk is back.',
    unknown: 'This link is not complete, or not valid',
    unknownSays: 'Compare the address with the one in your mail. A line break may have cut it off.',
    newLinkHere: 'You can have a new link mailed to you here.',
    ofDesk: (name: string) => `for ${name}`,
    choose: 'Choose your password',
    chooseSays: 'An account was made for you. With this name and your password you sign in from now on.',
    chooseNew: 'Choose a new password',
    chooseNewSays: 'All your sessions end, on this device and on others. You then sign in with the new password.',
    set: 'Set the password',
    isSet: 'Your password is set',
    isSetSays: 'Sign in with it now.',
    toSignIn: 'Sign in',
    forgot: 'Set a new password',
    forgotSays: 'Type the address of your account. A link to set a password is mailed there.',
    sendLink: 'Send me a link',
    look: 'Look into your mail',
    lookSays: (address: string) =>
      `If ${address} belongs to an account, a mail with a link is on its way. That may take some minutes.`,
    noMail:
      'If no mail comes, look among the unwanted mails, and compare the address with that of your account. An account gets at most three links an hour.',
    otherAddress: 'Use another address',
    confirm: 'Confirm your address',
    confirmNewSays:
      'Your account gets this address. From then on the desk mails you here, and the address before is told of the change.',
    confirmOwnSays: 'Say that this address is yours, so that the desk can mail you what happens to your tickets.',
    confirmSubmit: 'Confirm this address',
    ifNotYou: 'If you do not know of this, close the page. Nothing is changed then.',
    somebodyElse:
      'If it was not you who registered and chose the password, set a new password. That signs everybody else out.',
    setPassword: 'Set a new password',
    confirmed: 'Your address is confirmed',
    confirmedSays: 'The desk mails you here from now on.',
    addressTaken: 'Another account has this address',
    addressTakenSays:
      'Nothing was changed. Choose another address for your account, or ask the people who run this desk.',
    askAnew: 'To have a new link mailed to you, sign in and give your address once more in your account.',
    toAccount: 'Open your account',
    toDesk: 'Open the desk',
  },
  de: {
    looking: 'Ihr Link wird geprüft',
    used: 'Dieser Link ist verbraucht',
    usedSays:
      'Jeder Link gilt einmal, und ein neuerer Link kann die früheren beenden. Wenn Sie ihn schon benutzt haben, ist alles erledigt.',
    expired: 'Dieser Link ist abgelaufen',
    expiredSays: 'Ein Link gilt nur eine Zeit lang, damit eine alte Mail nichts mehr öffnet.',
    suspended: 'Dieser Helpdesk ist stillgelegt',
    suspendedSays: 'Der Link bewirkt im Moment nichts. Öffnen Sie ihn wieder, sobald der Helpdesk zurück ist.',
    unknown: 'Dieser Link ist unvollständig oder ungültig',
    unknownSays:
      'Vergleichen Sie die Adresse mit der in Ihrer Mail. Vielleicht hat ein Zeilenumbruch sie abgeschnitten.',
    newLinkHere: 'Hier können Sie sich einen neuen Link schicken lassen.',
    ofDesk: (name: string) => `für ${name}`,
    choose: 'Wählen Sie Ihr Passwort',
    chooseSays: 'Für Sie wurde ein Konto angelegt. Mit diesem Namen und Ihrem Passwort melden Sie sich künftig an.',
    chooseNew: 'Wählen Sie ein neues Passwort',
    chooseNewSays:
      'Alle Ihre Sitzungen enden, auf diesem Gerät und auf anderen. Danach melden Sie sich mit dem neuen Passwort an.',
    set: 'Passwort setzen',
    isSet: 'Ihr Passwort ist gesetzt',
    isSetSays: 'Melden Sie sich jetzt damit an.',
    toSignIn: 'Anmelden',
    forgot: 'Ein neues Passwort setzen',
    forgotSays: 'Geben Sie die Adresse Ihres Kontos ein. Ein Link zum Setzen des Passworts wird dorthin geschickt.',
    sendLink: 'Link schicken',
    look: 'Sehen Sie in Ihr Postfach',
    lookSays: (address: string) =>
      `Wenn ${address} zu einem Konto gehört, ist eine Mail mit einem Link unterwegs. Das kann einige Minuten dauern.`,
    noMail:
      'Wenn keine Mail kommt, sehen Sie bei den unerwünschten Mails nach, und vergleichen Sie die Adresse mit der Ihres Kontos. Ein Konto bekommt höchstens drei Links in der Stunde.',
    otherAddress: 'Andere Adresse nehmen',
    confirm: 'Bestätigen Sie Ihre Adresse',
    confirmNewSays:
      'Ihr Konto bekommt diese Adresse. Von da an schreibt Ihnen der Helpdesk hierher, und die bisherige Adresse erfährt von der Änderung.',
    confirmOwnSays:
      'Bestätigen Sie, dass diese Adresse Ihnen gehört, damit der Helpdesk Ihnen schreiben kann, was mit Ihren Tickets geschieht.',
    confirmSubmit: 'Diese Adresse bestätigen',
    ifNotYou: 'Wenn Sie davon nichts wissen, schließen Sie die Seite. Dann wird nichts geändert.',
    somebodyElse:
      'Wenn nicht Sie sich registriert und das Passwort gewählt haben, setzen Sie ein neues Passwort. Das meldet alle anderen ab.',
    setPassword: 'Ein neues Passwort setzen',
    confirmed: 'Ihre Adresse ist bestätigt',
    confirmedSays: 'Von jetzt an schreibt Ihnen der Helpdesk hierher.',
    addressTaken: 'Ein anderes Konto hat diese Adresse',
    addressTakenSays:
      'Nichts wurde geändert. Wählen Sie eine andere Adresse für Ihr Konto, oder fragen Sie die Leute, die diesen Helpdesk betreiben.',
    askAnew:
      'Um einen neuen Link zu bekommen, melden Sie sich an, und geben Sie Ihre Adresse in Ihrem Konto noch einmal an.',
    toAccount: 'Ihr Konto öffnen',
    toDesk: 'Den Helpdesk öffnen',
  },
  withoutMails: {
    en: {
      newLinkHere: 'You can ask for a new link here.',
      forgotSays:
        'Type the address of your account. No mail server is set up here: the people who run the desk have the link, and hand it on to you.',
      sendLink: 'Ask for a link',
      look: 'Ask for your link',
      lookSays: (address: string) =>
        `If ${address} belongs to an account, there is a link now. No mail server is set up here: the people who run the desk have the link, and hand it on to you.`,
      noMail: 'An account gets at most three links an hour.',
      confirmNewSays: 'Your account gets this address.',
      confirmOwnSays: 'Say that this address is yours.',
      confirmedSays: 'Your account has it from now on.',
      askAnew: 'For a new link, sign in and give your address once more in your account.',
    },
    de: {
      newLinkHere: 'Hier können Sie um einen neuen Link bitten.',
      forgotSays:
        'Geben Sie die Adresse Ihres Kontos ein. Hier ist kein Mailserver eingerichtet: Die Leute, die den Helpdesk betreiben, haben den Link und geben ihn Ihnen.',
      sendLink: 'Um einen Link bitten',
      look: 'Fragen Sie nach Ihrem Link',
      lookSays: (address: string) =>
        `Wenn ${address} zu einem Konto gehört, gibt es jetzt einen Link. Hier ist kein Mailserver eingerichtet: Die Leute, die den Helpdesk betreiben, haben den Link und geben ihn Ihnen.`,
      noMail: 'Ein Konto bekommt höchstens drei Links in der Stunde.',
      confirmNewSays: 'Ihr Konto bekommt diese Adresse.',
      confirmOwnSays: 'Sagen Sie, dass diese Adresse Ihnen gehört.',
      confirmedSays: 'Ihr Konto hat sie ab jetzt.',
      askAnew: 'Für einen neuen Link melden Sie sich an und geben Ihre Adresse in Ihrem Konto noch einmal an.',
    },
  },
})
