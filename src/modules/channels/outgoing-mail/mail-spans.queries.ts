import { z } from 'zod'
import { type Db, many, planForBatch, sql } from '../../../platform/db/sql.ts'
import type { MailKey } from './outgoing-mail.queries.ts'

const MailSpan = z.object({ email_id: z.uuid(), traceparent: z.string() })

/** The spans that wrote the events of mails. Mails without an event, or whose event has no span, are left out. */
export const listMailSpans = (db: Db, mails: MailKey[]): Promise<z.output<typeof MailSpan>[]> =>
  many(
    db,
    MailSpan,
    planForBatch(
      sql`select m.email_id, e.traceparent
        from unnest(${mails.map(({ tenant_id }) => tenant_id)}::integer[],
          ${mails.map(({ email_id }) => email_id)}::uuid[]) as k (tenant_id, email_id)
        join emails m on m.tenant_id = k.tenant_id and m.email_id = k.email_id
        join events e on e.tenant_id = m.tenant_id and e.event_id = m.event_id
        where e.traceparent is not null`,
      mails.length,
    ),
  )
