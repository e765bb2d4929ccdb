import { z } from 'zod'
import { WebhookDisabledReason } from '../../../../contract/enums.ts'
import { confirmationLink, counted, defineTemplate, forgottenPasswordPage, linkWith } from './letter.ts'
import { Line, oneLine, subjectLine } from './user-text.ts'

/** Why a webhook is disabled, as the end of a sentence. */
const whyDisabled: Record<WebhookDisabledReason, string> = {
  by_hand: 'somebody disabled it',
  gone: 'the receiver says that it is gone for good (410)',
  failing: 'no delivery has arrived for five days',
  owner_gone: 'its owner is not of the staff any more',
}

export const accountTemplates = {
  // Mails of earlier versions have no link, nor have those to an address that is confirmed already.
  customer_registered: defineTemplate(
    z.object({ email: Line, confirmation_id: z.uuid().optional(), expires_days: z.int().min(1).optional() }),
    ({ email, confirmation_id: id, expires_days: days = 7 }, context) => ({
      subject: subjectLine(`Welcome to ${oneLine(context.tenantName)}`),
      heading: 'Your account is ready',
      paragraphs: [
        'Welcome! You can raise tickets from now on. We send you a mail whenever something happens to one of them.',
        'You sign in with this address and the password you chose:',
      ],
      facts: [{ label: 'E-mail', value: email }],
      quote: null,
      action:
        id === undefined
          ? { label: 'Open the helpdesk', url: `${context.publicUrl}/` }
          : { label: 'Confirm your address', url: confirmationLink(context, id) },
      // Who gets no link has followed one already, so nobody has typed the address by mistake.
      notes:
        id === undefined
          ? []
          : [
              `Please confirm your address, within ${counted(days, 'day')}. Until then our mails say that something happened, and not what was written.`,
              'If you did not register, do not follow the link: somebody else typed your address, and knows the password. To have the account for yourself, set a new password where people sign in.',
            ],
    }),
  ),

  registration_requested: defineTemplate(
    z.object({ registration_id: z.uuid(), expires_hours: z.int().min(1) }),
    ({ registration_id, expires_hours }, context) => ({
      subject: subjectLine(`Your registration at ${oneLine(context.tenantName)}`),
      heading: 'Finish your registration',
      paragraphs: ['Somebody registered with this address. If it was you, choose a password at the link below:'],
      facts: [],
      quote: null,
      action: {
        label: 'Finish your registration',
        url: linkWith(context, '/registration/confirm', 'registration', registration_id),
      },
      notes: [
        `The link works once, within ${counted(expires_hours, 'hour')}. Please do not pass it on: whoever has it can register with your address.`,
        'If you did not register, ignore this mail. There is no account with your address.',
      ],
    }),
  ),

  registration_known: defineTemplate(z.object({}), (_, context) => ({
    subject: subjectLine(`Your registration at ${oneLine(context.tenantName)}`),
    heading: 'You have an account already',
    paragraphs: [
      'Somebody registered with this address, and there is an account with it already. If it was you, please sign in.',
      `If you have forgotten your password, ask for a link that resets it: ${forgottenPasswordPage(context)}`,
    ],
    facts: [],
    quote: null,
    action: { label: 'Open the helpdesk', url: `${context.publicUrl}/` },
    notes: ['If you did not register, ignore this mail. Your account stays as it is.'],
  })),

  registration_elsewhere: defineTemplate(z.object({}), (_, { tenantName }) => ({
    subject: subjectLine(`Your registration at ${oneLine(tenantName)}`),
    heading: 'This address cannot register here',
    paragraphs: [
      'Somebody registered with this address. Here only addresses of certain organisations can register, and this address is of none of them.',
      'If you belong to such an organisation, please register with the address that you have there.',
    ],
    facts: [],
    quote: null,
    action: null,
    notes: ['If you did not register, ignore this mail. There is no account with your address.'],
  })),

  account_invited: defineTemplate(
    z.object({ role: Line, reset_id: z.uuid(), sign_in_name: Line, expires_days: z.int().min(1) }),
    ({ role, reset_id, sign_in_name, expires_days }, context) => ({
      subject: subjectLine(`Your account at ${oneLine(context.tenantName)}`),
      heading: 'An account was made for you',
      paragraphs: ['Choose a password at the link below. After that you can sign in with this name:'],
      facts: [
        { label: 'Sign-in name', value: sign_in_name },
        { label: 'Role', value: role },
      ],
      quote: null,
      action: { label: 'Choose your password', url: linkWith(context, '/invitation', 'password', reset_id) },
      notes: [
        `The link works once, within ${counted(expires_days, 'day')}. Please do not pass it on: whoever has it can set your password.`,
        'If it is too late, open the link all the same: its page has a form that mails you a new one.',
      ],
    }),
  ),

  account_role_changed: defineTemplate(
    z.object({ role: Line, actor_name: Line.nullable(), sign_in_name: Line }),
    ({ role, actor_name, sign_in_name }, { tenantName, publicUrl }) => ({
      subject: subjectLine(`Your role at ${oneLine(tenantName)} is ${oneLine(role)} now`),
      heading: 'You have another role',
      paragraphs: ['Your account has another role. You were signed out, and sign in as before:'],
      facts: [
        { label: 'Sign-in name', value: sign_in_name },
        { label: 'Role', value: role },
        { label: 'Changed by', value: actor_name ?? 'the helpdesk, automatically' },
      ],
      quote: null,
      action: { label: 'Open the helpdesk', url: `${publicUrl}/` },
      notes: role === 'technician' ? [] : ['Your tickets that were not resolved have gone back to the queue.'],
    }),
  ),

  account_reactivated: defineTemplate(
    z.object({ sign_in_name: Line, actor_name: Line.nullable() }),
    ({ sign_in_name, actor_name }, context) => ({
      subject: subjectLine(`Your account at ${oneLine(context.tenantName)} is active again`),
      heading: 'Your account is active again',
      paragraphs: ['Your account was deactivated, and is active again. You sign in with the password that you had:'],
      facts: [
        { label: 'Sign-in name', value: sign_in_name },
        { label: 'Reactivated by', value: actor_name ?? 'the helpdesk, automatically' },
      ],
      quote: null,
      action: { label: 'Open the helpdesk', url: `${context.publicUrl}/` },
      notes: [
        `If you do not remember your password, ask for a link to set a new one: ${forgottenPasswordPage(context)}`,
      ],
    }),
  ),

  password_reset_requested: defineTemplate(
    z.object({ reset_id: z.uuid(), expires_minutes: z.int().min(1) }),
    ({ reset_id, expires_minutes }, context) => ({
      subject: subjectLine(`Reset your password at ${oneLine(context.tenantName)}`),
      heading: 'Reset your password',
      paragraphs: ['Somebody asked to reset the password of your account. If it was you, choose a new one:'],
      facts: [],
      quote: null,
      action: { label: 'Choose a new password', url: linkWith(context, '/password/reset', 'password', reset_id) },
      notes: [
        `The link works once, within ${counted(expires_minutes, 'minute')}. Please do not pass it on: whoever has it can set your password.`,
        'If you did not ask for this, ignore this mail. Your password stays as it is.',
      ],
    }),
  ),

  tickets_released: defineTemplate(
    z.object({
      technician_name: Line,
      released: z.int().min(1),
      actor_name: Line.nullable(),
      became_admin: z.boolean().default(false),
    }),
    ({ technician_name, released, actor_name, became_admin }, { publicUrl }) => ({
      subject: subjectLine(`${counted(released, 'ticket')} in the queue again`),
      heading: released === 1 ? 'A ticket is in the queue again' : `${released} tickets are in the queue again`,
      paragraphs: [
        `${became_admin ? 'A technician became an admin' : 'The account of a technician was deactivated'}, and the ` +
          'tickets that were not resolved have no technician any more.',
        'Technicians can take those of their category, and admins can assign them.',
      ],
      facts: [
        { label: 'Technician', value: technician_name },
        { label: 'Tickets', value: String(released) },
        { label: became_admin ? 'Changed by' : 'Deactivated by', value: actor_name ?? 'the helpdesk, automatically' },
      ],
      quote: null,
      action: { label: 'Open the helpdesk', url: `${publicUrl}/` },
      notes: ['You get this one mail for all of these tickets.'],
    }),
  ),

  webhook_disabled: defineTemplate(
    z.object({ webhook_id: Line, url: Line, reason: WebhookDisabledReason }),
    ({ webhook_id, url, reason }) => ({
      subject: subjectLine(`Webhook ${webhook_id} is disabled`),
      heading: 'A webhook is disabled',
      paragraphs: [`Nothing is sent to this webhook any more: ${whyDisabled[reason]}.`],
      facts: [
        { label: 'Webhook', value: webhook_id },
        { label: 'Address', value: oneLine(url) },
      ],
      quote: null,
      action: null,
      notes: [
        'What waits for it is kept for 30 days, and is sent when somebody enables it.',
        'What happens while it is disabled can be sent then, too, from a time on.',
      ],
    }),
  ),

  quota_half_used: defineTemplate(
    z.object({ account_id: Line, account_name: Line, count: z.int().min(1), limit: z.int().min(1) }),
    ({ account_id, account_name, count, limit }) => ({
      subject: subjectLine(`${oneLine(account_name)} reads many tickets`),
      heading: 'An account reads many tickets',
      paragraphs: [
        'This account has been shown more than half of the different tickets that it may read within 24 hours:',
      ],
      facts: [
        { label: 'Account', value: account_id },
        { label: 'Name', value: account_name },
        { label: 'Tickets read', value: `about ${count}` },
        { label: 'Limit', value: String(limit) },
      ],
      quote: null,
      action: null,
      notes: [
        'At the limit the account can read no more tickets until the 24 hours are over.',
        'Ask the person whether the work needs that. If you do not know who is reading, deactivate the account, which ends all sessions at once. The account can be reactivated.',
        'You get this mail once in 24 hours for an account.',
      ],
    }),
  ),
}
