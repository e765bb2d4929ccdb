import type { MailWords } from './mail-words.ts'

const once = 'The link works once, within {{link_lasts}}.'

export const accountMailsInEnglish = {
  tickets_released: {
    subject: '{{tickets}} in the queue again',
    heading:
      '{{#is_one}}A ticket is in the queue again{{/is_one}}{{^is_one}}{{tickets}} are in the queue again{{/is_one}}',
    said: [
      '{{#became_admin}}A technician became an admin{{/became_admin}}{{^became_admin}}The account of a technician was deactivated{{/became_admin}}, and the tickets that were not resolved have no technician any more.',
      'Technicians can take those of their category, and admins can assign them.',
    ],
    notes: ['You get this one mail for all of these tickets.'],
  },
  digest: {
    subject: 'What happened at {{helpdesk}}',
    heading: 'What happened',
    said: ['{{events}} happened that you wanted to be told of together.'],
    notes: [
      '{{#more}}And {{more}} more, which happened before.{{/more}}',
      '{{#time_zone}}The times are those of {{time_zone}}.{{/time_zone}}',
    ],
  },
  customer_registered: {
    subject: 'Welcome to {{helpdesk}}',
    heading: 'Your account is ready',
    said: [
      'Welcome! You can raise tickets from now on. We send you a mail whenever something happens to one of them.',
      'You sign in with this address and the password you chose:',
    ],
    notes: [
      '{{#is_to_confirm}}Please confirm your address, within {{link_lasts}}. Until then our mails say that something happened, and not what was written.{{/is_to_confirm}}',
      '{{#is_to_confirm}}If you did not register, do not follow the link: somebody else typed your address, and knows the password. To have the account for yourself, set a new password where people sign in.{{/is_to_confirm}}',
    ],
  },
  registration_requested: {
    subject: 'Your registration at {{helpdesk}}',
    heading: 'Finish your registration',
    said: ['Somebody registered with this address. If it was you, choose a password at the link below:'],
    notes: [
      `${once} Please do not pass it on: whoever has it can register with your address.`,
      'If you did not register, ignore this mail. There is no account with your address.',
    ],
  },
  registration_known: {
    subject: 'Your registration at {{helpdesk}}',
    heading: 'You have an account already',
    said: [
      'Somebody registered with this address, and there is an account with it already. If it was you, please sign in.',
      'If you have forgotten your password, ask for a link that resets it: {{forgotten_password_page}}',
    ],
    notes: ['If you did not register, ignore this mail. Your account stays as it is.'],
  },
  registration_elsewhere: {
    subject: 'Your registration at {{helpdesk}}',
    heading: 'This address cannot register here',
    said: [
      'Somebody registered with this address. Here only addresses of certain organisations can register, and this address is of none of them.',
      'If you belong to such an organisation, please register with the address that you have there.',
    ],
    notes: ['If you did not register, ignore this mail. There is no account with your address.'],
  },
  account_invited: {
    subject: 'Your account at {{helpdesk}}',
    heading: 'An account was made for you',
    said: ['Choose a password at the link below. After that you can sign in with this name:'],
    notes: [
      `${once} Please do not pass it on: whoever has it can set your password.`,
      'If it is too late, open the link all the same: its page has a form that mails you a new one.',
    ],
  },
  account_role_changed: {
    subject: 'Your role at {{helpdesk}} is {{role}} now',
    heading: 'You have another role',
    said: ['Your account has another role. You were signed out, and sign in as before:'],
    notes: [
      '{{#has_lost_tickets}}Your tickets that were not resolved have gone back to the queue.{{/has_lost_tickets}}',
    ],
  },
  account_reactivated: {
    subject: 'Your account at {{helpdesk}} is active again',
    heading: 'Your account is active again',
    said: ['Your account was deactivated, and is active again. You sign in with the password that you had:'],
    notes: ['If you do not remember your password, ask for a link to set a new one: {{forgotten_password_page}}'],
  },
  password_reset_requested: {
    subject: 'Reset your password at {{helpdesk}}',
    heading: 'Reset your password',
    said: ['Somebody asked to reset the password of your account. If it was you, choose a new one:'],
    notes: [
      `${once} Please do not pass it on: whoever has it can set your password.`,
      'If you did not ask for this, ignore this mail. Your password stays as it is.',
    ],
  },
  email_confirmation: {
    subject: 'Confirm your address at {{helpdesk}}',
    heading: 'Confirm your address',
    said: [
      'An account has this e-mail address, or is to have it. If it is yours, please confirm that you get its mails:',
    ],
    notes: [once, 'If you have no account there, somebody typed your address by mistake. You can ignore this mail.'],
  },
  webhook_disabled: {
    subject: 'Webhook {{webhook_id}} is disabled',
    heading: 'A webhook is disabled',
    said: ['Nothing is sent to this webhook any more: {{why}}.'],
    notes: [
      'What waits for it is kept for 30 days, and is sent when somebody enables it.',
      'What happens while it is disabled can be sent then, too, from a time on.',
    ],
  },
  quota_half_used: {
    subject: '{{account_name}} reads many tickets',
    heading: 'An account reads many tickets',
    said: ['This account has been shown more than half of the different tickets that it may read within 24 hours:'],
    notes: [
      'At the limit the account can read no more tickets until the 24 hours are over.',
      'Ask the person whether the work needs that. If you do not know who is reading, deactivate the account, which ends all sessions at once. The account can be reactivated.',
      'You get this mail once in 24 hours for an account.',
    ],
  },
} satisfies Record<string, MailWords>
