import type { MailWords } from './mail-words.ts'

const notYou =
  'If it was not you, change your password at once, which ends your other sessions, and tell an admin of the helpdesk.'

export const securityMailsInEnglish = {
  password_changed: {
    subject: 'Your password was changed at {{helpdesk}}',
    heading: 'Your password was changed',
    said: ['The password of your account was changed. Other sessions have ended.'],
    notes: [
      'If it was you, there is nothing to do.',
      'If it was not you, reset your password at once, and tell the helpdesk: {{forgotten_password_page}}',
    ],
  },
  email_change_requested: {
    subject: 'A new address for your account at {{helpdesk}}',
    heading: 'A new address for your account',
    said: [
      'Somebody who knows your password asked that your account gets another e-mail address. A link was mailed there. Until it is followed, your account keeps this address.',
    ],
    notes: [
      'If it was you, follow the link in the other mail.',
      'If it was not you, change your password at once: that ends the link. Then tell the helpdesk.',
    ],
  },
  email_changed_before: {
    subject: 'The address of your account was changed at {{helpdesk}}',
    heading: 'The address of your account was changed',
    said: ['Your account has another e-mail address now, and mails go there. This is the last mail to this address.'],
    notes: [
      'If you wanted that, there is nothing to do.',
      'If you did not, tell the helpdesk at once: you cannot reset your password from this address any more.',
    ],
  },
  email_changed: {
    subject: 'The address of your account was changed at {{helpdesk}}',
    heading: 'Your account has this address now',
    said: ['From now on the mails of your account go to this address, and you can sign in with it. Sessions went on.'],
    notes: ['If you did not want that, tell the helpdesk.'],
  },
  api_token_created: {
    subject: 'A new API token at {{helpdesk}}',
    heading: 'An API token was made for your account',
    said: ['A program that has this token can act for you, as far as the scopes of the token go:'],
    notes: [
      'If you did not make it, revoke the token, change your password, and tell an admin of the helpdesk.',
      'The token itself is in no mail. It was shown once, to whoever made it.',
    ],
  },
  second_factor_enabled: {
    subject:
      '{{#is_replaced}}Your second factor was replaced{{/is_replaced}}{{^is_replaced}}Your second factor is on{{/is_replaced}} at {{helpdesk}}',
    heading:
      '{{#is_replaced}}Another second factor took the place of yours{{/is_replaced}}{{^is_replaced}}Signing in asks for a code from now on{{/is_replaced}}',
    said: [
      '{{#is_replaced}}Signing in asks for the codes of the new second factor from now on. The recovery codes of before are not good any more.{{/is_replaced}}{{^is_replaced}}Signing in asks for a code of your authenticator app from now on, after the password.{{/is_replaced}}',
      'Keep the recovery codes in a safe place, apart from the phone. All your other sessions have ended.',
    ],
    notes: [notYou],
  },
  second_factor_disabled: {
    subject: 'Your second factor is off at {{helpdesk}}',
    heading: 'Signing in asks for your password only',
    said: ['Your second factor was switched off. Its recovery codes are not good any more.'],
    notes: [notYou],
  },
  second_factor_reset: {
    subject: 'Your second factor was reset at {{helpdesk}}',
    heading: 'Your second factor was taken away',
    said: [
      'An admin or the operator of the helpdesk took your second factor away. All your sessions have ended.',
      'Sign in with your password, and set up a new second factor.',
    ],
    notes: ['If you did not ask for this, tell an admin of the helpdesk, and change your password.'],
  },
  recovery_code_used: {
    subject: 'A recovery code was used at {{helpdesk}}',
    heading: 'A recovery code was used in place of a code of your app',
    said: [
      '{{#was_last}}It was the last one. Make new ones now: without any, only an admin can help when the phone is lost.{{/was_last}}{{^was_last}}You have {{codes_left}} left.{{/was_last}}',
    ],
    notes: [notYou],
  },
  second_factor_blocked: {
    subject: 'Too many wrong codes at {{helpdesk}}',
    heading: 'Somebody typed too many wrong codes for your account',
    said: [
      'Whoever it was knows your password, or has one of your sessions open. Codes of the app are not taken for a while; recovery codes still are.',
      'If it was not you, change your password now. That ends your other sessions, and every sign-in that waits for a code.',
    ],
    notes: ['You can sign in with a recovery code, or wait until the time that the helpdesk tells.'],
  },
} satisfies Record<string, MailWords>
