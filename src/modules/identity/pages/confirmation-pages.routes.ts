import type { Page, PageForm, View, Words } from '../../../platform/page.ts'
import { lookAtConfirmation } from '../accounts/link-holders.service.ts'
import { overWords } from './link-ends.ts'

const confirmForm = (token: string): PageForm => ({
  to: '/email/confirm',
  hidden: { token },
  fields: [],
  button: { en: 'Confirm this address', de: 'Diese Adresse bestätigen' },
})

const addressLabel: Words = { en: 'E-mail address', de: 'E-Mail-Adresse' }

const introductionOf = (isNew: boolean): Words =>
  isNew
    ? {
        en: 'Your account gets this address. From then on the helpdesk mails you here, and the address before is told of the change:',
        de: 'Ihr Konto bekommt diese Adresse. Von da an schreibt Ihnen der Helpdesk hierher, und die bisherige Adresse erfährt von der Änderung:',
      }
    : {
        en: 'Say that this address is yours, so that the helpdesk can mail you what happens to your tickets:',
        de: 'Sagen Sie, dass diese Adresse Ihnen gehört, damit der Helpdesk Ihnen schreiben kann, was mit Ihren Tickets geschieht:',
      }

/** What to do when somebody else registered the address, and so knows the password. */
const somebodyElse: Words = {
  en: 'If it was not you who registered and chose the password, set a new password. That signs everybody else out.',
  de: 'Wenn nicht Sie sich registriert und das Passwort gewählt haben, setzen Sie ein neues Passwort. Das meldet alle anderen ab.',
}

const setPassword = {
  to: '/password/forgot',
  label: { en: 'Set a new password', de: 'Ein neues Passwort setzen' },
}

const askAnew: Words = {
  en: 'To have a new link mailed to you, sign in where you work with your tickets, and give your address there once more (programs: POST /api/me/email).',
  de: 'Um einen neuen Link zu bekommen, melden Sie sich dort an, wo Sie mit Ihren Tickets arbeiten, und geben Sie Ihre Adresse noch einmal an (Programme: POST /api/me/email).',
}

const taken: View = {
  heading: { en: 'Another account has this address', de: 'Ein anderes Konto hat diese Adresse' },
  paragraphs: [
    {
      en: 'Nothing was changed. Choose another address for your account, or ask the people who run this desk.',
      de: 'Nichts wurde geändert. Wählen Sie eine andere Adresse für Ihr Konto, oder fragen Sie die Leute, die diesen Helpdesk betreiben.',
    },
  ],
}

const emailPage: Page = {
  path: '/email/confirm',
  async look({ app, token }) {
    const link = await lookAtConfirmation(app, token)
    const { tenant, language } = link
    if (link.end !== null) {
      const { heading, paragraphs } = overWords[link.end]
      return { tenant, language, view: { status: 410, heading, paragraphs: [...paragraphs, askAnew] } }
    }
    const facts = [{ label: addressLabel, value: link.email }]
    return {
      tenant,
      language,
      view: {
        heading: { en: 'Confirm your address', de: 'Bestätigen Sie Ihre Adresse' },
        paragraphs: [introductionOf(link.isNew)],
        facts,
        form: confirmForm(token),
        notes: [
          ...(link.isNew ? [] : [somebodyElse]),
          {
            en: 'If you do not know of this, close the page. Nothing is changed then.',
            de: 'Wenn Sie davon nichts wissen, schließen Sie die Seite. Dann wird nichts geändert.',
          },
        ],
        links: link.isNew ? [] : [setPassword],
      },
      done: {
        heading: { en: 'Your address is confirmed', de: 'Ihre Adresse ist bestätigt' },
        paragraphs: [{ en: 'You can close this page.', de: 'Sie können diese Seite schließen.' }],
        facts,
        ...(link.isNew ? {} : { notes: [somebodyElse], links: [setPassword] }),
      },
    }
  },
  submit: {
    endpoint: '/auth/email/confirm',
    members: ['token'],
    refused: { email_taken: taken },
    over: ['invalid_confirmation_token', 'tenant_suspended'],
  },
}

export const confirmationPages: Page[] = [emailPage]
