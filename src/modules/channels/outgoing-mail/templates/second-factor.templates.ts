import { z } from 'zod'
import { counted, defineTemplate, type Letter } from './letter.ts'
import { Line, oneLine, subjectLine } from './user-text.ts'

const notYou =
  'If it was not you, somebody else has your password: change it, and ask an admin of the helpdesk to look at your account.'

/** A letter about the sign-in of the recipient, with a way to the helpdesk. */
const letterAbout = (
  { tenantName, publicUrl }: { tenantName: string; publicUrl: string },
  title: string,
  heading: string,
  paragraphs: string[],
  notes: string[],
): Letter => ({
  subject: subjectLine(`${title} at ${oneLine(tenantName)}`),
  heading,
  paragraphs,
  facts: [],
  quote: null,
  action: { label: 'Open the helpdesk', url: `${publicUrl}/` },
  notes,
})

export const secondFactorTemplates = {
  second_factor_enabled: defineTemplate(z.object({ replaced: z.boolean() }), ({ replaced }, context) =>
    letterAbout(
      context,
      replaced ? 'Your second factor was replaced' : 'Your second factor is on',
      replaced ? 'Another second factor took the place of yours' : 'Signing in asks for a code from now on',
      [
        replaced
          ? 'Signing in asks for the codes of the new second factor from now on. The recovery codes of before are not good any more.'
          : 'Signing in asks for a code of your authenticator app from now on, after the password.',
        'Keep the recovery codes in a safe place, apart from the phone. All your other sessions have ended.',
      ],
      [notYou],
    ),
  ),

  second_factor_disabled: defineTemplate(z.object({}), (_, context) =>
    letterAbout(
      context,
      'Your second factor is off',
      'Signing in asks for your password only',
      ['Your second factor was switched off. Its recovery codes are not good any more.'],
      [notYou],
    ),
  ),

  second_factor_reset: defineTemplate(z.object({}), (_, context) =>
    letterAbout(
      context,
      'Your second factor was reset',
      'Your second factor was taken away',
      [
        'An admin or the operator of the helpdesk took your second factor away. All your sessions have ended.',
        'Sign in with your password, and set up a new second factor.',
      ],
      ['If you did not ask for this, tell an admin of the helpdesk, and change your password.'],
    ),
  ),

  recovery_code_used: defineTemplate(z.object({ left: z.int().min(0) }), ({ left }, context) =>
    letterAbout(
      context,
      'A recovery code was used',
      'A recovery code was used in place of a code of your app',
      [
        left === 0
          ? 'It was the last one. Make new ones now: without any, only an admin can help when the phone is lost.'
          : `You have ${counted(left, 'recovery code')} left.`,
      ],
      [notYou],
    ),
  ),

  second_factor_blocked: defineTemplate(z.object({ address: Line }), ({ address }, context) => ({
    ...letterAbout(
      context,
      'Too many wrong codes',
      'Somebody typed too many wrong codes for your account',
      [
        'Whoever it was knows your password. Codes of the app are not taken for a while; recovery codes still are.',
        'If it was not you, change your password now. That ends every sign-in that waits for a code.',
      ],
      ['You can sign in with a recovery code, or wait until the time that the helpdesk tells.'],
    ),
    facts: [{ label: 'Network address', value: address }],
  })),
}
