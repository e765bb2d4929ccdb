import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { many, sql } from '../../../platform/db/sql.ts'
import { assignTicket, comment, createAssignedTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { emails } from '../../../testing/support/mail-scene.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { writeDigests } from './outgoing-mail.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const choose = async (person: Person, ways: Record<string, string>, digest_hour = 8): Promise<void> => {
  bodyOf(await person.patch('/me/notifications', { ways, digest_hour }))
}

/** When the items of a person are due, each kind once. */
const waiting = async ({ tenantId }: World, { id }: Person): Promise<string[]> => {
  await writeMails(desk)
  const rows = await many(
    desk.app.pool,
    z.object({ item: z.string() }),
    sql`select distinct i.kind || ' ' || to_char(i.due_at at time zone 'UTC', 'HH24:MI') as item from digest_items i
        where i.tenant_id = ${tenantId} and i.account_id = ${id} order by item`,
  )
  return rows.map(({ item }) => item)
}

/** Time goes on until everything that waits is due, and the job runs. */
const whenDue = async ({ tenantId }: World): Promise<void> => {
  await writeMails(desk)
  await desk.owner.query(`update digest_items set due_at = now() - interval '1 minute' where tenant_id = $1`, [
    tenantId,
  ])
  await writeDigests(desk.app)
}

/** The digests of a person, as they are to be read now. */
const digestsOf = async ({ ada }: World, { id }: Person) => {
  const found = await emails(ada, `template=digest&account=${id}`)
  return Promise.all(found.map(async ({ email_id }) => bodyOf(await ada.get(`/emails/${email_id}`))))
}

test('what somebody wants daily is one mail, of what they see by then, by ticket; and no mail at once', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  await choose(tess, {
    ticket_comment: 'daily',
    ticket_internal_comment: 'hourly',
    ticket_mention: 'daily',
    ticket_assigned: 'daily',
    ticket_file: 'daily',
  })
  const id = await createAssignedTicket(world)
  const lost = await createAssignedTicket(world)
  const gone = bodyOf(await comment(cleo, id, 'Nonsense.')).comment_id
  expectSuccess(await comment(cleo, id, 'Still down.'))
  expectSuccess(await comment(ada, id, 'Look at the switch.', 'internal'))
  expectSuccess(await comment(cleo, lost, 'Me too.'))
  expectSuccess(await comment(ada, id, `@${tess.id} The one in the cellar.`, 'internal'))
  await attach(desk, cleo, id, textFile('log.txt'), 'public')
  expectSuccess(await cleo.delete(`/tickets/${id}/comments/${gone}`))
  const taken = bodyOf(
    await cleo.post(`/tickets/${id}/comments`, { body: 'Oops.', visibility: 'public', undo_seconds: 30 }),
  )
  expectSuccess(await cleo.post('/undo', { token: taken.undo_token }))
  await assignTicket(ada, lost, tom)
  expectSuccess(await ada.put(`/tickets/${lost}`, { issue_category: 'Printer' }))
  await whenDue(world)

  const mails = await digestsOf(world, tess)
  expect(mails.map(({ state }) => state)).toEqual(['captured'])
  const { text, subject, html } = mails[0]
  expect(subject).toBe(`What happened at Desk ${world.slug}`)
  expect(text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'then').replaceAll(/\s+/g, ' ')).toContain(
    `5 events happened that you wanted to be told of together. ${id}: No network Assigned to you: by Ada Admin, then ` +
      `Comment: by Cleo Customer, then Internal comment: by Ada Admin, then ` +
      `Internal comment that mentions you: by Ada Admin, then File added: by Cleo Customer, then ` +
      `https://desk.example.com/t/${world.slug}/tickets/${id} The times are those of UTC.`,
  )
  expect(text + html).not.toContain(lost)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'You get this mail because you chose to get what happens together. ' +
      `Get no more of these mails: https://desk.example.com/t/${world.slug}/unsubscribe?token=masked`,
  )
  // Nothing was mailed at once, but what was not chosen, and once more nothing is due.
  expect((await emails(ada, `account=${tess.id}`)).map(({ template }) => template)).toEqual(['digest'])
  await whenDue(world)
  expect(await digestsOf(world, tess)).toHaveLength(1)
})

test('a status that is taken back is in no digest, also when the digest was written before', async () => {
  const world = await createWorld(desk)
  const { tess, cleo } = world
  await choose(cleo, { ticket_status: 'hourly' })
  const id = await createAssignedTicket(world, 'in_progress')
  await writeMails(desk)
  const { undo_token: token } = bodyOf(await tess.put(`/tickets/${id}`, { status: 'waiting', undo_seconds: 30 }))
  await whenDue(world)
  const shown = async (): Promise<string> => (await digestsOf(world, cleo)).map(({ text }) => text).join()
  expect(await shown()).toContain('waiting')
  expectSuccess(await tess.post('/undo', { token }))
  await whenDue(world)
  expect(await shown()).toContain('in progress')
  expect(await shown()).not.toContain('waiting')
})

