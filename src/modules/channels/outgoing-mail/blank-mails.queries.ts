import { type Db, exec, sql } from '../../../platform/db/sql.ts'
import { countedSetting } from '../../identity/tenants/tenant-settings.steps.ts'

/**
 * Removes the parameters of at most `limit` mails that are older than `days`, wait for nothing and are not held,
 * and with the parameters all texts that the mails quote. Answers with the number of mails.
 */
export const blankOldMails = (db: Db, days: number, limit: number): Promise<number> =>
  exec(
    db,
    sql`update emails e set parameters = '{}', parameters_blanked_at = now() where e.ctid = any (array(
          select o.ctid from tenants n
          cross join lateral (
            select o.ctid from emails o
            where o.tenant_id = n.tenant_id and o.parameters_blanked_at is null and o.state not in ('queued', 'deferred')
              and o.state <> 'held'
              and o.created_at < now() - make_interval(days => ${countedSetting(sql`n`, 'mail_parameters_days', days)})
            order by o.created_at limit ${limit} for update skip locked) o
          limit ${limit}))`,
  )
