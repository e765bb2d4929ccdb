import { TicketHas } from '../../../contract/enums.ts'
import { createMailer } from '../../../platform/mail/transport.ts'
import type { Module } from '../../../platform/module.ts'
import { mailedEvent } from '../../desk/ticket-changes/merge-tickets.service.ts'
import { mailsWaitingOfTenant } from '../../identity/tenants/tenants.schemas.ts'
import { blankMails } from './blank-mails.service.ts'
import { foreseenRoutes } from './foreseen-recipients.routes.ts'
import { emailRoutes } from './outgoing-mail.routes.ts'
import { countMailsWaiting, mailFollower, mailStepsOf, writeDigests } from './outgoing-mail.service.ts'
import { hasFailedMail, hasSentMail, mailsWaitingOf } from './outgoing-mail.steps.ts'
import { failAbandonedMails, startQueueRunner, takeOverMail, warnOfCleartext } from './queue-runner.service.ts'
import { refuseUnseenMails } from './ticket-mails.service.ts'
import { unsubscribeRoutes } from './unsubscribe.routes.ts'
import { unsubscribePages } from './unsubscribe-pages.routes.ts'

/** How long taking over a mail from a job of an earlier version may take. */
const takeOverMs = 10_000
/** For the digests of all tenants that are due at once. */
const digestsMs = 600_000

export const outgoingMail: Module = {
  name: 'channels/outgoing-mail',
  tenantTables: ['digest_items', 'emails', 'email_claims'],
  routes: [...emailRoutes, ...foreseenRoutes, ...unsubscribeRoutes],
  pages: unsubscribePages,
  followers: [mailFollower],
  followingSteps: mailStepsOf,
  runners: [(app, processId) => startQueueRunner(app, createMailer(app.config), processId)],
  tasks: () => ({
    send_email: { work: takeOverMail, limitMs: takeOverMs },
    write_digests: { work: writeDigests, limitMs: digestsMs },
  }),
  schedules: [{ schedule: '* * * * *', task: 'write_digests' }],
  prepare: warnOfCleartext,
  refuseUnseen: refuseUnseenMails,
  cleanUps: [
    { name: 'abandoned_mails', batch: 1_000, step: failAbandonedMails },
    { name: 'mail_parameters', batch: 1_000, step: blankMails },
  ],
  conditions: {
    [TicketHas.enum.failed_mail]: hasFailedMail,
    [mailedEvent]: hasSentMail,
    [mailsWaitingOfTenant]: mailsWaitingOf,
  },
  gauges: [{ name: 'counterdesk_mails_waiting', help: 'Mails not handed over yet.', read: countMailsWaiting }],
}