test('a digest is written once, also when the job dies; nothing is left to be told again', async () => {
  const world = await createWorld(desk)
  const { cleo, tess } = world
  await choose(tess, { ticket_comment: 'hourly' })
  const id = await createAssignedTicket(world)
  expectSuccess(await comment(cleo, id, 'Still down.'))
  await writeMails(desk)
  const broken = `create function break_digests() returns trigger language plpgsql as $$ begin
      if new.template = 'digest' then raise exception 'the process dies'; end if; return new; end $$;
    create trigger break_digests before insert on emails for each row execute function break_digests()`
  await desk.owner.query(broken)
  await expect(whenDue(world)).rejects.toThrow('the process dies')
  await desk.owner.query('drop function break_digests cascade')
  await Promise.all([writeDigests(desk.app), writeDigests(desk.app), writeDigests(desk.app)])
  const [first, ...more] = await digestsOf(world, tess)
  expect(more).toEqual([])
  // A database of before the digest was written writes it under the same id.
  await desk.owner.query(
    `with gone as (delete from emails where email_id = $1 returning tenant_id, account_id, parameters)
     insert into digest_items select g.tenant_id, g.account_id, e::bigint, 'ticket_comment', now() - interval '1 minute'
     from gone g, jsonb_array_elements(g.parameters -> 'events') e`,
    [first.email_id],
  )
  await writeDigests(desk.app)
  expect((await digestsOf(world, tess)).map(({ message_id }) => message_id)).toEqual([first.message_id])
})

test('many events are cut, and a person who sees none of them, or is deactivated, gets no digest', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo, tenantId } = world
  for (const person of [tess, tom]) await choose(person, { ticket_comment: 'hourly', ticket_assigned: 'hourly' })
  const id = await createAssignedTicket(world)
  for (let n = 0; n < 4; n += 1) expectSuccess(await comment(cleo, id, `Still down ${n}.`))
  const toms = await createTicket(cleo, { issue_category: 'Printer' })
  await assignTicket(ada, toms, tom)
  await writeMails(desk)
  // As if there had been 240 comments more.
  await desk.owner.query(
    `with copies as (
       insert into events (tenant_id, type, subject_id, actor_id, actor_role, details, quiet)
       select e.tenant_id, e.type, e.subject_id, e.actor_id, e.actor_role, e.details, true
       from (select * from events where tenant_id = $1 and type = 'comment.added' limit 1) e, generate_series(1, 240)
       returning event_id)
     insert into digest_items select $1, $2, c.event_id, 'ticket_comment', now() from copies c`,
    [tenantId, tess.id],
  )
  expectSuccess(await ada.delete(`/tickets/${toms}`))
  await whenDue(world)
  const [mail] = await digestsOf(world, tess)
  expect(mail.text).toContain('245 events happened')
  expect(mail.text).toContain('And 195 more, which happened before.')
  expect(mail.text.match(/Comment:/g)).toHaveLength(50)
  expect(mail.html.length).toBeLessThan(20_000)

  // Tom's ticket is gone. Who is deactivated is not mailed, and what waited is not kept.
  expect(await digestsOf(world, tom)).toEqual([])
  expectSuccess(await comment(cleo, id, 'And now?'))
  await writeMails(desk)
  expectSuccess(await ada.delete(`/technicians/${tess.id}`))
  await whenDue(world)
  expect(await digestsOf(world, tess)).toHaveLength(1)
  expect(await waiting(world, tess)).toEqual([])
})

