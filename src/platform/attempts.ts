/**
 * What is tried at an endpoint that counts for the limit of sign-ins, in the words of a refusal. The header `RateLimit`
 * has the same words, with dashes.
 */
export const attemptKinds = {
  sign_in: 'sign-ins',
  second_factor: 'second factors',
  registration: 'registrations',
  forgotten_password: 'forgotten passwords',
  password_reset: 'password resets',
  confirmation: 'confirmations',
  /** Somebody who is signed in proves it again, with the password or a code. */
  proof: 'proofs',
} as const
export type AttemptKind = keyof typeof attemptKinds

/** What an account may do now. */
interface AttemptVerdict {
  /** Whether the account may be let in. Else the handler goes on in the same time, as if the password were wrong. */
  isWithin: boolean
  /** Whether a failure is answered with 429, so that it is no sign-in that failed. */
  isRefused: boolean
}

/** Counts an attempt at an account, and answers what the account may do now. */
export type IsWithinLimit = (account: string, isKnown: boolean) => Promise<AttemptVerdict>
