import type { Look, Page, PageForm, View } from '../../../platform/page.ts'
import { lookAtPasswordLink, type SeenLink } from '../accounts/link-holders.service.ts'
import { emailAddress, newPassword } from './form-fields.ts'

type Over = Exclude<SeenLink['state'], 'good'>

const signInName = { en: 'Sign-in name', de: 'Anmeldename' }

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

const overWords: Record<Over, View> = {
  used: {
    heading: { en: 'This link is used up', de: 'Dieser Link ist verbraucht' },
    paragraphs: [
      {
        en: 'Each link works once, and a newer link ends the links before it. If you have set your password, sign in with it.',
        de: 'Jeder Link gilt einmal, und ein neuerer Link beendet die früheren. Wenn Sie Ihr Passwort gesetzt haben, melden Sie sich damit an.',
      },
    ],
  },
  expired: {
    heading: { en: 'This link has expired', de: 'Dieser Link ist abgelaufen' },
    paragraphs: [
      {
        en: 'A link works for some time only, so that an old mail opens nothing.',
        de: 'Ein Link gilt nur eine Zeit lang, damit eine alte Mail nichts mehr öffnet.',
      },
    ],
  },
  unknown: {
    heading: { en: 'This link is not complete, or not valid', de: 'Dieser Link ist unvollständig oder ungültig' },
    paragraphs: [
      {
        en: 'Compare the address with the one in your mail. A line break may have cut it off.',
        de: 'Vergleichen Sie die Adresse mit der in Ihrer Mail. Vielleicht hat ein Zeilenumbruch sie abgeschnitten.',
      },
    ],
  },
}

/** The link is over: why, and a form for a new one. */
const overView = (state: Over): View => {
  const { heading, paragraphs } = overWords[state]
  const forNewLink = {
    en: 'You can have a new link mailed to you here:',
    de: 'Hier können Sie sich einen neuen Link zusenden lassen:',
  }
  return { status: 410, heading, paragraphs: [...paragraphs, forNewLink], form: forgotForm }
}

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

/** What to do once the password is set. */
const doneView = (publicUrl: string, name: string): View => ({
  heading: { en: 'Your password is set', de: 'Ihr Passwort ist gesetzt' },
  paragraphs: [
    {
      en: 'Now you can sign in, with this name and the password that you have just chosen:',
      de: 'Jetzt können Sie sich anmelden, mit diesem Namen und dem Passwort, das Sie gerade gewählt haben:',
    },
  ],
  facts: [
    { label: signInName, value: name },
    { label: { en: 'Address of the helpdesk', de: 'Adresse des Helpdesks' }, value: `${publicUrl}/` },
  ],
  notes: [{ en: 'You can close this page.', de: 'Sie können diese Seite schließen.' }],
})

const lookAtPassword =
  (path: string): Page['look'] =>
  async ({ app, token }): Promise<Look> => {
    const link = await lookAtPasswordLink(app, token)
    const { tenant, state } = link
    if (state !== 'good') return { tenant, view: overView(state) }
    return {
      tenant,
      view: {
        heading: headingOf(link.isInvitation),
        paragraphs: [introductionOf(link.isInvitation)],
        form: passwordForm(path, token, link.signInName),
      },
      done: doneView(app.config.PUBLIC_URL, link.signInName),
    }
  }

/** Invitations are links of the same kind; mails of earlier versions send invited people to `/password/reset`. */
const passwordPage = (path: string): Page => ({
  path,
  look: lookAtPassword(path),
  submit: { endpoint: '/auth/password/reset', members: ['token', 'password'], over: ['invalid_reset_token'] },
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
