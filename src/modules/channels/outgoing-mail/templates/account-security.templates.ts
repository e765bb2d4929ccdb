import { z } from 'zod'
import { confirmationLink, counted, defineTemplate, forgottenPasswordPage } from './letter.ts'
import { notice, noticeWith } from './notice.ts'
import { Line, oneLine, subjectLine } from './user-text.ts'

export const accountSecurityTemplates = {
  password_changed: notice({
    subject: 'Your password was changed',
    heading: 'Your password was changed',
    paragraphs: ['The password of your account was changed. Other sessions have ended.'],
    notes: (context) => [
      'If it was you, there is nothing to do.',
      `If it was not you, reset your password at once, and tell the helpdesk: ${forgottenPasswordPage(context)}`,
    ],
  }),

  email_confirmation: defineTemplate(
    z.object({ confirmation_id: z.uuid(), expires_days: z.int().min(1) }),
    ({ confirmation_id, expires_days }, context) => ({
      subject: subjectLine(`Confirm your address at ${oneLine(context.tenantName)}`),
      heading: 'Confirm your address',
      paragraphs: [
        'An account has this e-mail address, or is to have it. If it is yours, please confirm that you get its mails:',
      ],
      facts: [],
      quote: null,
      action: { label: 'Confirm the address', url: confirmationLink(context, confirmation_id) },
      notes: [
        `The link works once, within ${counted(expires_days, 'day')}.`,
        'If you have no account there, somebody typed your address by mistake. You can ignore this mail.',
      ],
    }),
  ),

  email_change_requested: notice({
    subject: 'A new address for your account',
    heading: 'A new address for your account',
    paragraphs: [
      'Somebody who knows your password asked that your account gets another e-mail address. A link was mailed there. ' +
        'Until it is followed, your account keeps this address.',
    ],
    notes: [
      'If it was you, follow the link in the other mail.',
      'If it was not you, change your password at once: that ends the link. Then tell the helpdesk.',
    ],
  }),

  email_changed_before: notice({
    subject: 'The address of your account was changed',
    heading: 'The address of your account was changed',
    paragraphs: [
      'Your account has another e-mail address now, and mails go there. This is the last mail to this address.',
    ],
    notes: [
      'If you wanted that, there is nothing to do.',
      'If you did not, tell the helpdesk at once: you cannot reset your password from this address any more.',
    ],
  }),

  email_changed: notice({
    subject: 'The address of your account was changed',
    heading: 'Your account has this address now',
    paragraphs: [
      'From now on the mails of your account go to this address, and you can sign in with it. Sessions went on.',
    ],
    notes: ['If you did not want that, tell the helpdesk.'],
  }),

  /** It shows nothing that was typed: whoever made the token may have taken over the account. */
  api_token_created: noticeWith(
    { hint: Line, scopes: z.int().min(1), expires_day: Line },
    ({ hint, scopes, expires_day }) => ({
      subject: 'A new API token',
      heading: 'An API token was made for your account',
      paragraphs: ['A program that has this token can act for you, as far as the scopes of the token go:'],
      facts: [
        { label: 'Token', value: hint },
        { label: 'Scopes', value: String(scopes) },
        { label: 'Expires', value: expires_day },
      ],
      notes: [
        'If you did not make it, revoke the token, change your password, and tell an admin of the helpdesk.',
        'The token itself is in no mail. It was shown once, to whoever made it.',
      ],
    }),
  ),
}
