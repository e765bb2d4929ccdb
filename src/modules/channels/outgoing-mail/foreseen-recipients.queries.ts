import { type Db, many, planEachTime, sql } from '../../../platform/db/sql.ts'
import { eventOfImagined, type ImaginedComment } from '../recipients/event-sources.steps.ts'
import { recipientStepsOf } from '../recipients/recipients.steps.ts'
import { ForeseenRecipient } from './foreseen-recipients.schemas.ts'
import { choicesStep, isChosen } from './mail-choices.steps.ts'

/**
 * Who would be told of a comment if it were written now, and how: the customer first, at most `limit`. The steps are
 * those of the statements that write mails and notifications.
 */
export const listForeseen = (db: Db, comment: ImaginedComment, limit: number): Promise<ForeseenRecipient[]> =>
  many(
    db,
    ForeseenRecipient,
    planEachTime(sql`with ${recipientStepsOf(eventOfImagined(comment))}, ${choicesStep}
      select w.account_id, w.account_name as name, w.account_role as role, w.reason, w.kind,
        case when w.way = 'mail' and m.template is null then 'console' else w.way end as told_by, m.template
      from recipients w
      left join choices m on ${isChosen}
      order by w.account_role <> 'customer', w.account_id limit ${limit}`),
  )
