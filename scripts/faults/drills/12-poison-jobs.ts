import { isAlive } from '../../../src/platform/db/embedded/os-user.ts'
import type { Drill, Rig } from '../rig.ts'
import type { Service } from '../service.ts'

const poison = new URL('../poisoned-transport.ts', import.meta.url).href

/** Adds copies of mails, to `<kind><n>@poison.example.com`, each with its job. */
const addMails = `
  with copies as (
    insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
      recipient_email, message_id, state)
    select e.tenant_id, gen_random_uuid(), e.event_id, 'CUS0010', case $1 when 'throws' then $1 else e.template end,
      e.parameters, e.recipient_name, $1 || e.event_id || '@poison.example.com', '<' || gen_random_uuid() || '@poison>',
      'queued'
    from emails e where e.template = 'ticket_created_customer' and not exists (
      select from emails o where o.tenant_id = e.tenant_id and o.event_id = e.event_id and o.account_id = 'CUS0010')
    order by e.created_at limit $2
    returning tenant_id, email_id)
  select graphile_worker.add_job('send_email', json_build_object('tenant_id', c.tenant_id, 'email_id', c.email_id),
    max_attempts => $3, job_key => 'email ' || c.email_id)
  from copies c`

/** Counts the poisoned jobs that can still run. */
const poisonLeft = `
  select count(*)::int as left from graphile_worker._private_jobs j left join emails e on j.key = 'email ' || e.email_id
  where (e.recipient_email like '%@poison.example.com' or j.payload ->> 'poison' is not null)
    and (j.locked_at is not null or j.attempts < j.max_attempts)`

/** Frees the jobs of a dead process. The product does so after half a minute, which the short form does not wait. */
const age = `with dead as (delete from worker_processes)
  update graphile_worker._private_jobs set locked_at = now() - interval '31 seconds' where locked_at is not null`

/** Starts the program again each time it dies, until no poisoned job is left. Answers with the number of its deaths. */
const superviseUntilClean = async (rig: Rig, service: Service, isQuick: boolean): Promise<number> => {
  let deaths = 0
  const { pool } = rig.facts
  await rig.until('no poisoned job is left', isQuick ? 60 : 300, async () => {
    if (!isAlive(service.program().pid)) {
      deaths += 1
      await service.kill()
      if (isQuick) await pool.query(age)
      await service.start()
    }
    return (await pool.query(poisonLeft)).rows[0].left === 0
  })
  return deaths
}

/** Some jobs throw, some hang, and one kills the process each time. They fail, and all other mails are sent. */
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
    await pool.query(addMails, ['throws', 3, 2])
    await pool.query(addMails, ['hangs', 3, isQuick ? 1 : 2])
    await superviseUntilClean(rig, service, isQuick)
    await pool.query(addMails, ['kills', 1, null])
    const deaths = await superviseUntilClean(rig, service, isQuick)
    end()
    if (deaths !== 3) throw new Error(`the job killed the process ${deaths} times, not 3`)
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
