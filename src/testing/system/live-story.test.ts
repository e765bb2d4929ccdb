import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { eventTypes } from '../../contract/events.ts'
import { findFreePort } from '../../platform/free-port.ts'
import { type MailServer, startMailServer } from '../peers/smtp-server.ts'
import { assignTicket, comment, createTicket } from '../support/create-tickets.ts'
import type { Person } from '../support/people.ts'
import { endProgram, type Program } from '../support/real-program.ts'
import { type Api, bodyOf, createApi, expectStatus } from '../support/requests.ts'
import { adminPassword, patience, register, type Scene, scenario, signIn } from '../support/scene.ts'
import { sqlOn } from '../support/sql-on.ts'
import { until } from '../support/waiting.ts'

// The story of everything that wants to know at once: a program follows the feed, a browser the stream, and nothing
// that dies on the way makes them miss or double anything. All of them are processes of their own, but for the browser.

const followerFile = fileURLToPath(new URL('../peers/following-program.ts', import.meta.url))

interface FeedEvent {
  position: number | null
  type: string
  subject_id: string
  subject_version: number | null
  details: Record<string, unknown>
}

/** A desk with a mail server, which can be killed and started again at the same address. */
const openDesk = async (scene: Scene) => {
  const smtp = await startMailServer()
  scene.undo(() => smtp.stop())
  const folder = await scene.newFolder()
  const settings = {
    DATABASE_URL: await scene.newDatabase(),
    ADMIN_PASSWORD: adminPassword,
    PORT: String(await findFreePort()),
    SMTP_URL: smtp.url,
    COUNTERDESK_PROCESSES: '2',
  }
  const start = async (): Promise<Program> => {
    const program = await scene.start(settings, folder)
    await program.says(/is ready/)
    return program
  }
  return { smtp, databaseUrl: settings.DATABASE_URL, start, first: await start(), folder }
}

