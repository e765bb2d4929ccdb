import type { Page, PageField, PageForm, View, Words } from '../../../platform/page.ts'
import { lookAtRegistration } from '../customers/registration-links.service.ts'
import { newPassword } from './form-fields.ts'
import { overWords } from './link-ends.ts'
import { signInName, signInView } from './sign-in-words.ts'

const ownName: PageField = {
  name: 'name',
  label: { en: 'Your name', de: 'Ihr Name' },
  type: 'text',
  autocomplete: 'name',
  hint: { en: 'So the helpdesk addresses you.', de: 'So spricht der Helpdesk Sie an.' },
  faults: {
    missing: { en: 'Type your name.', de: 'Geben Sie Ihren Namen ein.' },
    other: {
      en: 'This name cannot be taken: it has one line of at most 100 characters.',
      de: 'Dieser Name geht nicht: Er hat eine Zeile mit höchstens 100 Zeichen.',
    },
  },
}

const registrationForm = (token: string, email: string): PageForm => ({
  to: '/registration/confirm',
  hidden: { token },
  username: { label: signInName, value: email },
  fields: [ownName, newPassword],
  button: { en: 'Register', de: 'Registrieren' },
})

const registerAnew: Words = {
  en: 'If you still want an account, register again.',
  de: 'Wenn Sie weiter ein Konto möchten, registrieren Sie sich noch einmal.',
}

const taken: View = {
  heading: { en: 'There is an account with this address already', de: 'Mit dieser Adresse gibt es schon ein Konto' },
  paragraphs: [
    {
      en: 'Sign in with it. If you have no password, or do not remember it, ask for a link that sets one.',
      de: 'Melden Sie sich damit an. Wenn Sie kein Passwort haben oder es nicht mehr wissen, fordern Sie einen Link an, mit dem Sie eines setzen.',
    },
  ],
  links: [
    {
      to: '/password/forgot',
      label: { en: 'I have forgotten my password', de: 'Ich habe mein Passwort vergessen' },
    },
  ],
}

const closed: View = {
  heading: { en: 'Nobody can register here any more', de: 'Hier kann sich niemand mehr registrieren' },
  paragraphs: [
    {
      en: 'The people who run this helpdesk have closed the registration, at least for this address. No account was made.',
      de: 'Die Leute, die diesen Helpdesk betreiben, haben die Registrierung geschlossen, zumindest für diese Adresse. Es wurde kein Konto angelegt.',
    },
  ],
}

const registrationPage: Page = {
  path: '/registration/confirm',
  async look({ app, token }) {
    const link = await lookAtRegistration(app, token)
    const { tenant } = link
    if (link.end !== null) {
      const { heading, paragraphs } = overWords[link.end]
      return { tenant, view: { status: 410, heading, paragraphs: [...paragraphs, registerAnew] } }
    }
    return {
      tenant,
      view: {
        heading: { en: 'Finish your registration', de: 'Schließen Sie Ihre Registrierung ab' },
        paragraphs: [
          {
            en: 'You get an account when you choose a password. With this name and your password you sign in from then on.',
            de: 'Sie bekommen ein Konto, wenn Sie ein Passwort wählen. Mit diesem Namen und Ihrem Passwort melden Sie sich dann an.',
          },
        ],
        form: registrationForm(token, link.email),
        notes: [
          {
            en: 'If you did not register, close the page. No account is made then.',
            de: 'Wenn Sie sich nicht registriert haben, schließen Sie die Seite. Dann wird kein Konto angelegt.',
          },
        ],
      },
      done: signInView({ en: 'Your account is ready', de: 'Ihr Konto ist bereit' }, app.config.PUBLIC_URL, link.email),
    }
  },
  submit: {
    endpoint: '/auth/register/confirm',
    members: ['token', 'name', 'password'],
    refused: { email_taken: taken, registration_closed: closed },
    over: ['invalid_registration_token'],
  },
}

export const registrationPages: Page[] = [registrationPage]
