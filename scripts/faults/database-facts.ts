import pg from 'pg'

/** A ticket as it stands in the database. */
interface TicketFact {
  tenant: string
  number: number
  ticket: string
  subject: string
}

/**
 * A mail that the product promises for a new ticket, and its row in the database; nulls when there is no row. Other
 * mails in the database are listed as well. Their `ticket` may be null.
 */
interface MailFact {
  tenant: string
  ticket: string | null
  recipient: string
  message_id: string | null
  state: string | null
  attempts: number | null
}

/** What is in the database at the end of a drill. */
export interface Facts {
  tickets: TicketFact[]
  mails: MailFact[]
  /** The number of mails, of any kind, that are not in a final state. */
  mailsWaiting: number
  /** The tenants whose counter differs from the number of their tickets. */
  wrongCounters: string[]
  /** The number of missing positions, of events without a position, and of broken links of the chain. */
  eventGaps: number
}

/** The mails about new tickets: each goes to the customer and the active admins, but not to the admin who made it. */
const promised = `
  with promised as (
    select k.tenant_id, k.ticket_id, a.account_id, a.email,
      case a.role when 'admin' then 'ticket_created_admin' else 'ticket_created_customer' end as template
    from tickets k
    join accounts a on a.tenant_id = k.tenant_id
      and (a.account_id = k.customer_id or (a.role = 'admin' and a.status = 'active' and not exists (
        select from events v where v.tenant_id = k.tenant_id and v.subject_id = k.ticket_id
          and v.type = 'ticket.created' and v.actor_id = a.account_id))))
  select t.slug as tenant, coalesce(p.ticket_id, e.ticket_id) as ticket,
    coalesce(p.email, e.recipient_email) as recipient, e.message_id, e.state, e.attempts
  from promised p
  full join emails e on e.tenant_id = p.tenant_id and e.ticket_id = p.ticket_id and e.account_id = p.account_id
    and e.template = p.template
  join tenants t on t.tenant_id = coalesce(p.tenant_id, e.tenant_id)`

const counters = `
  select t.slug from counters c join tenants t on t.tenant_id = c.tenant_id
  where c.name = 'ticket' and c.value <> (select count(*) from tickets k where k.tenant_id = c.tenant_id)`

const positions = `
  select coalesce(sum(abs(h.position - e.placed) + e.waiting + (e.highest - e.placed)), 0)::int as gaps
  from event_heads h
  cross join lateral (
    select count(v.position) as placed, count(*) filter (where v.position is null) as waiting,
      coalesce(max(v.position), 0) as highest
    from events v where v.tenant_id = h.tenant_id) e`

const brokenLinks = `
  select count(*)::int as gaps from (
    select e.hash is distinct from event_hash(lag(e.hash) over (partition by e.tenant_id order by e.position),
      event_chain_start(e.tenant_id), event_canonical(e.tenant_id, e.position, e.event_id, e.type, e.subject_id,
        e.subject_version, e.actor_id, e.actor_role, e.request_id, e.quiet, e.occurred_at,
        event_content_digest(e.content_salt, e.changes, e.details))) as is_broken
    from events e where e.position is not null
    union all
    select e.hash is distinct from h.hash from event_heads h
    left join events e on e.tenant_id = h.tenant_id and e.position = h.position) links
  where links.is_broken`

const waiting = `
  select (select count(*) from events where position is null)::int as events,
    (select count(*) from emails where state in ('queued', 'deferred'))::int as mails`

/**
 * Frees the jobs, mails and webhooks of dead processes. The product frees them after half a minute, which the short
 * form does not wait: as soon as a process has missed its heartbeat, its row is deleted, and what it holds is made as
 * old as is needed.
 */
const hasten = `
  with dead as (
    delete from worker_processes where seen_at < now() - interval '7 seconds'),
  claims as (
    update email_claims set claimed_at = now() - interval '31 seconds'
    where claimed_at > now() - interval '31 seconds' and claimed_at < now() - interval '7 seconds'
      and holder not in (
        select p.process_id from worker_processes p where p.seen_at >= now() - interval '7 seconds')),
  hooks as (
    update webhooks set held_at = now() - interval '31 seconds'
    where held_at > now() - interval '31 seconds' and held_at < now() - interval '7 seconds'
      and holder not in (
        select p.process_id from worker_processes p where p.seen_at >= now() - interval '7 seconds'))
  update graphile_worker._private_jobs set locked_at = now() - interval '31 seconds'
  where locked_at > now() - interval '31 seconds' and locked_at < now() - interval '7 seconds'
    and locked_by not in (
      select unnest(p.worker_ids) from worker_processes p where p.seen_at >= now() - interval '7 seconds')`

/** Opens connections of the rig to a database, past the proxy. */
export const openFacts = (url: string) => {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5_000, statement_timeout: 30_000 })
  pool.on('error', () => {})
  return {
    pool,
    /** The number of events without a position, and of mails that wait. */
    async countWaiting(): Promise<{ events: number; mails: number }> {
      const { rows } = await pool.query(waiting)
      return rows[0]
    },
    async hastenDeadJobs(): Promise<void> {
      await pool.query(hasten)
    },
    async read(): Promise<Facts> {
      const tickets = await pool.query(
        `select t.slug as tenant, k.ticket_number::float8 as number, k.ticket_id as ticket, k.subject
         from tickets k join tenants t on t.tenant_id = k.tenant_id order by 1, 2`,
      )
      const mails = await pool.query(promised)
      const wrong = await pool.query(counters)
      const gaps = await pool.query(positions)
      const broken = await pool.query(brokenLinks)
      const { rows } = await pool.query(waiting)
      return {
        tickets: tickets.rows,
        mails: mails.rows,
        mailsWaiting: rows[0].mails,
        wrongCounters: wrong.rows.map(({ slug }) => slug),
        eventGaps: gaps.rows[0].gaps + broken.rows[0].gaps,
      }
    },
    close: () => pool.end(),
  }
}

export type FactReader = ReturnType<typeof openFacts>
