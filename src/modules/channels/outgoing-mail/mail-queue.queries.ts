import { type Db, exec, many, planForBatch, planNowAndThen, type Sql, sql } from '../../../platform/db/sql.ts'
import { isAlive } from '../../../platform/jobs/liveness.ts'
import { hasJobToRun, lastErrorOfJob } from '../../../platform/jobs/queued-jobs.ts'
import { type MailKey, StoredMail, selectStored } from './outgoing-mail.queries.ts'

// The queue of mails. A mail waits in the state `queued` or `deferred` until it is due. A process claims the mail,
// hands it over, and settles it. Claims are rows of their own, because writing a claim into the mail would write the
// mail's entries of all indexes once more.

/** A condition on a mail `e`: it waits, is due, and no process has it in hand. */
const isFree = sql`e.state in ('queued', 'deferred') and e.due_at <= now() and not exists (
  select from email_claims c where c.tenant_id = e.tenant_id and c.email_id = e.email_id)`

/** A condition: the tenant of a mail `e` is active. The mails of others wait, untried, until the tenant goes on. */
const isOfActive = sql`exists (select from tenants t where t.tenant_id = e.tenant_id and t.state = 'active')`

/**
 * The active tenants that have waiting mails, and how many mails of each are offered: twice as many as fit, in all, so
 * that what one tenant does not need is there for the others. A suspended tenant with mails costs one look at the
 * index.
 */
const waitingTenantsStep = (limit: number): Sql => sql`
  tenants_in_line as (
    (select e.tenant_id from emails e where e.state in ('queued', 'deferred') and e.due_at <= now()
      order by e.tenant_id limit 1)
    union all
    select next.tenant_id from tenants_in_line w cross join lateral (
      select e.tenant_id from emails e
      where e.state in ('queued', 'deferred') and e.due_at <= now() and e.tenant_id > w.tenant_id
      order by e.tenant_id limit 1) next),
  waiting_tenants as materialized (
    select w.tenant_id from tenants_in_line w join tenants t on t.tenant_id = w.tenant_id and t.state = 'active'),
  share as materialized (select greatest(2, ${2 * limit}::integer / greatest(1, count(*))) as size from waiting_tenants)`

/**
 * The undos of offered mails that are under way: their rows are locked, or have changed since the snapshot. A mail is
 * due when the time of its undo is over, so an undo that is not under way by now comes too late. The locks of rows that
 * are not under way are shared and end with the statement; nothing waits for a lock here.
 */
const undosUnderWayStep = sql`
  undos_under_way as materialized (
    select seen.tenant_id, seen.undo_id
    from (select distinct o.tenant_id, o.undo_id from offered o where o.undo_id is not null) o
    cross join lateral (
      select u.tenant_id, u.undo_id, u.undone_at from undos u
      where u.tenant_id = o.tenant_id and u.undo_id = o.undo_id limit 1) seen
    left join lateral (
      select u.undo_id, u.undone_at from undos u
      where u.tenant_id = o.tenant_id and u.undo_id = o.undo_id limit 1 for share skip locked) free on true
    where free.undo_id is null or free.undone_at is distinct from seen.undone_at)`

/**
 * Claims at most `limit` mails that are due, and reads them. Tenants take turns, a mail each, so that no mail waits
 * behind the backlog of another tenant; of a tenant's mails the earliest comes first. Those of a suspended tenant wait.
 * A mail that was in the hand of a process when the process died is a suspect: only one suspect is in hand at a time. A
 * mail whose undo is under way is left for the next look, however long the undo takes to commit.
 *
 * The rows of the mails are locked for the length of the statement, which makes the condition look at their newest
 * versions. So no mail is claimed that another process has settled since the snapshot.
 */
