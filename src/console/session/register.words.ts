import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    title: 'Create an account',
    atDesk: (name: string) => `at ${name}`,
    openSays: 'With it you can report what is wrong, and follow what becomes of it.',
    confirmedSays:
      'Type your address. The mail that comes there has a link, with which you choose your name and password.',
    byDomainSays:
      'This desk takes accounts of certain addresses only. Type yours: a mail says how to go on, or why not.',
    submit: 'Create my account',
    send: 'Send me a link',
    known: 'You have an account?',
    signIn: 'Sign in',
    closed: 'Nobody can register here',
    closedSays: 'Ask the people who run this desk for an invitation. It comes by mail, with a link.',
    look: 'Look into your mail',
    lookSays: (address: string) =>
      `We have sent a mail to ${address}. It says how to go on, and its link works for a day.`,
    noMail: 'If no mail comes, look among the unwanted mails. An address gets at most three such mails an hour.',
    otherAddress: 'Use another address',
    finish: 'Finish your registration',
    finishSays: 'Somebody registered with your address. If it was you, say what you are called, and choose a password.',
    notYou: 'If it was not you, close the page. There is no account then.',
    anew: 'If you still want an account, register again.',
    register: 'Register again',
    over: 'You cannot register here any more',
    overSays: 'The people who run this desk have changed who may register. Ask them for an invitation.',
    taken: 'You have an account already',
    takenSays: 'There is an account with this address. If you do not know its password, have a link mailed to you.',
    setPassword: 'Set a new password',
  },
  de: {
    title: 'Konto anlegen',
    atDesk: (name: string) => `bei ${name}`,
    openSays: 'Damit können Sie melden, was nicht stimmt, und verfolgen, was daraus wird.',
    confirmedSays:
      'Geben Sie Ihre Adresse ein. Die Mail, die dorthin kommt, hat einen Link, mit dem Sie Name und Passwort wählen.',
    byDomainSays:
      'Dieser Helpdesk nimmt nur Konten bestimmter Adressen. Geben Sie Ihre ein: Eine Mail sagt, wie es weitergeht, oder warum nicht.',
    submit: 'Mein Konto anlegen',
    send: 'Link schicken',
    known: 'Sie haben ein Konto?',
    signIn: 'Anmelden',
    closed: 'Hier kann sich niemand registrieren',
    closedSays:
      'Bitten Sie die Leute, die diesen Helpdesk betreiben, um eine Einladung. Sie kommt als Mail mit einem Link.',
    look: 'Sehen Sie in Ihr Postfach',
    lookSays: (address: string) =>
      `Wir haben eine Mail an ${address} geschickt. Sie sagt, wie es weitergeht, und ihr Link gilt einen Tag.`,
    noMail:
      'Wenn keine Mail kommt, sehen Sie bei den unerwünschten Mails nach. Eine Adresse bekommt höchstens drei solche Mails in der Stunde.',
    otherAddress: 'Andere Adresse nehmen',
    finish: 'Schließen Sie Ihre Registrierung ab',
    finishSays:
      'Jemand hat sich mit Ihrer Adresse registriert. Wenn Sie es waren, sagen Sie, wie Sie heißen, und wählen Sie ein Passwort.',
    notYou: 'Wenn Sie es nicht waren, schließen Sie die Seite. Dann gibt es kein Konto.',
    anew: 'Wenn Sie noch ein Konto möchten, registrieren Sie sich noch einmal.',
    register: 'Noch einmal registrieren',
    over: 'Hier können Sie sich nicht mehr registrieren',
    overSays:
      'Die Leute, die diesen Helpdesk betreiben, haben geändert, wer sich registrieren darf. Bitten Sie sie um eine Einladung.',
    taken: 'Sie haben schon ein Konto',
    takenSays:
      'Mit dieser Adresse gibt es ein Konto. Wenn Sie das Passwort nicht wissen, lassen Sie sich einen Link schicken.',
    setPassword: 'Ein neues Passwort setzen',
  },
  withoutMails: {
    en: {
      confirmedSays:
        'Type your address. No mail server is set up here: the people who run the desk have the link, and hand it on to you.',
      byDomainSays:
        'This desk takes accounts of certain addresses only. No mail server is set up here: the people who run the desk have the link, and hand it on to you.',
      closedSays: 'Ask the people who run this desk for an invitation.',
      send: 'Ask for a link',
      look: 'Ask for your link',
      lookSays: (address: string) =>
        `There is a link for ${address} if it may register. No mail server is set up here: the people who run the desk have the link, and hand it on to you.`,
      noMail: 'The link works for a day. An address gets at most three an hour.',
      takenSays: 'There is an account with this address. If you do not know its password, ask for a new one.',
    },
    de: {
      confirmedSays:
        'Geben Sie Ihre Adresse ein. Hier ist kein Mailserver eingerichtet: Die Leute, die den Helpdesk betreiben, haben den Link und geben ihn Ihnen.',
      byDomainSays:
        'Dieser Helpdesk nimmt nur Konten bestimmter Adressen. Hier ist kein Mailserver eingerichtet: Die Leute, die den Helpdesk betreiben, haben den Link und geben ihn Ihnen.',
      closedSays: 'Bitten Sie die Leute, die diesen Helpdesk betreiben, um eine Einladung.',
      send: 'Um einen Link bitten',
      look: 'Fragen Sie nach Ihrem Link',
      lookSays: (address: string) =>
        `Für ${address} gibt es einen Link, wenn die Adresse sich registrieren darf. Hier ist kein Mailserver eingerichtet: Die Leute, die den Helpdesk betreiben, haben den Link und geben ihn Ihnen.`,
      noMail: 'Der Link gilt einen Tag. Eine Adresse bekommt höchstens drei in der Stunde.',
      takenSays: 'Mit dieser Adresse gibt es ein Konto. Wenn Sie das Passwort nicht wissen, bitten Sie um ein neues.',
    },
  },
})
