/**
 * What is tried at an endpoint that counts for the limit of sign-ins. `name` stands in the header `RateLimit`;
 * `tooMany` goes on with `from this address` or `for this account` in a refusal.
 */
export const attemptKinds = {
  sign_in: { name: 'sign-ins', tooMany: 'failed sign-ins' },
  second_factor: { name: 'second-factors', tooMany: 'sign-ins with a code' },
  registration: { name: 'registrations', tooMany: 'failed registrations' },
  forgotten_password: { name: 'forgotten-passwords', tooMany: 'requests for a new password' },
  password_reset: { name: 'password-resets', tooMany: 'attempts to set a password by a link' },
  confirmation: { name: 'confirmations', tooMany: 'attempts to confirm an address by a link' },
  /** Somebody who is signed in proves it again, with the password or a code. */
  proof: { name: 'proofs', tooMany: 'wrong passwords or codes' },
  /** Whoever runs the program shows `PLATFORM_TOKEN`. */
  platform_token: { name: 'platform-tokens', tooMany: 'wrong platform tokens' },
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
