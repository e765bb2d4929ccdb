import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { exec, many, one, type Sql, sql } from '../../platform/db/sql.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { createTickets } from '../support/create-tickets.ts'
import { createWorld } from '../support/people.ts'
import { createApi } from '../support/requests.ts'
import { type Ended, runScript } from '../support/run-script.ts'
import { logIn } from '../support/sign-in-requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

let desk: Desk
let folder: string

const run = (script: string, ...options: string[]): Promise<Ended> =>
  runScript(desk.databaseUrl, folder, script, ...options)

const signIn = (tenant: string, name: string, password: string) =>
  logIn(createApi(desk.url, { 'X-Tenant': tenant }), name, password)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-demo-'))
  desk = await startDesk({ withWorker: false })
})

afterAll(async () => {
  await desk?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('npm run demo', () => {
  let made: Ended
  let tenantId: number

  const select = <S extends z.ZodType>(schema: S, statement: Sql) => many(desk.app.pool, schema, statement)
  /** The rows of every table that has tenants, where the tenant is as the condition says. */
  const countEverywhere = async (condition: Sql): Promise<Record<string, number>> => {
    const Table = z.object({ name: z.string() })
    const tables = await select(
      Table,
      sql`select a.attrelid::regclass::text as name from pg_attribute a join pg_class c on c.oid = a.attrelid
          where a.attname = 'tenant_id' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`,
    )
    const counts: Record<string, number> = {}
    for (const { name } of tables) {
      const { text, values } = condition
      const counted = await desk.owner.query(`select count(*) from ${name} where tenant_id ${text}`, values)
      counts[name] = Number(counted.rows[0].count)
    }
    return counts
  }
  const count = async (statement: Sql): Promise<number> =>
    (await one(desk.app.pool, z.object({ count: z.int() }), statement)).count

  beforeAll(async () => {
    made = await run('demo/demo')
    const key = z.object({ tenant_id: z.int() })
    ;({ tenant_id: tenantId } = await one(
      desk.app.pool,
      key,
      sql`select t.tenant_id from tenants t where t.slug = 'default'`,
    ))
  })

  test('fills the tenant and prints who can sign in', async () => {
    expect(made).toMatchObject({ code: 0, err: [] })
    const password = /everybody is\s+(\S+)/.exec(made.out)?.[1] ?? ''
    const names = [...made.out.matchAll(/^ {2}(admin|technician|customer) +(\S+)/gm)].map(([, role, name = '']) => ({
      role,
      name,
    }))
    expect(names).toHaveLength(1 + 6 + 19)
    for (const { role, name } of [names[0], names[1], names[7]].filter((person) => person !== undefined)) {
      expect((await signIn('default', name, password)).body.user).toMatchObject({ role, tenant: 'default' })
    }
  })

  test('200 tickets of 20 customers in 4 categories, in every status, most of them done', async () => {
    const rows = await select(
      z.object({ status: z.string(), count: z.int() }),
      sql`select t.status, count(*) from tickets t where t.tenant_id = ${tenantId} group by t.status order by 2 desc`,
    )
    expect(rows.map(({ status }) => status).sort()).toEqual(
      ['new', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed'].sort(),
    )
    expect(rows[0]?.status).toBe('closed')
    expect(rows.reduce((sum, row) => sum + row.count, 0)).toBe(200)
    const [totals] = await select(
      z.object({
        subjects: z.int(),
        categories: z.int(),
        technicians: z.int(),
        customers: z.int(),
        priorities: z.int(),
      }),
      sql`select count(distinct t.subject) as subjects, count(distinct t.issue_category) as categories,
            count(distinct t.technician_id) as technicians, count(distinct t.priority) as priorities,
            (select count(*) from customers c where c.tenant_id = ${tenantId}) as customers
          from tickets t where t.tenant_id = ${tenantId}`,
    )
    expect(totals).toMatchObject({ categories: 4, technicians: 6, customers: 20, priorities: 4 })
    expect(totals?.subjects).toBeGreaterThan(100)
  })

  test('the numbers are in the order of creation, over two months and up to the last days', async () => {
    const [span] = await select(
      z.object({ backwards: z.int(), days: z.number(), newest_days: z.number(), future: z.int() }),
      sql`select count(*) filter (where r.raised_date <= r.before) as backwards,
            (extract(epoch from max(r.raised_date) - min(r.raised_date)) / 86400)::float8 as days,
            (extract(epoch from now() - max(r.raised_date)) / 86400)::float8 as newest_days,
            count(*) filter (where greatest(r.raised_date, r.updated_at, r.closed_date) > now()) as future
          from (select t.raised_date, t.updated_at, t.closed_date,
                  lag(t.raised_date) over (order by t.ticket_number) as before
                from tickets t where t.tenant_id = ${tenantId}) r`,
    )
    expect(span).toMatchObject({ backwards: 0, future: 0 })
    expect(span?.days).toBeGreaterThan(50)
    expect(span?.newest_days).toBeLessThan(4)
  })

  test('a ticket has the times, the status and the version that its events tell', async () => {
    const astray = sql`
      select count(*) from tickets t
      join lateral (
        select min(e.occurred_at) as first, max(e.subject_version) as version,
          max(e.occurred_at) filter (where e.details ->> 'visibility' is distinct from 'internal') as last,
          max(e.occurred_at) filter (where e.type = 'ticket.resolved') as resolved,
          (array_agg(e.changes -> 'status' ->> 'to' order by e.event_id desc)
            filter (where e.changes ? 'status'))[1] as status,
          bool_and(e.type = 'ticket.created') filter (where e.subject_version = 1) as is_created
        from events e where e.tenant_id = t.tenant_id and e.subject_id = t.ticket_id) h on true
      where t.tenant_id = ${tenantId} and (
        t.raised_date <> h.first or coalesce(t.first_response_at, 'infinity') > h.resolved or t.updated_at <> h.last or t.version <> h.version or not h.is_created
        or t.status <> coalesce(h.status, 'new') or t.resolved_date <> h.resolved
        or t.resolved_date <= t.raised_date or t.closed_date < t.resolved_date)`
    expect(await count(astray)).toBe(0)
  })

  test('people talk on the tickets: public and internal comments, each with the time of its event', async () => {
    const said = await select(
      z.object({ author_role: z.string(), visibility: z.string(), count: z.int(), astray: z.int() }),
      sql`select a.role as author_role, m.visibility, count(*),
            count(*) filter (where m.created_at <> e.occurred_at or t.first_response_at > m.created_at) as astray
          from comments m
          join tickets t on t.tenant_id = m.tenant_id and t.ticket_number = m.ticket_number
          join accounts a on a.tenant_id = m.tenant_id and a.account_id = m.author_id
          join events e on e.tenant_id = m.tenant_id and e.type = 'comment.added' and e.subject_id = t.ticket_id
            and e.details ->> 'comment_id' = m.comment_id::text
          where m.tenant_id = ${tenantId} and m.deleted_at is null and (a.role = 'customer' or m.visibility = 'public')
          group by 1, 2 order by 1`,
    )
    const [byCustomers, byTechnicians] = said
    expect(byCustomers).toMatchObject({ author_role: 'customer', visibility: 'public' })
    expect(byTechnicians).toMatchObject({ author_role: 'technician', visibility: 'public', astray: 0 })
    for (const { count } of said) expect(count).toBeGreaterThan(10)
    const notes = sql`select count(*) from comments m where m.tenant_id = ${tenantId} and m.visibility = 'internal'`
    expect(await count(notes)).toBeGreaterThan(10)
  })

  test('tickets hang together: tags that are counted right, links with the times of their events, watchers, a merge, a restored ticket', async () => {
    const [found] = await select(
      z.object({
        tagged: z.int(),
        miscounted: z.int(),
        kinds: z.string(),
        late: z.int(),
        watchers: z.int(),
        merged: z.int(),
        restored: z.int(),
        deleted: z.int(),
      }),
      sql`select
            (select count(*) from tickets t where t.tenant_id = ${tenantId} and t.tags <> '{}') as tagged,
            (select count(*) from tags g where g.tenant_id = ${tenantId} and g.ticket_count <>
              (select count(*) from tickets t where t.tenant_id = ${tenantId} and g.tag = any (t.tags))) as miscounted,
            (select string_agg(distinct l.kind, ' ') from ticket_links l where l.tenant_id = ${tenantId}) as kinds,
            (select count(*) from ticket_links l
              where l.tenant_id = ${tenantId} and not exists (select from events e
                where e.tenant_id = ${tenantId} and e.type = 'ticket.linked' and e.occurred_at = l.created_at)) as late,
            (select count(*) from ticket_watchers k where k.tenant_id = ${tenantId}) as watchers,
            (select count(*) from tickets t where t.tenant_id = ${tenantId} and t.merged_into_number is not null)
              as merged,
            (select count(*) from events e where e.tenant_id = ${tenantId} and e.type = 'ticket.restored') as restored,
            (select count(*) from tickets t where t.tenant_id = ${tenantId} and t.deleted_at is not null) as deleted`,
    )
    expect(found).toMatchObject({
      miscounted: 0,
      kinds: 'duplicate parent related',
      late: 0,
      merged: 1,
      restored: 1,
      deleted: 0,
    })
    expect(found?.tagged).toBeGreaterThan(40)
    expect(found?.watchers).toBeGreaterThan(5)
    // What is merged is about the same.
    const astray = sql`
      select count(*) from tickets t
      join tickets f on f.tenant_id = t.tenant_id and f.ticket_number = t.merged_into_number
      where t.tenant_id = ${tenantId} and t.subject <> 'Still: ' || f.subject`
    expect(await count(astray)).toBe(0)
    // The mails of the merge went to its customer, to both technicians and to a watcher.
    const mailed = sql`
      select count(*) from emails m where m.tenant_id = ${tenantId} and m.template like 'ticket_merged%'`
    expect(await count(mailed)).toBe(4)
  })

  test('the log is in the order of time and has been fanned out; the mails have its times', async () => {
    const backwards = sql`
      select count(*) from (
        select e.occurred_at, lag(e.occurred_at) over (order by e.event_id) as before from events e
        where e.tenant_id = ${tenantId}) o
      where o.occurred_at < o.before`
    expect(await count(backwards)).toBe(0)
    // Except for the sign-ins of the tests above, because this desk has no worker.
    const waiting = sql`select count(*) from events e
      where e.tenant_id = ${tenantId} and e.position is null and e.type not like 'session.%'`
    expect(await count(waiting)).toBe(0)
    const mails = await select(
      z.object({ state: z.string(), count: z.int(), astray: z.int() }),
      sql`select m.state, count(*), count(*) filter (where m.created_at <> e.occurred_at) as astray
          from emails m join events e on e.tenant_id = m.tenant_id and e.event_id = m.event_id
          where m.tenant_id = ${tenantId} group by m.state`,
    )
    expect(mails).toEqual([{ state: 'captured', count: expect.any(Number), astray: 0 }])
    const early = sql`
      select count(*) from events e
      join accounts a on a.tenant_id = e.tenant_id and a.account_id = e.actor_id
      where e.tenant_id = ${tenantId} and e.occurred_at < a.created_at`
    expect(await count(early)).toBe(0)
  })

  test('people are told as they chose; a mention, a comment taken back, a look and drafts are there', async () => {
    const [found] = await select(
      z.object({
        daily: z.int(),
        in_console: z.int(),
        waiting: z.int(),
        mentions: z.int(),
        undone: z.int(),
        drafts: z.int(),
        looking: z.int(),
      }),
      sql`select
            (select count(distinct c.account_id) from notification_choices c
              where c.tenant_id = ${tenantId} and c.way = 'daily') as daily,
            (select count(distinct c.account_id) from notification_choices c
              where c.tenant_id = ${tenantId} and c.way = 'console') as in_console,
            (select count(*) from digest_items i where i.tenant_id = ${tenantId}) as waiting,
            (select count(*) from notifications n
              join notification_choices c on c.tenant_id = n.tenant_id and c.account_id = n.account_id
                and c.kind = n.kind and c.way = 'console'
              where n.tenant_id = ${tenantId} and n.kind = 'ticket_mention' and n.read_at is null) as mentions,
            (select count(*) from events e where e.tenant_id = ${tenantId} and e.type = 'ticket.change_undone') as undone,
            (select count(*) from drafts d where d.tenant_id = ${tenantId} and d.body <> '') as drafts,
            (select count(*) from ticket_presence p where p.tenant_id = ${tenantId}) as looking`,
    )
    expect(found).toEqual({ daily: 1, in_console: 1, waiting: 1, mentions: 1, undone: 1, drafts: 3, looking: 1 })
    const unread = sql`select count(*) from notifications n where n.tenant_id = ${tenantId} and n.read_at is null`
    expect(await count(unread)).toBeLessThan(10)
  })

  test('a confirmation says what was true when it was written', async () => {
    const untrue = sql`
      select count(*) from emails m
      where m.tenant_id = ${tenantId} and m.template in ('ticket_created_customer', 'ticket_created_admin')
        and (m.parameters ->> 'status' <> 'new' or m.parameters ->> 'technician_name' is not null)`
    expect(await count(untrue)).toBe(0)
  })

  test('a second organisation is there: German, with a colour of its own, and a webhook that sends nothing', async () => {
    expect(made.out).toMatch(/A second organisation, Kanzlei Lindenhof, is at .*\/t\/default-linden\/ .*with 5 tickets/)
    const password = /everybody is\s+(\S+)/.exec(made.out)?.[1] ?? ''
    const greta = await logIn(createApi(desk.url, { 'X-Tenant': 'default-linden' }), 'greta', password)
    expect(greta.body.user).toMatchObject({ role: 'admin', tenant: 'default-linden' })
    const asGreta = createApi(desk.url, { Authorization: `Bearer ${greta.body.token}` })
    const looks = (await createApi(desk.url, { 'X-Tenant': 'default-linden' }).get('/tenant')).body
    expect(looks).toMatchObject({ name: 'Kanzlei Lindenhof', languages: ['de', 'en'], accent_colour: '#7a3e9d' })
    const { tickets } = (await asGreta.get('/tickets')).body
    expect(tickets.map(({ status }: { status: string }) => status).sort()).toEqual(
      ['in_progress', 'in_progress', 'new', 'new', 'resolved'].sort(),
    )
    const { webhooks } = (await asGreta.get('/webhooks')).body
    expect(webhooks).toMatchObject([{ state: 'disabled', waiting: 0, last_failure_at: null, last_success_at: null }])
  })

  test('a second run changes nothing', async () => {
    const state = () =>
      select(
        z.object({ events: z.int(), tickets: z.int(), accounts: z.int(), emails: z.int() }),
        sql`select (select count(*) from events) as events, (select count(*) from tickets) as tickets,
              (select count(*) from accounts) as accounts, (select count(*) from emails) as emails`,
      )
    const before = await state()
    expect(await run('demo/demo')).toMatchObject({ code: 0, out: expect.stringContaining('already'), err: [] })
    expect(await state()).toEqual(before)
  })

  test('takes its time while a worker hands on events, and says how to remove what is left of a demo', async () => {
    // The fan-out of a worker is as fast as it can be: it hands on the event about the admin when that is committed.
    const stop = new AbortController()
    const worker = (async () => {
      while (!stop.signal.aborted) {
        await fanOutOnce(desk.app.pool, [], 500)
        await nextTurn()
      }
    })()
    const filled = await run('demo/demo', '--tenant', 'demo', '--tickets', '20')
    stop.abort()
    await worker
    expect(filled).toMatchObject({ code: 0, err: [] })
    const late = sql`select count(*) from events e join tenants t on t.tenant_id = e.tenant_id
      where t.slug = 'demo' and e.type = 'admin.created' and e.occurred_at > now() - interval '50 days'`
    expect(await count(late)).toBe(0)

    // A demo that cannot go on says it in plain words.
    const broken = `create function be_slow() returns trigger language plpgsql as
      $$ begin raise 'canceling statement due to statement timeout' using errcode = '57014'; end $$;
      create trigger be_slow before update on events for each row when (new.quiet = old.quiet) execute function be_slow()`
    await desk.owner.query(broken)
    const slow = await run('demo/demo', '--tenant', 'slow', '--create', '--tickets', '20')
    await desk.owner.query('drop trigger be_slow on events; drop function be_slow()')
    const advice = '--tenant slow --remove --yes; '
    expect(slow).toMatchObject({
      code: 1,
      err: [expect.stringMatching(`^The demo did not become complete: .* busy: .* ${advice}`)],
    })
    const again = await run('demo/demo', '--tenant', 'slow', '--tickets', '20')
    expect(again).toMatchObject({ code: 1, err: [expect.stringMatching(`did not finish .* ${advice}`)] })
  }, 60_000)

  test('makes no tenant by a typing error', async () => {
    const { code, out, err } = await run('demo/demo', '--tenant', 'dmeo')
    expect([code, out]).toEqual([1, ''])
    expect(err).toEqual([
      expect.stringMatching(/^There is no tenant dmeo\. Tenants: default.* --tenant dmeo --create$/),
    ])
    expect(await run('demo/demo', '--tenant', 'dmeo', '--remove', '--yes')).toMatchObject({ code: 1, out: '' })
    expect(await count(sql`select count(*) from tenants t where t.slug = 'dmeo'`)).toBe(0)
  })

  test('is removed with --remove --yes, with everything in its tenant and nothing of others', async () => {
    const world = await createWorld(desk)
    await createTickets(world.cleo, 2)
    const { tenant_id: secondId } = await one(
      desk.app.pool,
      z.object({ tenant_id: z.int() }),
      sql`select t.tenant_id from tenants t where t.slug = 'default-linden'`,
    )
    const others = () => countEverywhere(sql`<> all (${[tenantId, secondId]}::integer[])`)
    const before = await others()
    const refused = await run('demo/demo', '--tenant', world.slug, '--remove', '--yes')
    expect(refused).toMatchObject({ code: 1, out: '', err: [expect.stringContaining(world.cleo.email)] })
    // Nobody removes a tenant that the demo did not make.
    const forced = await run('demo/demo', '--tenant', world.slug, '--remove', '--yes', '--with-others', world.slug)
    expect(forced).toMatchObject({ code: 1, out: '', err: [expect.stringContaining('did not make this tenant')] })

    const api = createApi(desk.url)
    const person = { name: 'Visitor', email: 'visitor@bücher.example', password: 'correct-horse-7' }
    expect((await api.post('/auth/register', person)).status).toBe(201)
    for (const more of [[], ['--with-others'], ['--with-others', world.slug]]) {
      const { code, out } = await run('demo/demo', '--remove', '--yes', ...more)
      expect([code !== 0, out]).toEqual([true, ''])
    }
    expect(await run('demo/demo', '--remove', '--yes')).toMatchObject({
      err: [expect.stringMatching(/1 people .*visitor@bücher\.example.*GET \/customers.* --with-others default$/)],
    })

    const warned = await run('demo/demo', '--remove', '--with-others', 'default')
    expect(warned).toMatchObject({
      code: 1,
      out: '',
      err: [expect.stringMatching(/would remove .* 200 tickets.* --yes --with-others default$/)],
    })
    expect((await countEverywhere(sql`= ${tenantId}`)).tickets).toBe(200)

    const filesOfDemo = async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
        (path) => path.isFile() && [tenantId, secondId].includes(Number(/\/(\d{10})\//.exec(path.parentPath)?.[1])),
      )
    expect(await filesOfDemo()).not.toEqual([])
    expect(await run('demo/demo', '--remove', '--yes', '--with-others', 'default')).toMatchObject({ code: 0, err: [] })
    const left = await countEverywhere(sql`= any (${[tenantId, secondId]}::integer[])`)
    expect(Object.keys(left).length).toBeGreaterThan(18)
    expect(Object.values(left).every((rows) => rows === 0)).toBe(true)
    expect(await others()).toEqual(before)
    expect(await filesOfDemo()).toEqual([])
    const kept = sql`delete from events e where e.tenant_id = ${world.tenantId} and e.position is not null`
    while ((await fanOutOnce(desk.app.pool, [], 500)) > 0);
    await expect(exec(desk.owner, kept)).rejects.toThrow(/kept as it is/)
  })
})