export const claimMails = (db: Db, holder: string, limit: number): Promise<StoredMail[]> =>
  many(
    db,
    StoredMail,
    planNowAndThen(sql`with recursive ${waitingTenantsStep(limit)},
        offered as materialized (
          select own.*, row_number() over (partition by own.tenant_id order by own.due_at, own.event_id) as turn
          from waiting_tenants w
          cross join lateral (
            select e.tenant_id, e.email_id, e.due_at, e.event_id, e.undo_id from emails e
            where e.tenant_id = w.tenant_id and ${isFree} and e.deaths = 0
            order by e.due_at, e.event_id limit (select s.size from share s)) own),
        ${undosUnderWayStep},
        free as materialized (
          select e.tenant_id, e.email_id, o.turn, o.due_at
          from offered o join emails e on e.tenant_id = o.tenant_id and e.email_id = o.email_id
          where ${isFree} and e.deaths = 0 and not exists (
            select from undos_under_way u where u.tenant_id = o.tenant_id and u.undo_id = o.undo_id)
          order by o.turn, o.due_at limit ${limit} for update of e skip locked),
        suspect as materialized (
          select e.tenant_id, e.email_id, 0::bigint as turn, e.due_at from emails e
          where ${isFree} and e.deaths > 0 and ${isOfActive}
            and not exists (select from email_claims other where other.is_suspect)
          order by e.due_at, e.event_id, e.email_id limit 1 for update of e skip locked),
        claimed as (
          insert into email_claims (tenant_id, email_id, holder, is_suspect)
          select f.tenant_id, f.email_id, ${holder}::uuid, false from free f
          union all
          select s.tenant_id, s.email_id, ${holder}::uuid, true from suspect s
          on conflict do nothing
          returning tenant_id, email_id),
        due as materialized (
          select q.tenant_id, q.email_id, d.turn, d.due_at from claimed q
          join (select * from free union all select * from suspect) d
            on d.tenant_id = q.tenant_id and d.email_id = q.email_id)
        ${selectStored(sql`due d join emails e on e.tenant_id = d.tenant_id and e.email_id = d.email_id`)}
        order by d.turn, d.due_at`),
  )

/** Why a mail to somebody who does not see its ticket any more is not sent. */
export const outOfSight = 'The recipient does not see the ticket any more.'

/** What became of a mail that was in hand. */
export interface Outcome extends MailKey {
  /** `postponed`: not tried, because its turn has not come. */
  state: 'sent' | 'failed' | 'captured' | 'cancelled' | 'deferred' | 'postponed'
  error: string | null
  /** Whether the mail server was asked. */
  isAttempt: boolean
  /** To whom the mail was addressed, when that is known. */
  recipient: { name: string; address: string } | null
  /** The SHA-256 of the text that was sent, in hexadecimal digits. */
  sha256: string | null
}

/** The outcomes as a table, one parameter for each column. */
const outcomesStep = (outcomes: Outcome[]): Sql => {
  const column = <T>(of: (outcome: Outcome) => T): T[] => outcomes.map(of)
  return sql`outcomes as materialized (
    select * from unnest(${column(({ tenant_id }) => tenant_id)}::integer[],
      ${column(({ email_id }) => email_id)}::uuid[], ${column(({ state }) => state)}::text[],
      ${column(({ error }) => error)}::text[], ${column(({ isAttempt }) => Number(isAttempt))}::integer[],
      ${column(({ recipient }) => recipient?.name ?? null)}::text[],
      ${column(({ recipient }) => recipient?.address ?? null)}::text[], ${column(({ sha256 }) => sha256)}::text[])
      as o (tenant_id, email_id, state, error, attempts, name, address, sha256))`
}

/**
 * A deferred mail has failed when it was written, or sent again by a person, this long ago (RFC 5321, 4.5.4.1). The
 * time in which its tenant was suspended does not count.
 */
const givenUpAfter = sql`interval '4 days'`

/**
 * Writes down what became of mails that were in hand, and gives the mails back. A mail that is no longer waiting keeps
 * its state. A deferred mail is due after `retrySeconds`, then after twice that and so on, an hour at most; a postponed
 * mail after `retrySeconds`. The delays vary by a fifth, so that the mails of a backlog do not all come at once. A mail
 * that a person had sent again while it was in hand is due again at once, unless the mail server has taken it.
 */
export const settleMails = (db: Db, outcomes: Outcome[], retrySeconds: number): Promise<number> =>
  exec(
    db,
    planForBatch(
      sql`with ${outcomesStep(outcomes)},
        told as materialized (
          select o.*, o.state in ('failed', 'deferred', 'postponed') and c.claimed_at < e.resent_at as is_resent,
            t.resumed_at
          from outcomes o
          join tenants t on t.tenant_id = o.tenant_id
          join emails e on e.tenant_id = o.tenant_id and e.email_id = o.email_id
          left join email_claims c on c.tenant_id = o.tenant_id and c.email_id = o.email_id),
        settled as (
          update emails e set
            state = case when o.is_resent then 'queued' when o.state = 'postponed' then e.state
              when o.state = 'deferred' and greatest(e.created_at, e.resent_at, o.resumed_at) < now() - ${givenUpAfter} then 'failed'
              else o.state end,
            last_error = case when o.state = 'postponed' then e.last_error else o.error end,
            attempts = e.attempts + o.attempts,
            recipient_name = coalesce(o.name, e.recipient_name),
            recipient_email = coalesce(o.address, e.recipient_email),
            sent_at = case when o.state = 'sent' then now() end,
            text_sha256 = decode(o.sha256, 'hex'),
            due_at = case when o.is_resent then now() else case o.state
              when 'postponed' then now() + (0.8 + 0.4 * random()) * make_interval(secs => ${retrySeconds})
              when 'deferred' then now() + (0.8 + 0.4 * random()) * make_interval(
                secs => least(3600, ${retrySeconds}::integer * power(2, least(e.attempts + o.attempts, 20) - 1)))
              else e.due_at end end
          from told o
          where e.tenant_id = o.tenant_id and e.email_id = o.email_id and e.state in ('queued', 'deferred'))
        delete from email_claims c using outcomes o
        where c.tenant_id = o.tenant_id and c.email_id = o.email_id`,
      outcomes.length,
    ),
  )

