import { type MailReason, mailReasonOf } from '../tickets/mail-reasons.ts'

/** Why a mail was not taken. `signIn`: the mail server did not take the sign-in of the desk. */
export type MailFault = Exclude<MailReason, 'other'> | 'signIn'

/** What a mail server answered, at the end of what is kept: its code, and all that follows. */
const answer = /(?:^|[\s:])([45]\d\d(?:[ -].*)?)$/s

const faultOf = (error: string): MailFault | null => {
  if (/^EAUTH\b/.test(error)) return 'signIn'
  const reason = mailReasonOf(error)
  return reason === 'other' ? null : reason
}

/**
 * Reads what is kept of a failed try. `said` are the words of the mail server, when it said any; what the program
 * itself found, such as that an account has been deactivated, has neither.
 */
export const readMailError = (error: string): { fault: MailFault | null; said: string | null } => ({
  fault: faultOf(error),
  said: answer.exec(error)?.[1] ?? null,
})
