import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { mailSettingsOf } from './outgoing-mail.service.ts'
import { findPreviewed, type Trial } from './preview-mail.service.ts'
import { samplesIn } from './templates/template-samples.ts'
import { type WrittenTestMail, writeTestMail } from './test-mails.queries.ts'

/**
 * How many tests an account may send itself within 24 hours.
 * @internal Exported for its test.
 */
export const testMailsPerDay = 100

/**
 * Mails a template that need not be kept to the own address of the actor, filled with the sample or as a mail that was
 * written. Its links have no secrets. The queue sends it, as it sends other mails. The caller has checked the text.
 * @throws AppError `email_not_found`; `validation_failed` as `previewMail`; `quota_exceeded`.
 */
export const sendTestMail = async (
  app: App,
  act: Act<User>,
  trial: Trial,
  emailId: string | null,
): Promise<WrittenTestMail> => {
  const { tenantId, accountId } = act.actor
  if (emailId !== null) await findPreviewed(app, act.actor, emailId, trial)
  const { template, language, source } = trial
  const test = { template, language, source, sample: samplesIn[language][template], emailId }
  const charge = { quota: 'test_mails', who: `${tenantId} ${accountId}`, limit: testMailsPerDay, amount: 1 }
  return app.quotas.spend([charge], () =>
    transaction(
      app.pool,
      async (tx) => {
        const event = eventOf(act, 'email.test_sent', accountId, { details: { template, language } })
        const written = await writeTestMail(tx, mailSettingsOf(app), test, event)
        if (written === null) throw new AppError('email_not_found')
        return written
      },
      act.receipt,
    ),
  )
}
