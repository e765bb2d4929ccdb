import { z } from 'zod'
import { type Db, one, sql } from '../../../platform/db/sql.ts'
import { addJob } from '../../../platform/jobs/queued-jobs.ts'
import { forgetLinksStep } from '../links/links.steps.ts'
import { endRestoringSteps } from '../ticket-changes/end-restoring.steps.ts'

const Ended = z.object({ tickets: z.int(), files: z.int() })

/**
 * Ends the time to restore at most `limit` tickets that are due: marks their attachments as deleted, with a job that
 * removes the file for each, and forgets their links. Answers with the number of tickets and files.
 */
export const endRestoringOf = (db: Db, deletedDays: number, limit: number): Promise<z.output<typeof Ended>> =>
  one(
    db,
    Ended,
    sql`with ${endRestoringSteps(
      deletedDays,
      limit,
      sql`(select count(*) from attachments f
        where f.tenant_id = g.tenant_id and f.ticket_number = g.ticket_number and f.deleted_at is null)`,
    )},
        f as (
          update attachments f set deleted_at = now() from g
          where f.tenant_id = g.tenant_id and f.ticket_number = g.ticket_number and f.deleted_at is null
          returning f.tenant_id, f.attachment_id),
        unlinked as (${forgetLinksStep(sql`g`)}),
        jobs as materialized (
          select ${addJob({
            task: 'remove_attachment',
            payload: sql`json_build_object('tenant_id', f.tenant_id, 'attachment_id', f.attachment_id)`,
          })} as job
          from f)
        select (select count(*) from g) as tickets, (select count(j.job) from jobs j) as files`,
  )
