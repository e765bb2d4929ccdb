import { createMailer, mailLimitMs } from '../../../platform/mail/transport.ts'
import type { Module } from '../../../platform/module.ts'
import { emailRoutes } from './outgoing-mail.routes.ts'
import { countMailsWaiting, failAbandonedMails, mailConsumer, sendEmailTask } from './outgoing-mail.service.ts'

/** How long it may take to write down the fate of one mail, beside the mail server's own time. */
const bookkeepingMs = 10_000

export const outgoingMail: Module = {
  name: 'channels/outgoing-mail',
  routes: emailRoutes,
  followers: [mailConsumer],
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