test('what waits follows a new choice, another hour and another time zone', async () => {
  const world = await createWorld(desk)
  const { tess, cleo, ada } = world
  const at = (hour: number): string => `${String(hour).padStart(2, '0')}:00`
  await choose(tess, { ticket_comment: 'daily', ticket_internal_comment: 'daily', ticket_file: 'daily' }, 6)
  const id = await createAssignedTicket(world)
  expectSuccess(await comment(cleo, id, 'Still down.'))
  expectSuccess(await comment(ada, id, 'Look at the switch.', 'internal'))
  await attach(desk, cleo, id, textFile('log.txt'), 'public')
  expect(await waiting(world, tess)).toEqual([
    `ticket_comment ${at(6)}`,
    `ticket_file ${at(6)}`,
    `ticket_internal_comment ${at(6)}`,
  ])
  await choose(tess, { ticket_file: 'console', ticket_internal_comment: 'nothing' }, 9)
  expect(await waiting(world, tess)).toEqual([`ticket_comment ${at(9)}`])
  // Kathmandu is 5:45 ahead.
  bodyOf(await tess.patch('/me', { time_zone: 'Asia/Kathmandu' }))
  expect(await waiting(world, tess)).toEqual(['ticket_comment 03:15'])
  // A zone that the database does not know is UTC for it, and harms nobody.
  await desk.owner.query(`update accounts set time_zone = 'Mars/Olympus' where account_id = $1`, [tess.id])
  expectSuccess(await comment(cleo, id, 'Hello?'))
  expect(await waiting(world, tess)).toEqual(['ticket_comment 03:15', `ticket_comment ${at(9)}`])
  await choose(tess, { ticket_comment: 'mail' }, 9)
  await writeMails(desk)
  await writeDigests(desk.app)
  const due = await many(
    desk.app.pool,
    z.object({ is_due: z.boolean() }),
    sql`select i.due_at <= now() as is_due from digest_items i where i.account_id = ${tess.id} and i.tenant_id = ${world.tenantId}`,
  )
  expect(due.every(({ is_due }) => is_due)).toBe(true)
})

/** The clock of a zone, as the runtime knows it: day and time. */
const clockIn = (zone: string, ms: number): { day: string; time: string } => {
  const [day = '', time = ''] = new Date(ms).toLocaleString('sv', { timeZone: zone }).split(' ')
  return { day, time }
}

test('a daily digest is due once on each day of a zone, at its hour, whatever the clocks do', async () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Africa/Cairo',
    'Asia/Kathmandu',
    'America/Santiago',
    'Pacific/Chatham',
    'UTC',
  ]
  const start = Date.parse('2026-01-01T00:00:00Z')
  const anyCase = fc.record({
    zone: fc.constantFrom(...zones),
    hour: fc.integer({ min: 0, max: 23 }),
    // Around days on which some clock changes, too.
    after: fc.oneof(
      fc.integer({ min: 0, max: 500 * 24 * 60 }),
      fc
        .constantFrom(
          ...[
            '2026-03-28',
            '2026-03-29',
            '2026-10-25',
            '2026-03-08',
            '2026-11-01',
            '2026-04-05',
            '2026-10-04',
            '2026-04-24',
          ].map((day) => (Date.parse(`${day}T00:00:00Z`) - start) / 60_000),
        )
        .chain((minute) => fc.integer({ min: minute - 1_500, max: minute + 1_500 })),
    ),
  })
  const cases = fc.sample(anyCase, { numRuns: 1_500, seed: 7 }).map(({ zone, hour, after }) => ({
    zone,
    hour,
    after: new Date(start + after * 60_000).toISOString(),
  }))
  const rows = await many(
    desk.app.pool,
    z.object({ due: z.string(), next: z.string(), hourly: z.string() }),
    sql`select to_json(d.due) #>> '{}' as due, to_json(next_digest('daily', k.zone, k.hour, d.due)) #>> '{}' as next,
          to_json(next_digest('hourly', k.zone, k.hour, k.after)) #>> '{}' as hourly
        from unnest(${cases.map(({ zone }) => zone)}::text[], ${cases.map(({ hour }) => hour)}::integer[],
          ${cases.map(({ after }) => after)}::timestamptz[]) with ordinality as k (zone, hour, after, place)
        cross join lateral (select next_digest('daily', k.zone, k.hour, k.after) as due) d
        order by k.place`,
  )
  for (const [index, { zone, hour, after }] of cases.entries()) {
    const { due, next, hourly } = rows[index] ?? { due: '', next: '', hourly: '' }
    const [from, then, later] = [after, due, next].map(Date.parse) as [number, number, number]
    const said = `${zone} at ${hour} after ${after}: ${due}, ${next}`
    const shown = clockIn(zone, then)
    const wanted = `${String(hour).padStart(2, '0')}:00:00`
    // An hour that the clocks leave out that day is the hour that they show instead.
    const isSkipped = shown.time !== wanted
    if (isSkipped) expect(clockIn(zone, then - 3_600_000).time < wanted, said).toBe(true)
    expect(shown.time >= wanted, said).toBe(true)
    expect(then > from && then - from <= 25.5 * 3_600_000, said).toBe(true)
    // The next one is on the next day of the zone.
    const dayAfter = new Date(Date.parse(`${shown.day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
    expect(clockIn(zone, later).day, said).toBe(dayAfter)
    expect(Date.parse(hourly) % 3_600_000 === 0 && Date.parse(hourly) - from <= 3_600_000, said).toBe(true)
    expect(Date.parse(hourly) > from, said).toBe(true)
  }
})
