import { z } from 'zod'
import { deviceOf } from '../../../../platform/user-agent.ts'
import { counted, defineTemplate, type Letter, type MailContext } from './letter.ts'
import { Line, oneLine, subjectLine } from './user-text.ts'

/** When a person changed something of their own account, and where. Of the device only words of ours are shown. */
const ownAct = z.object({ at: Line, user_agent: z.string().nullish(), address: Line.nullish() })

const factsOf = ({ at, user_agent, address }: z.output<typeof ownAct>): Letter['facts'] => [
  { label: 'When', value: at },
  ...(user_agent ? [{ label: 'Device', value: deviceOf(user_agent) }] : []),
  ...(address ? [{ label: 'Network address', value: address }] : []),
]

/** A mail that tells a person what was done to their account. It has no link, so that nobody learns to follow one. */
const notice = (subject: string, heading: string, paragraphs: string[], notes: string[]) =>
  defineTemplate(ownAct, (act, { tenantName }) => ({
    subject: subjectLine(`${subject} at ${oneLine(tenantName)}`),
    heading,
    paragraphs,
    facts: factsOf(act),
    quote: null,
    action: null,
    notes,
  }))

/** The token stands at the very end, so that a program that shows or logs the link can mask the token. */
const confirmationLink = ({ publicUrl, linkToken }: MailContext, confirmationId: string): string =>
  `${publicUrl}/email/confirm?token=${encodeURIComponent(linkToken('email', confirmationId))}`

export const accountSecurityTemplates = {
  password_changed: notice(
    'Your password was changed',
    'Your password was changed',
    ['The password of your account was changed. Other sessions have ended.'],
    [
      'If it was you, there is nothing to do.',
      'If it was not you, reset your password at once, as if you had forgotten it, and tell the helpdesk.',
    ],
  ),

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

  email_change_requested: notice(
    'A new address for your account',
    'A new address for your account',
    [
      'Somebody who knows your password asked that your account gets another e-mail address. A link was mailed there. ' +
        'Until it is followed, your account keeps this address.',
    ],
    [
      'If it was you, follow the link in the other mail.',
      'If it was not you, change your password at once: that ends the link. Then tell the helpdesk.',
    ],
  ),

  email_changed_before: notice(
    'The address of your account was changed',
    'The address of your account was changed',
    ['Your account has another e-mail address now, and mails go there. This is the last mail to this address.'],
    [
      'If you wanted that, there is nothing to do.',
      'If you did not, tell the helpdesk at once: you cannot reset your password from this address any more.',
    ],
  ),

  email_changed: notice(
    'The address of your account was changed',
    'Your account has this address now',
    ['From now on the mails of your account go to this address, and you can sign in with it. Sessions went on.'],
    ['If you did not want that, tell the helpdesk.'],
  ),
}
