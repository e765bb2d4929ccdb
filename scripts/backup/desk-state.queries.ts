import type { Pool } from 'pg'
import { z } from 'zod'
import { many, one, sql } from '../../src/platform/db/sql.ts'

const Head = z.object({ tenant: z.string(), position: z.int(), hash: z.string() })

/** The head of the audit chain of each tenant that has events. */
export const listHeads = (pool: Pool) =>
  many(
    pool,
    Head,
    sql`select t.slug as tenant, h.position, encode(h.hash, 'hex') as hash
        from event_heads h join tenants t on t.tenant_id = h.tenant_id
        where h.hash is not null order by t.slug`,
  )

const Count = z.object({ count: z.int() })

/** How many connections of the program and of its scripts there are to the database, without this one. */
export const countPrograms = async (pool: Pool, own: string): Promise<number> =>
  (
    await one(
      pool,
      Count,
      sql`select count(*)::integer as count from pg_stat_activity a
          where a.datname = current_database() and a.pid <> pg_backend_pid()
            and a.application_name like 'counterdesk%' and a.application_name <> ${own}`,
    )
  ).count

/** Whether the database has tables of the product, or the schema of its job runner. */
export const hasDesk = async (pool: Pool): Promise<boolean> =>
  (
    await one(
      pool,
      z.object({ has: z.boolean() }),
      sql`select to_regclass('public.pgmigrations') is not null or to_regclass('public.tenants') is not null
            or to_regnamespace('graphile_worker') is not null as has`,
    )
  ).has
