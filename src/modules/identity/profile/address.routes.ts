import { publicEndpoint } from '../accounts/declare-endpoint.ts'
import { confirmEmail } from '../accounts/email-confirmations.service.ts'
import { ConfirmEmail } from './address.schemas.ts'

export const addressRoutes = [
  publicEndpoint({
    id: 'confirmEmail',
    method: 'post',
    path: '/auth/email/confirm',
    can: 'anyone',
    tag: 'Sign-in',
    summary: 'Confirm an email address by the link in a mail',
    description:
      'When the link was mailed to a new address, the account has that address from now on, and the address before is ' +
      'told. Sessions go on.',
    body: ConfirmEmail,
    secret: 'token',
    responds: { 204: null },
    fails: ['invalid_confirmation_token', 'email_taken'],
    signInLimit: { account: null, kind: 'confirmation' },
    handle: ({ app, body, ...origin }) => confirmEmail(app, origin, body.token),
  }),
]
