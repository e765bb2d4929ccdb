import { z } from 'zod'
import { counted } from './letter.ts'
import { notice, noticeWith } from './notice.ts'

const notYou =
  'If it was not you, change your password at once, which ends your other sessions, and tell an admin of the helpdesk.'

export const secondFactorTemplates = {
  second_factor_enabled: noticeWith({ replaced: z.boolean() }, ({ replaced }) => ({
    subject: replaced ? 'Your second factor was replaced' : 'Your second factor is on',
    heading: replaced ? 'Another second factor took the place of yours' : 'Signing in asks for a code from now on',
    paragraphs: [
      replaced
        ? 'Signing in asks for the codes of the new second factor from now on. The recovery codes of before are not ' +
          'good any more.'
        : 'Signing in asks for a code of your authenticator app from now on, after the password.',
      'Keep the recovery codes in a safe place, apart from the phone. All your other sessions have ended.',
    ],
    notes: [notYou],
  })),

  second_factor_disabled: notice({
    subject: 'Your second factor is off',
    heading: 'Signing in asks for your password only',
    paragraphs: ['Your second factor was switched off. Its recovery codes are not good any more.'],
    notes: [notYou],
  }),

  second_factor_reset: notice({
    subject: 'Your second factor was reset',
    heading: 'Your second factor was taken away',
    paragraphs: [
      'An admin or the operator of the helpdesk took your second factor away. All your sessions have ended.',
      'Sign in with your password, and set up a new second factor.',
    ],
    notes: ['If you did not ask for this, tell an admin of the helpdesk, and change your password.'],
  }),

  recovery_code_used: noticeWith({ left: z.int().min(0) }, ({ left }) => ({
    subject: 'A recovery code was used',
    heading: 'A recovery code was used in place of a code of your app',
    paragraphs: [
      left === 0
        ? 'It was the last one. Make new ones now: without any, only an admin can help when the phone is lost.'
        : `You have ${counted(left, 'recovery code')} left.`,
    ],
    notes: [notYou],
  })),

  second_factor_blocked: notice({
    subject: 'Too many wrong codes',
    heading: 'Somebody typed too many wrong codes for your account',
    paragraphs: [
      'Whoever it was knows your password, or has one of your sessions open. Codes of the app are not taken for a ' +
        'while; recovery codes still are.',
      'If it was not you, change your password now. That ends your other sessions, and every sign-in that waits for a ' +
        'code.',
    ],
    notes: ['You can sign in with a recovery code, or wait until the time that the helpdesk tells.'],
  }),
}
