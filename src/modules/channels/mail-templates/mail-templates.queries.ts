import { z } from 'zod'
import { Language } from '../../../contract/enums.ts'
import { type Db, exec, many, maybeOne, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { timestamp } from '../../../platform/schemas.ts'
import type { Source } from '../outgoing-mail/templates/template-source.ts'

const columns = sql`m.template, m.language, m.version, m.updated_at, m.updated_by`

const Kept = z.object({
  template: z.string(),
  language: Language,
  version: z.int(),
  updated_at: timestamp,
  updated_by: z.string(),
  is_set: z.boolean(),
})
export type KeptTemplate = z.output<typeof Kept>

/** What a tenant has written, or had written, without the texts: at most one row for each template and language. */
export const listKept = (db: Db, tenantId: number): Promise<KeptTemplate[]> =>
  many(
    db,
    Kept,
    sql`select ${columns}, m.text is not null as is_set from mail_templates m
        where m.tenant_id = ${tenantId} order by m.template, m.language limit 1000`,
  )

const KeptSource = Kept.omit({ is_set: true }).extend({ subject: z.string().nullable(), text: z.string().nullable() })
export type KeptSource = z.output<typeof KeptSource>

interface Key {
  tenantId: number
  template: string
  language: Language
}

const findWhere = (db: Db, { tenantId, template, language }: Key, lock: Sql): Promise<KeptSource | null> =>
  maybeOne(
    db,
    KeptSource,
    sql`select ${columns}, m.subject, m.text from mail_templates m
        where m.tenant_id = ${tenantId} and m.template = ${template} and m.language = ${language} ${lock}`,
  )

export const findKept = (db: Db, key: Key): Promise<KeptSource | null> => findWhere(db, key, sql``)

/** What is kept, locked for a change. Without a row nothing is locked; see `writeKept`. */
export const lockKept = (tx: Tx, key: Key): Promise<KeptSource | null> => findWhere(tx, key, sql`for update`)

/**
 * Keeps what a tenant wrote, or with null that it wrote nothing, and the event. Zero when another first change came
 * before: then the transaction must be rolled back.
 */
export const writeKept = (
  tx: Tx,
  { tenantId, template, language }: Key,
  source: Source | null,
  { before, by }: { before: number; by: string },
  event: NewEvent,
): Promise<number> =>
  exec(
    tx,
    sql`with written as (
          insert into mail_templates as m (tenant_id, template, language, subject, text, version, updated_by)
          values (${tenantId}, ${template}, ${language}, ${source?.subject ?? null}, ${source?.text ?? null},
            ${before + 1}, ${by})
          on conflict on constraint mail_templates_pkey do update set subject = excluded.subject,
            text = excluded.text, version = excluded.version, updated_at = now(), updated_by = excluded.updated_by
          where m.version = ${before}
          returning m.version),
        logged as (${appendEvents([event])})
        select from written`,
  )
