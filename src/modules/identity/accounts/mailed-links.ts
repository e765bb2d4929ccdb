import { linkTokens } from '../../../platform/dotted-token.ts'

/** The tokens of links that set a password. */
export const resetTokens = linkTokens('password reset', 'invalid_reset_token')

/** The tokens of links that confirm an address. */
export const confirmationTokens = linkTokens('email confirmation', 'invalid_confirmation_token')

/** The tokens of links that finish a registration. */
export const registrationTokens = linkTokens('registration', 'invalid_registration_token')
