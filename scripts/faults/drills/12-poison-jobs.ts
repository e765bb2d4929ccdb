import type { Drill, Rig } from '../rig.ts'
import type { Service } from '../service.ts'

const poison = new URL('../poisoned-transport.ts', import.meta.url).href

/**
 * Adds copies of mails to the queue, to accounts at `<kind><n>@poison.example.com`. They are so old that the next
 * failure is the last.
 */
const addMails = `
  with busy as (
    select tenant_id from emails where template = 'ticket_created_customer' order by created_at limit 1),
  people as (
    insert into accounts (tenant_id, account_id, role, name, sign_in_name, email, status)
    select t.tenant_id, public_id('CUS', 900000 + n + $3), 'customer', 'Poison', address, address, 'active'
    from busy t, generate_series(1, $2) n,
      lateral (select $1 || n || '@poison.example.com' as address) a
    returning tenant_id, account_id, email, substring(account_id, 4)::integer - 900000 - $3 as n),
  models as (
    select e.*, row_number() over (order by e.created_at, e.email_id) as n from emails e
    where e.template = 'ticket_created_customer' and e.tenant_id = (select tenant_id from busy)
    order by e.created_at, e.email_id limit $2)
  insert into emails (tenant_id, event_id, account_id, template, parameters, recipient_name, recipient_email, message_id,
    state, due_at, created_at)
  select m.tenant_id, m.event_id, p.account_id, case $1 when 'throws' then $1 else m.template end, m.parameters, 'Poison',
    p.email, '<' || gen_random_uuid() || '@poison>', 'queued', now(), now() - interval '5 days'
  from models m join people p on p.n = m.n`

/** Counts the poisoned mails and jobs that can still be tried. */
const poisonLeft = `
  select (select count(*) from emails e join accounts a using (tenant_id, account_id)
      where a.email like '%@poison.example.com' and e.state in ('queued', 'deferred'))::int
    + (select count(*) from graphile_worker._private_jobs j
      where j.payload ->> 'poison' is not null and (j.locked_at is not null or j.attempts < j.max_attempts))::int as left`

/** Frees what a dead process held. The product does so after half a minute, which the short form does not wait. */
const age = `with dead as (delete from worker_processes),
  claims as (update email_claims set claimed_at = now() - interval '31 seconds')
  update graphile_worker._private_jobs set locked_at = now() - interval '31 seconds' where locked_at is not null`

/** Starts the program. A mail may kill it before it is ready, which is no error: it will be found dead. */
const startAgain = async (service: Service): Promise<void> => {
  try {
    await service.start()
  } catch (error) {
    if (service.program().isRunning()) throw error
  }
}

/** Starts the program again each time it dies, until no poisoned job is left. Answers with the number of its deaths. */
const superviseUntilClean = async (rig: Rig, service: Service, isQuick: boolean): Promise<number> => {
  let deaths = 0
  const { pool } = rig.facts
  await rig.until('no poisoned job is left', isQuick ? 60 : 300, async () => {
    if (!service.program().isRunning()) {
      deaths += 1
      await service.kill()
      if (isQuick) await pool.query(age)
      await startAgain(service)
    }
    return (await pool.query(poisonLeft)).rows[0].left === 0
  })
  return deaths
}

/**
 * Some jobs throw, some mails cannot be written or hang, and one mail kills the process each time. They fail, and all
 * other mails are sent.
 */
export const poisonJobs: Drill = {
  number: 12,
  title: 'jobs that throw, hang, or kill the process',
  async run(rig, isQuick) {
    const service = await rig.startService({ SMTP_TIMEOUT_SECONDS: '1', NODE_OPTIONS: `--import=${poison}` })
    const { pool } = rig.facts
    await rig.startLoad([service], { perSecond: isQuick ? 20 : 40 })
    await rig.sleep(2)
    const end = rig.beginFault()
    const bad = `select graphile_worker.add_job('send_email', '{"poison":true}'::json, max_attempts => 2)
      from generate_series(1, 10)`
    await pool.query(bad)
    await pool.query(addMails, ['throws', 3, 0])
    await pool.query(addMails, ['hangs', 3, 10])
    await superviseUntilClean(rig, service, isQuick)
    await pool.query(addMails, ['kills', 1, 20])
    const deaths = await superviseUntilClean(rig, service, isQuick)
    end()
    if (deaths !== 3) throw new Error(`the mail killed the process ${deaths} times, not 3`)
    await pool.query(`select graphile_worker.add_job('clean_up')`)
    await rig.sleep(2)
    return {
      refused: (recipient) => recipient.endsWith('@poison.example.com'),
      // Mails that were with the mail server when the process died come again.
      repeats: deaths * 10,
      note: '10 bad payloads, 3 mails that throw, 3 that hang: given up; 1 that kills: given up after 3 deaths',
    }
  },
}