/** The program that follows the feed, as a process of its own. It can be killed and started again. */
const followerOf = (scene: Scene, { url }: Program, folder: string, token: string) => {
  const file = join(folder, 'followed.json')
  const start = () => {
    const child = spawn(process.execPath, [followerFile, `${url}/api`, token, file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const kill = async (): Promise<void> => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    scene.undo(kill)
    return kill
  }
  const events = async (): Promise<FeedEvent[]> =>
    JSON.parse(await readFile(file, 'utf8').catch(() => '{"events":[]}')).events
  return { start, events }
}

/** The browser: an `EventSource`, which begins after a place, and what came to it. */
const browserOf = async (scene: Scene, { url }: Program, person: Api, after: string) => {
  const { pass } = expectStatus(await person.post('/events/passes'), 201).body
  const source = new EventSource(`${url}/api/events/stream?after=${encodeURIComponent(after)}&pass=${pass}`)
  scene.undo(async () => source.close())
  const came: FeedEvent[] = []
  const passed: string[] = []
  for (const type of [...Object.keys(eventTypes), 'ticket.hidden', 'scope.changed']) {
    source.addEventListener(type, (event) => void came.push(JSON.parse((event as MessageEvent).data)))
  }
  for (const type of ['presence.changed', 'draft.changed']) {
    source.addEventListener(type, (event) => void passed.push(`${type} ${(event as MessageEvent).data}`))
  }
  await until('the browser is connected', () => source.readyState === source.OPEN)
  return { came, passed }
}

/** All that the feed gives to a person after a place. */
const feedOf = async (person: Api, after: string): Promise<FeedEvent[]> => {
  const events: FeedEvent[] = []
  for (let place = after; ; ) {
    const page = bodyOf(await person.get(`/events?limit=100&after=${encodeURIComponent(place)}`))
    events.push(...page.events)
    if (page.end_of_feed) return events
    place = page.next
  }
}

/** What an event says, without its place, which looks different each time. */
const said = ({ type, subject_id, subject_version, details }: FeedEvent): string =>
  JSON.stringify([type, subject_id, subject_version, details])
/** Each once, in the order in which they first came: a stream may say something again after it was cut off. */
const eachOnce = (events: FeedEvent[]): string[] => [...new Set(events.map(said))]

const tells = (events: FeedEvent[], type: string, member: string, value: string): boolean =>
  events.some((event) => event.type === type && event.details[member] === value)

const technician = async (url: string, admin: Api): Promise<Pick<Person, 'id'> & Api> => {
  const person = { name: 'Tess Technician', email: 'tess@example.com', phone_number: '+49 30 1234567' }
  const password = 'correct-horse-7'
  const { technician_id: id } = expectStatus(
    await admin.post('/technicians', { ...person, category: 'Network', password }),
    201,
  ).body
  const { body } = await createApi(url).post('/auth/login', { user_id_or_email: person.email, password })
  return { ...createApi(url, { Authorization: `Bearer ${body.token}` }), id }
}

/** Waits until the log is told to its end: every event has its position, and no mail that is due waits. */
const untilSettled = (databaseUrl: string): Promise<void> =>
  until('everything is told and mailed', async () => {
    const open = `select (select count(*) from events e where e.position is null)
      + (select count(*) from emails m where m.state = 'queued') as count`
    const [row] = await sqlOn(databaseUrl, open)
    return Number(row?.count) === 0
  })

const mailsWith = ({ delivered }: MailServer, text: string): string[] =>
  delivered.filter(({ raw, message }) => `${raw} ${message.text}`.includes(text)).map(({ recipient }) => recipient)

scenario(
  'a program and a browser learn of everything, whatever dies on the way, and of what is undone nobody is mailed',
  patience,
  async ({ scene }) => {
    const desk = await openDesk(scene)
    const { url } = desk.first
    const [{ admin }, { customer: cleo }] = [await signIn(url), await register(url)]
    const tess = await technician(url, admin)
    const wanted = { name: 'Follower', scopes: ['event:read'] }
    const { token } = expectStatus(await admin.post('/api-tokens', wanted), 201).body
    const id = await createTicket(cleo)
    await assignTicket(admin, id, tess as Person)

    const begin = bodyOf(await tess.get('/events?after=latest')).next
    const browser = await browserOf(scene, desk.first, tess, begin)
    const follower = followerOf(scene, desk.first, desk.folder, token)
    const killFollower = follower.start()
    const say = async (text: string): Promise<string> =>
      expectStatus(await comment(cleo, id, text), 201).body.comment_id
    const bothLearn = async (type: string, member: string, value: string): Promise<void> => {
      await until(`the program learns of ${type} ${value}`, async () =>
        tells(await follower.events(), type, member, value),
      )
      await until(`the browser learns of ${type} ${value}`, () => tells(browser.came, type, member, value))
    }

    // The customer comments, and both learn of it.
    await bothLearn('comment.added', 'comment_id', await say('It is still down.'))

    // The program is killed. While it is away the desk is killed, too, in the middle of what it does.
    await killFollower()
    const missed = await say('Nobody follows this.')
    const underWay = Array.from({ length: 20 }, (_, at) => say(`Many at once ${at}`).catch(() => null))
    await Promise.any(underWay)
    await endProgram(desk.first)
    await Promise.all(underWay)
    await desk.start()
    const last = await say('The desk is back.')
    follower.start()
    for (const comment_id of [missed, last]) await bothLearn('comment.added', 'comment_id', comment_id)

    // What passes by: others see who writes, and the own draft is told to the own windows.
    expectStatus(await admin.put(`/tickets/${id}/presence`, { state: 'replying' }), 200)
    const draft = { body: 'Please unplug the wrong cable.' }
    expectStatus(await tess.put(`/tickets/${id}/drafts/reply`, draft), 201)
    for (const type of ['presence.changed', 'draft.changed']) {
      await until(`the browser learns of ${type}`, () => browser.passed.some((one) => one.startsWith(type)))
    }
    expect(browser.passed.join()).not.toContain(draft.body)

    // The technician answers by mistake, and takes it back: nobody is mailed, and the text is a draft again.
    const answer = { ...draft, visibility: 'public', draft_version: 1, undo_seconds: 30 }
    const answered = expectStatus(await tess.post(`/tickets/${id}/comments`, answer), 201).body
    await bothLearn('comment.added', 'comment_id', answered.comment_id)
    expectStatus(await tess.get(`/tickets/${id}/drafts/reply`), 404)
    expectStatus(await tess.post('/undo', { token: answered.undo_token }), 200)
    await bothLearn('ticket.change_undone', 'comment_id', answered.comment_id)
    expect(bodyOf(await tess.get(`/tickets/${id}/drafts/reply`)).body).toBe(draft.body)
    expect((await cleo.get(`/tickets/${id}/comments?limit=100`)).text).not.toContain(draft.body)

    // The program got the whole log in its order, and the browser all that its person may see.
    await untilSettled(desk.databaseUrl)
    const log = await sqlOn(desk.databaseUrl, 'select position, type, subject_id from events order by position')
    await until('the program is at the end', async () => (await follower.events()).length >= log.length)
    expect((await follower.events()).map(({ position, type, subject_id }) => ({ position, type, subject_id }))).toEqual(
      log.map((row) => ({ ...row, position: Number(row.position) })),
    )
    const seen = eachOnce(await feedOf(tess, begin))
    await until('the browser is at the end', () => eachOnce(browser.came).length >= seen.length)
    expect(eachOnce(browser.came)).toEqual(seen)
    expect(seen.length).toBeGreaterThan(4)

    // Mails went out of what stands, and none of what was undone.
    expect(mailsWith(desk.smtp, 'Nobody follows this.').length).toBeGreaterThan(0)
    expect(mailsWith(desk.smtp, 'wrong cable')).toEqual([])
    const { emails } = bodyOf(await admin.get(`/emails?ticket_id=${id}&limit=100&state=cancelled`))
    expect(emails.length).toBeGreaterThan(0)
  },
)
