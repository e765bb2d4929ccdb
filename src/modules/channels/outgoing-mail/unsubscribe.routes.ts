import { publicEndpoint } from '../../identity/accounts/declare-endpoint.ts'
import { Unsubscribe } from './unsubscribe.schemas.ts'
import { unsubscribe } from './unsubscribe.service.ts'

export const unsubscribeRoutes = [
  publicEndpoint({
    id: 'unsubscribeByMail',
    method: 'post',
    path: '/unsubscribe',
    can: 'anyone',
    tag: 'Mails',
    summary: 'Unsubscribe by the link in a mail',
    description:
      'Stops what the mail is about: the watching of its ticket, the mails of its kind, or digests. Mail programs ' +
      'post to the page `/unsubscribe` instead (RFC 8058). Once more changes nothing.',
    body: Unsubscribe,
    secret: 'token',
    responds: { 204: null },
    fails: ['invalid_unsubscribe_token'],
    signInLimit: { account: null, kind: 'confirmation', counts: 'flood' },
    handle: (call) => unsubscribe(call.app, call, call.body.token),
  }),
]
