import type { PageField } from '../../../platform/page.ts'

// The fields that several pages have. The rules are those of the endpoints; here they are in words for people.

/** For a password that is chosen. A password manager offers one, and the person may paste. */
export const newPassword: PageField = {
  name: 'password',
  label: { en: 'New password', de: 'Neues Passwort' },
  type: 'password',
  autocomplete: 'new-password',
  hint: {
    en: 'At least 8 characters, at most 72. Several words are easy to remember and hard to guess.',
    de: 'Mindestens 8 Zeichen, höchstens 72. Mehrere Wörter sind leicht zu merken und schwer zu erraten.',
  },
  faults: {
    missing: { en: 'Type a password.', de: 'Geben Sie ein Passwort ein.' },
    too_small: { en: 'The password is too short.', de: 'Das Passwort ist zu kurz.' },
    too_big: { en: 'The password is too long.', de: 'Das Passwort ist zu lang.' },
    common_password: {
      en: 'This is one of the most common passwords, which are tried first. Choose another.',
      de: 'Das ist eines der häufigsten Passwörter, die zuerst probiert werden. Wählen Sie ein anderes.',
    },
    other: {
      en: 'This password cannot be taken: it needs 8 to 72 characters, where accents and emoji count for more than one, and may not be one repeated character, or your own name or address.',
      de: 'Dieses Passwort geht nicht: Es braucht 8 bis 72 Zeichen, wobei Umlaute und Emoji mehrfach zählen, und darf nicht ein wiederholtes Zeichen oder Ihr eigener Name oder Ihre Adresse sein.',
    },
  },
}

export const emailAddress: PageField = {
  name: 'email',
  label: { en: 'E-mail address', de: 'E-Mail-Adresse' },
  type: 'email',
  autocomplete: 'email',
  faults: {
    missing: { en: 'Type your e-mail address.', de: 'Geben Sie Ihre E-Mail-Adresse ein.' },
    other: {
      en: 'This is no e-mail address. It looks like cleo@example.com.',
      de: 'Das ist keine E-Mail-Adresse. Sie sieht aus wie cleo@example.com.',
    },
  },
}
