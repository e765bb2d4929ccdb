import type { App } from '../../../platform/app-context.ts'
import { blankOldMails } from './blank-mails.queries.ts'

/** Blanks at most `limit` mails older than the `mail_parameters_days` of their tenant, and answers with their number. */
export const blankMails = (app: App, limit: number): Promise<number> =>
  blankOldMails(app.pool, app.config.MAIL_PARAMETERS_DAYS, limit)
