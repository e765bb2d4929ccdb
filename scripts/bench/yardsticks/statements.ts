// What the yardsticks share: the pool, and SQL that writes and reads the same rows as the product.
import type { IncomingHttpHeaders } from 'node:http'
import pg from 'pg'

export const port = Number(process.env.PORT)

export const openPool = (): pg.Pool => new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

/** The tenant of a request. The load generator names it in a header, because a yardstick reads no token. */
export const tenantOf = (headers: IncomingHttpHeaders): number => Number(headers['x-bench-tenant'])

export const listColumns = `t.ticket_id, t.subject, t.issue_category, t.issue_description, t.priority, t.status,
  t.customer_id, c.name as customer_name, t.technician_id, w.name as technician_name, t.resolution_summary,
  t.raised_date, t.updated_at, t.resolved_date, t.closed_date, t.version`

export const listNames = `join accounts c on c.tenant_id = t.tenant_id and c.account_id = t.customer_id
  left join accounts w on w.tenant_id = t.tenant_id and w.account_id = t.technician_id`

const logged = `insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
  select $1, 'ticket.created', t.ticket_id, t.version, $6, 'customer' from t`

/** Number, ticket and event in one statement. */
export const createStatement = `with counter as (
    update counters set value = value + 1 where tenant_id = $1 and name = 'ticket' returning value),
  t as (insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, customer_id)
    select $1, counter.value, $2, $3, $4, $5, $6 from counter returning *),
  logged as (${logged})
  select ${listColumns} from t ${listNames}`

/** The same row, with its number from a sequence. */
export const createBySequence = `with t as (
    insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, customer_id)
    values ($1, nextval('bench_numbers'), $2, $3, $4, $5, $6) returning *),
  logged as (${logged})
  select ${listColumns} from t ${listNames}`
