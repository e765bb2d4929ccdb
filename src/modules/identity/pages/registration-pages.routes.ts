import { errorCodes } from '../../../contract/error-codes.ts'
import type { Page, PageForm, View } from '../../../platform/page.ts'
import { lookAtRegistration } from '../customers/registrations.service.ts'
import { newPassword, personName } from './form-fields.ts'
import { overWords } from './link-ends.ts'
import { addressOfLink, signInName, signInView } from './sign-in-words.ts'

const registrationForm = (token: string, email: string): PageForm => ({
  to: '/registration/confirm',
  hidden: { token },
  username: { label: signInName, value: email },
  fields: [personName, newPassword],
  button: { en: 'Make my account', de: 'Konto anlegen' },
})

const registerAnew = {
  en: 'If you still want an account, register again where you registered before.',
  de: 'Wenn Sie noch ein Konto möchten, registrieren Sie sich noch einmal, wo Sie sich registriert haben.',
}

const closed: View = {
  heading: { en: 'You cannot register here any more', de: 'Hier können Sie sich nicht mehr registrieren' },
  paragraphs: [
    {
      en: 'The people who run this desk have changed who may register. Ask them for an invitation.',
      de: 'Die Leute, die diesen Helpdesk betreiben, haben geändert, wer sich registrieren darf. Bitten Sie sie um eine Einladung.',
    },
  ],
}

const taken: View = {
  heading: { en: 'You have an account already', de: 'Sie haben schon ein Konto' },
  paragraphs: [
    {
      en: 'There is an account with this address. If you do not know its password, ask for a link to set one.',
      de: 'Mit dieser Adresse gibt es ein Konto. Wenn Sie das Passwort nicht wissen, fordern Sie einen Link an, um eines zu setzen.',
    },
  ],
  links: [
    {
      to: '/password/forgot',
      label: { en: 'Ask for a link to set your password', de: 'Link zum Setzen des Passworts' },
    },
  ],
}

const refused = {
  registration_closed: { ...closed, status: errorCodes.registration_closed.status },
  email_taken: { ...taken, status: errorCodes.email_taken.status },
}

const registrationPage: Page = {
  path: '/registration/confirm',
  async look({ app, token }) {
    const link = await lookAtRegistration(app, token)
    const { tenant, language } = link
    if (link.end !== null) {
      const { heading, paragraphs } = overWords[link.end]
      return { tenant, language, view: { status: 410, heading, paragraphs: [...paragraphs, registerAnew] } }
    }
    if (link.refusal !== null) return { tenant, language, view: refused[link.refusal] }
    return {
      tenant,
      language,
      view: {
        heading: { en: 'Finish your registration', de: 'Schließen Sie Ihre Registrierung ab' },
        paragraphs: [
          {
            en: 'Somebody registered with your address. If it was you, say what you are called, and choose a password.',
            de: 'Jemand hat sich mit Ihrer Adresse registriert. Wenn Sie es waren, sagen Sie, wie Sie heißen, und wählen Sie ein Passwort.',
          },
        ],
        form: registrationForm(token, link.email),
        notes: [
          {
            en: 'If it was not you, close the page. There is no account then.',
            de: 'Wenn Sie es nicht waren, schließen Sie die Seite. Dann gibt es kein Konto.',
          },
        ],
      },
      done: signInView(
        { en: 'Your account is ready', de: 'Ihr Konto ist angelegt' },
        await addressOfLink(app, link),
        link.email,
      ),
    }
  },
  submit: {
    endpoint: '/auth/register/confirm',
    members: ['token', 'name', 'password'],
    refused,
    over: ['invalid_registration_token', 'tenant_suspended'],
  },
}

export const registrationPages: Page[] = [registrationPage]
