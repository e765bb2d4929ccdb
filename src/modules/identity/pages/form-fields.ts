import { passwordLength } from '../../../contract/credentials.ts'
import type { PageField } from '../../../platform/page.ts'

// The fields that several pages have. The rules are those of the endpoints; here they are in words for people.

/** The rule counts bytes, so a letter with an accent counts as two. */
const lengthFaultOf = (bytes: number): string | null => {
  if (bytes < 8) return 'too_small'
  return bytes > 72 ? 'too_big' : null
}

/** For a password that is chosen. A password manager offers one, and the person may paste. */
export const newPassword: PageField = {
  name: 'password',
  label: { en: 'New password', de: 'Neues Passwort' },
  type: 'password',
  autocomplete: 'new-password',
  hint: {
    en: 'At least 8 characters, at most 72; letters like ü count twice, emoji four times. Several words are easy to remember and hard to guess.',
    de: 'Mindestens 8 Zeichen, höchstens 72; Buchstaben wie ü zählen doppelt, Emoji vierfach. Mehrere Wörter sind leicht zu merken und schwer zu erraten.',
  },
  judge: (typed) => lengthFaultOf(passwordLength(typed)),
  faults: {
    missing: { en: 'Type a password.', de: 'Geben Sie ein Passwort ein.' },
    too_small: {
      en: 'The password is too short: it needs 8 characters.',
      de: 'Das Passwort ist zu kurz: Es braucht 8 Zeichen.',
    },
    too_big: {
      en: 'The password is too long: at most 72 characters, where letters like ü count twice, and emoji four times.',
      de: 'Das Passwort ist zu lang: höchstens 72 Zeichen, wobei Buchstaben wie ü doppelt zählen und Emoji vierfach.',
    },
    common_password: {
      en: 'This is one of the most common passwords, which are tried first. Choose another.',
      de: 'Das ist eines der häufigsten Passwörter, die zuerst probiert werden. Wählen Sie ein anderes.',
    },
    weak_password: {
      en: 'This password is guessed first: it is your name or address, or one character all over. Choose another.',
      de: 'Dieses Passwort wird zuerst geraten: Es ist Ihr Name oder Ihre Adresse, oder ein einziges wiederholtes Zeichen. Wählen Sie ein anderes.',
    },
    other: {
      en: 'This password cannot be taken: it has characters that nobody can see. Choose another.',
      de: 'Dieses Passwort geht nicht: Es hat Zeichen, die niemand sehen kann. Wählen Sie ein anderes.',
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

export const personName: PageField = {
  name: 'name',
  label: { en: 'Name', de: 'Name' },
  type: 'text',
  autocomplete: 'name',
  hint: {
    en: 'So those who help you know whom they answer.',
    de: 'Damit die, die Ihnen helfen, wissen, wem sie antworten.',
  },
  faults: {
    missing: { en: 'Type your name.', de: 'Geben Sie Ihren Namen ein.' },
    too_big: { en: 'The name is too long.', de: 'Der Name ist zu lang.' },
    other: {
      en: 'This name cannot be taken: it needs one line of at most 100 characters that can be seen.',
      de: 'Dieser Name geht nicht: Er braucht eine Zeile mit höchstens 100 sichtbaren Zeichen.',
    },
  },
}
