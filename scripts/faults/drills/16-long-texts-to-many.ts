import { seedAdmins, seedWatchers } from '../../../src/testing/support/seed-crowd.ts'
import { signIn } from '../../lib/sign-in.ts'
import { percentile } from '../../lib/statistics.ts'
import { desks, password } from '../drill-tenants.ts'
import type { Drill, Rig } from '../rig.ts'

const noisy = 'north'
const quiet = desks.map(({ slug }) => slug).filter((slug) => slug !== noisy)

/** How much the noisy tenant does, and for how long the mails of the others are watched. */
const amounts = {
  quick: { watchers: 10, comments: 40, admins: 12, tickets: 40, seconds: 8 },
  full: { watchers: 50, comments: 500, admins: 42, tickets: 700, seconds: 90 },
}

/** How long a mail of another tenant may take, from the commit of its event to the mail server. */
const withinMs = 2_000
const atOnce = 8

const longText = 'The network in room 12 has been away since this morning; the printer there too. '.repeat(125)
const ticket = { subject: 'Long', issue_category: 'Network', issue_description: longText.slice(0, 10_000) }

/** Sends the same request so often, a few at a time, and again when the program is too busy. */
const sendAll = async (rig: Rig, url: string, token: string, body: object, times: number): Promise<void> => {
  let left = times
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
        signal: rig.signal,
      })
      await response.arrayBuffer()
      if (response.status === 503) left += 1
      else if (response.status !== 201) throw new Error(`the noisy tenant was answered ${response.status}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/** The people of the noisy tenant, and a ticket that many of them watch. Answers with the path of its comments. */
const prepare = async (rig: Rig, url: string, token: string, isQuick: boolean): Promise<string> => {
  const { watchers, admins } = amounts[isQuick ? 'quick' : 'full']
  const { pool } = rig.facts
  const { rows } = await pool.query('select tenant_id from tenants where slug = $1', [noisy])
  await seedAdmins(pool, rows[0].tenant_id, admins - 1)
  await sendAll(rig, `${url}/api/tickets`, token, { ...ticket, subject: 'Watched' }, 1)
  await seedWatchers(pool, rows[0].tenant_id, 1, watchers)
  // With a technician its comments go to the watchers, and not to all admins as well.
  await pool.query(
    `update tickets set technician_id = 'TEC0001', status = 'assigned' where tenant_id = $1 and ticket_number = 1`,
    [rows[0].tenant_id],
  )
  return `${url}/api/tickets/TKT0001/comments`
}

/** In milliseconds from the event of a mail on: when the fan-out began to write the mail, and when it had arrived. */
interface Delay {
  writing: number
  arrived: number
}

/** The delays of the mails of the quiet tenants that arrived. */
const delaysOfOthers = async (rig: Rig, from: number): Promise<Delay[]> => {
  const { rows } = await rig.facts.pool.query(
    `select m.message_id, m.recipient_email, extract(epoch from e.occurred_at)::float8 * 1000 as at,
       extract(epoch from m.created_at - e.occurred_at)::float8 * 1000 as writing
     from emails m join events e on e.tenant_id = m.tenant_id and e.event_id = m.event_id
     join tenants t on t.tenant_id = m.tenant_id
     where t.slug <> $1`,
    [noisy],
  )
  const mails = new Map(rows.map((row) => [`${row.message_id} ${row.recipient_email}`, row]))
  return (await rig.mail.lines()).flatMap(({ at, messageId, recipient }) => {
    const mail = mails.get(`${messageId} ${recipient}`)
    return mail === undefined || mail.at < from ? [] : [{ writing: mail.writing, arrived: at - mail.at }]
  })
}

/** Waits until every event of some tenants is taken, and the mails that `states` names are gone. */
const untilTaken = (rig: Rig, tenants: string[], states: string[]): Promise<void> =>
  rig.until(`events and mails of ${tenants.join(', ')} are taken`, 45, async () => {
    const waiting = await rig.facts.pool.query(
      `select from emails m join tenants t on t.tenant_id = m.tenant_id
       where t.slug = any ($1) and m.state = any ($2)
       union all
       select from events e join tenants t on t.tenant_id = e.tenant_id where t.slug = any ($1) and e.position is null`,
      [tenants, states],
    )
    return waiting.rowCount === 0
  })

/** The noisy tenant's mails that wait are given up, because the mail server would take minutes for them. */
const dropBacklog = async (rig: Rig): Promise<number> => {
  await untilTaken(rig, [noisy], [])
  const { rowCount } = await rig.facts.pool.query(
    `update emails m set state = 'failed', last_error = 'dropped by the drill' from tenants t
     where t.tenant_id = m.tenant_id and t.slug = $1 and m.state in ('queued', 'deferred')`,
    [noisy],
  )
  return rowCount ?? 0
}

/**
 * One tenant writes long comments on a ticket that many watch, and long tickets that many admins are told of. The mails
 * of the other tenants are with the mail server within two seconds all the time.
 */
export const longTextsToMany: Drill = {
  number: 16,
  title: 'one tenant writes long texts to many people',
  alone: true,
  async run(rig, isQuick) {
    const { comments, tickets, seconds } = amounts[isQuick ? 'quick' : 'full']
    const service = await rig.startService()
    const { token } = await signIn(service.url, noisy, 'CUS0001', password)
    const path = await prepare(rig, service.url, token, isQuick)
    await rig.startLoad([service], { tenants: quiet, perSecond: 10 })
    await rig.sleep(2) // the first requests of a program are slow
    const end = rig.beginFault()
    const from = Date.now()
    const comment = { body: longText.slice(0, 10_000), visibility: 'public' }
    await Promise.all([
      sendAll(rig, path, token, comment, comments),
      sendAll(rig, `${service.url}/api/tickets`, token, ticket, tickets),
    ])
    const sentAfter = (Date.now() - from) / 1_000
    await rig.sleep(Math.max(2, seconds - sentAfter))
    end()
    await rig.stopLoad()
    await untilTaken(rig, quiet, ['queued', 'deferred'])
    const dropped = isQuick ? 0 : await dropBacklog(rig)
    const delays = await delaysOfOthers(rig, from)
    const arrived = delays.map((delay) => delay.arrived)
    const writing = delays.map((delay) => delay.writing)
    const late = arrived.filter((ms) => ms > withinMs).length
    const inMs = (times: number[], share: number): string => percentile(times, share).toFixed(0)
    const note =
      `${comments} comments and ${tickets} tickets in ${sentAfter.toFixed(0)} s; ${delays.length} mails of the others ` +
      `after ${inMs(arrived, 0.5)} ms, p99 ${inMs(arrived, 0.99)}, the slowest ${inMs(arrived, 1)}, of which until the ` +
      `fan-out began ${inMs(writing, 0.5)}, p99 ${inMs(writing, 0.99)}` +
      (dropped === 0 ? '' : `; ${dropped} mails of ${noisy} dropped at the end`)
    if (delays.length === 0 || late > 0) throw new Error(`${late} mails of others were late: ${note}`)
    return { note, dropped: (tenant) => dropped > 0 && tenant === noisy }
  },
}
