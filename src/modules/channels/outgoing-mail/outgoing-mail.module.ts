import { createMailer, mailLimitMs } from '../../../platform/mail/transport.ts'
import type { Module } from '../../../platform/module.ts'
import { emailRoutes } from './outgoing-mail.routes.ts'
import { countMailsWaiting, mailFollower } from './outgoing-mail.service.ts'
import { failAbandonedMails, sendEmailTask } from './send-mail.service.ts'

/** How long writing down the outcome of one mail may take, beside the mail server's own time. */
const bookkeepingMs = 10_000

export const outgoingMail: Module = {
  name: 'channels/outgoing-mail',
  routes: emailRoutes,
  followers: [mailFollower],
  tasks: (app) => {
    const mailer = createMailer(app.config)
    return {
      send_email: {
        work: sendEmailTask(mailer),
        limitMs: mailLimitMs(app.config) + bookkeepingMs,
        close: (isForced) => mailer?.close({ force: isForced }),
      },
    }
  },
  cleanUp: failAbandonedMails,
  gauges: [{ name: 'counterdesk_mails_waiting', help: 'Mails not handed over yet.', read: countMailsWaiting }],
}
