import { endpoint, publicEndpoint } from '../accounts/declare-endpoint.ts'
import { confirmEmail } from '../accounts/email-confirmations.service.ts'
import { proofErrors } from '../sign-in/prove-again.service.ts'
import { ChangeEmail, ConfirmEmail, Me, UpdateMe } from './profile.schemas.ts'
import { getMe, requestEmailChange, updateMe } from './profile.service.ts'

const tag = 'Your own account'

export const profileRoutes = [
  endpoint({
    id: 'getMe',
    method: 'get',
    path: '/me',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'Read your own account',
    responds: { 200: Me },
    handle: ({ app, actor }) => getMe(app, actor),
  }),
  endpoint({
    id: 'updateMe',
    method: 'patch',
    path: '/me',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'Change your own name, time zone or language',
    description: 'The account may be sent back whole.',
    body: UpdateMe,
    echoes: Me,
    responds: { 200: Me },
    handle: (call) => updateMe(call.app, call, call.body, call.echoed),
  }),
  endpoint({
    id: 'changeEmail',
    method: 'post',
    path: '/me/email',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'Ask for another email address',
    description:
      'Mails a link to the new address, which works once, within a day. Until it is followed, the account keeps its ' +
      'address, which is told. The answer is the same when another account has the new address. Your own address ends ' +
      'an open change, and gets a link when nobody has confirmed it.',
    body: ChangeEmail,
    responds: { 202: null },
    fails: [...proofErrors, 'quota_exceeded'],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => requestEmailChange(call.app, call, call.body),
    answer: () => ({ status: 202 }),
  }),
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
    signInLimit: { account: null, kind: 'confirmation', counts: 'flood' },
    handle: (call) => confirmEmail(call.app, call, call.body.token),
  }),
]
