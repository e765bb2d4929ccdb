import type { Look, Page, PageForm, View } from '../../../platform/page.ts'
import { type LinkEnd, lookAtPasswordLink } from '../accounts/link-holders.service.ts'
import { emailAddress, newPassword } from './form-fields.ts'
import { overWords } from './link-ends.ts'
import { addressOfLink, signInName, signInView } from './sign-in-words.ts'

/** Asks for a new link, in place of one that is over. */
const forgotForm: PageForm = {
  to: '/password/forgot',
  isForTenant: true,
  hidden: {},
  fields: [emailAddress],
  button: { en: 'Send me a link', de: 'Link zusenden' },
}

const passwordForm = (to: string, token: string, name: string): PageForm => ({
  to,
  hidden: { token },
  username: { label: signInName, value: name },
  fields: [newPassword],
  button: { en: 'Set the password', de: 'Passwort setzen' },
})

/** The link is over: why, and a form for a new one. */
const overView = (end: LinkEnd): View => {
  const { heading, paragraphs } = overWords[end]
  const forNewLink = {
    en: 'You can have a new link mailed to you here:',
    de: 'Hier können Sie sich einen neuen Link zusenden lassen:',
  }
  return { status: 410, heading, paragraphs: [...paragraphs, forNewLink], form: forgotForm }
}

const passwordIsSet = { en: 'Your password is set', de: 'Ihr Passwort ist gesetzt' }

const headingOf = (isInvitation: boolean): View['heading'] =>
  isInvitation
    ? { en: 'Choose your password', de: 'Wählen Sie Ihr Passwort' }
    : { en: 'Choose a new password', de: 'Wählen Sie ein neues Passwort' }

const introductionOf = (isInvitation: boolean): View['paragraphs'][number] =>
  isInvitation
    ? {
        en: 'An account was made for you. With this name and your password you sign in from now on.',
        de: 'Für Sie wurde ein Konto angelegt. Mit diesem Namen und Ihrem Passwort melden Sie sich künftig an.',
      }
    : {
        en: 'All your sessions end, on this device and on others. You then sign in with the new password.',
        de: 'Alle Ihre Sitzungen enden, auf diesem Gerät und auf anderen. Danach melden Sie sich mit dem neuen Passwort an.',
      }

const lookAtPassword =
  (path: string): Page['look'] =>
  async ({ app, token }): Promise<Look> => {
    const link = await lookAtPasswordLink(app, token)
    const { tenant, language } = link
    if (link.end !== null) return { tenant, language, view: overView(link.end) }
    return {
      tenant,
      language,
      view: {
        heading: headingOf(link.isInvitation),
        paragraphs: [introductionOf(link.isInvitation)],
        form: passwordForm(path, token, link.signInName),
      },
      done: signInView(passwordIsSet, await addressOfLink(app, link), link.signInName),
    }
  }

/** Invitations are links of the same kind; mails of earlier versions send invited people to `/password/reset`. */
const passwordPage = (path: string): Page => ({
  path,
  look: lookAtPassword(path),
  submit: {
    endpoint: '/auth/password/reset',
    members: ['token', 'password'],
    over: ['invalid_reset_token', 'tenant_suspended'],
  },
})

const forgotPage: Page = {
  path: '/password/forgot',
  look: async () => ({
    view: {
      heading: { en: 'Ask for a link to set your password', de: 'Link zum Setzen des Passworts anfordern' },
      paragraphs: [
        {
          en: 'Type the address of your account. The link is mailed there.',
          de: 'Geben Sie die Adresse Ihres Kontos ein. Der Link wird dorthin geschickt.',
        },
      ],
      form: forgotForm,
    },
    done: {
      heading: { en: 'Look into your mail', de: 'Sehen Sie in Ihre Mail' },
      paragraphs: [
        {
          en: 'If the address belongs to an account, a mail with a link is on its way. That may take some minutes.',
          de: 'Wenn die Adresse zu einem Konto gehört, ist eine Mail mit einem Link unterwegs. Das kann einige Minuten dauern.',
        },
      ],
      notes: [
        {
          en: 'If no mail comes, look among the unwanted mails, and compare the address with that of your account. An account gets at most three links an hour.',
          de: 'Wenn keine Mail kommt, sehen Sie bei den unerwünschten Mails nach, und vergleichen Sie die Adresse mit der Ihres Kontos. Ein Konto bekommt höchstens drei Links in der Stunde.',
        },
      ],
    },
  }),
  submit: { endpoint: '/auth/password/forgot', members: ['email'], over: [] },
}

export const passwordPages: Page[] = [passwordPage('/password/reset'), passwordPage('/invitation'), forgotPage]
