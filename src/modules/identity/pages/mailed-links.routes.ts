import type { App } from '../../../platform/app-context.ts'
import { publicEndpoint } from '../accounts/declare-endpoint.ts'
import { lookAtConfirmation, lookAtPasswordLink } from '../accounts/link-holders.service.ts'
import { lookAtRegistration } from '../customers/registrations.service.ts'
import { type LinkPurpose, LookAtLink, MailedLink } from './mailed-links.schemas.ts'

/** What a link says of nobody. */
const nobody = { is_invitation: null, sign_in_name: null, email: null, is_new_address: null, refusal: null }

const looks: Record<LinkPurpose, (app: App, token: string) => Promise<MailedLink>> = {
  async password(app, token) {
    const { end, tenant, language, ...link } = await lookAtPasswordLink(app, token)
    const about = 'signInName' in link ? { is_invitation: link.isInvitation, sign_in_name: link.signInName } : {}
    return { ...nobody, end, tenant, language, ...about }
  },
  async email(app, token) {
    const { end, tenant, language, ...link } = await lookAtConfirmation(app, token)
    const about = 'email' in link ? { email: link.email, is_new_address: link.isNew } : {}
    return { ...nobody, end, tenant, language, ...about }
  },
  async registration(app, token) {
    const { end, tenant, language, ...link } = await lookAtRegistration(app, token)
    const about = 'email' in link ? { email: link.email, refusal: link.refusal } : {}
    return { ...nobody, end, tenant, language, ...about }
  },
}

export const mailedLinkRoutes = [
  publicEndpoint({
    id: 'lookAtLink',
    method: 'post',
    path: '/auth/link',
    can: 'anyone',
    tag: 'Sign-in',
    summary: 'Read what the link of a mail is about',
    description:
      'For pages that show whose password is set, or which address is confirmed, before anything happens. It changes ' +
      'nothing, and uses up nothing. An Idempotency-Key is passed over.',
    body: LookAtLink,
    secret: 'token',
    secretAnswer: 'not_kept',
    responds: { 200: MailedLink },
    signInLimit: { account: null, kind: 'confirmation', counts: 'flood' },
    handle: ({ app, body }) => looks[body.purpose](app, body.token),
  }),
]
