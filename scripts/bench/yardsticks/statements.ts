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

/** The number of the ticket that a path such as `/api/tickets/TKT0001` names. */
export const numberIn = (path: string): number => Number(path.slice('/api/tickets/TKT'.length).split('/')[0])

/** The version that a request says in If-Match. */
export const versionOf = (headers: IncomingHttpHeaders): number => Number(headers['if-match']?.replaceAll('"', ''))

/** A new subject and its event in one statement. No row: the ticket has another version. */
export const changeStatement = `with t as (
    update tickets t set subject = $4, updated_at = now(), version = t.version + 1
    where t.tenant_id = $1 and t.ticket_number = $2 and t.version = $3 returning *),
  logged as (insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role, changes)
    select $1, 'ticket.updated', t.ticket_id, t.version, 'admin', 'admin', jsonb_build_object('subject', $4::text) from t)
  select ${listColumns} from t ${listNames}`

/** A comment, the time of its ticket, and its event in one statement. */
export const commentStatement = `with t as (
    update tickets set updated_at = now() where tenant_id = $1 and ticket_number = $2
    returning ticket_id, ticket_number),
  c as (insert into comments (tenant_id, comment_id, ticket_number, author_id, visibility, body, created_at)
    select $1, gen_random_uuid(), t.ticket_number, $3, 'public', $4, now() from t returning *),
  logged as (insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
    select $1, 'comment.added', t.ticket_id, 1, $3, 'admin' from t)
  select c.comment_id, c.author_id, c.visibility, c.body, c.created_at from c`