/**
 * Gives back the mails that a process has claimed and does not have in hand, because the answer to its claim was lost
 * with the connection. Do not call it while a claim of the process is under way.
 */
export const releaseClaims = (db: Db, holder: string, inHand: string[]): Promise<number> =>
  exec(db, sql`delete from email_claims c where c.holder = ${holder}::uuid and c.email_id <> all (${inHand}::uuid[])`)

/** How long a claim stands at least, also when nothing is heard of its process. */
const claimSeconds = 30
/** A mail has failed when so many processes have died with it. */
const deathsAtMost = 3

/**
 * Gives back the mails that were in the hands of dead processes. A mail may have killed its process, so these mails are
 * suspects from then on. When a suspect was among the mails in the hand of a process, only the suspect is blamed for
 * the death. Answers with the number of mails that are blamed.
 */
export const freeClaimsOfTheDead = (db: Db): Promise<number> =>
  exec(
    db,
    sql`with freed as (
          delete from email_claims c
          where c.claimed_at < now() - make_interval(secs => ${claimSeconds}) and not ${isAlive(sql`c.holder`)}
          returning c.tenant_id, c.email_id, c.holder, c.is_suspect)
        update emails e set deaths = e.deaths + 1, last_error = 'Its process died while the mail was handed over.',
          state = case when e.deaths + 1 >= ${deathsAtMost} then 'failed' else e.state end
        from freed f
        where e.tenant_id = f.tenant_id and e.email_id = f.email_id and e.state in ('queued', 'deferred')
          and (f.is_suspect or not exists (select from freed s where s.holder = f.holder and s.is_suspect))`,
  )

/** After the mail server was away: the mails that were put off are due within the next five seconds, not in an hour. */
export const hastenDeferredMails = (db: Db): Promise<number> =>
  exec(
    db,
    sql`update emails e set due_at = now() + random() * interval '5 seconds'
        where e.state = 'deferred' and e.due_at > now() + interval '5 seconds'`,
  )

/** Puts a mail in the queue again, due at once, unless it is there untried. Answers with the number of mails. */
export const requeueMail = (db: Db, { tenant_id, email_id }: MailKey): Promise<number> =>
  exec(
    db,
    sql`update emails e set state = 'queued', due_at = now(), resent_at = now(), deaths = 0, last_error = null,
          sent_at = null, text_sha256 = null
        where e.tenant_id = ${tenant_id} and e.email_id = ${email_id} and e.state <> 'queued'
          and e.parameters_blanked_at is null`,
  )

/** Takes a mail over from its job of an earlier version: from now on the mail is in the queue. */
export const takeOverFromJob = (db: Db, { tenant_id, email_id }: MailKey): Promise<number> =>
  exec(
    db,
    sql`update emails e set due_at = now()
        where e.tenant_id = ${tenant_id} and e.email_id = ${email_id} and e.due_at is null
          and e.state in ('queued', 'deferred')`,
  )

const jobKey = sql`'email ' || e.email_id`

/**
 * Marks at most `limit` waiting mails of an earlier version as failed whose job will not run again, or is gone. Answers
 * with the number of mails.
 */
export const failMailsWithoutJob = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`update emails e set state = 'failed',
          last_error = coalesce('Given up: ' || ${lastErrorOfJob(jobKey)}, 'There is no job that sends it.')
        where e.ctid = any (array(
          select e.ctid from emails e
          where e.state in ('queued', 'deferred') and e.due_at is null and not ${hasJobToRun(jobKey)}
          limit ${limit} for update skip locked))`,
  )
