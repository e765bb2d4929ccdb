import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Delivered, type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { comment, createTicket, createWorldWithTicket, resolveTicket } from '../../../testing/support/create-tickets.ts'
import { headerOf } from '../../../testing/support/mail-scene.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { startWorker } from '../../../worker.ts'

let smtp: MailServer
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url } })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const path = '/tickets/TKT0001'
const say = (person: Person, body: string, visibility?: 'public' | 'internal'): Promise<Reply> =>
  comment(person, 'TKT0001', body, visibility)

/** The mails that follow from an act, by the name of the recipient. */
const mailed = async (world: World, act: () => Promise<Reply>): Promise<Record<string, Delivered>> => {
  await desk.settled()
  const before = new Set(smtp.delivered)
  const { status, text } = await act()
  expect(status, text).toBeLessThan(300)
  await desk.settled()
  const mails = smtp.delivered.filter((mail) => !before.has(mail) && mail.recipient.includes(world.slug))
  expect(new Set(mails.map(({ recipient }) => recipient)).size).toBe(mails.length)
  return Object.fromEntries(mails.map((mail) => [mail.recipient.split('@')[0], mail]))
}

test('a public comment is mailed to the other side, an internal one to the technician, and nobody gets their own', async () => {
  const world = await createWorldWithTicket(desk)
  const { ada, tess, cleo } = world
  const who = async (act: () => Promise<Reply>): Promise<string[]> => Object.keys(await mailed(world, act)).sort()
  expect(await who(() => say(cleo, 'Still down.'))).toEqual(['tess'])
  expect(await who(() => say(tess, 'I am on it.'))).toEqual(['cleo'])
  expect(await who(() => say(ada, 'We are on it.'))).toEqual(['cleo', 'tess'])
  expect(await who(() => say(tess, 'It is the switch.', 'internal'))).toEqual([])
  expect(await who(() => say(ada, 'Replace it.', 'internal'))).toEqual(['tess'])
})

test('a watcher is told of every comment on the ticket except their own', async () => {
  const world = await createWorldWithTicket(desk)
  const { ada, tess, tom, cleo } = world
  expect((await ada.put(`${path}/watchers/${tom.id}`)).status).toBe(200)
  expect((await ada.put(`${path}/watchers/ada`)).status).toBe(200)
  const who = async (act: () => Promise<Reply>): Promise<string[]> => Object.keys(await mailed(world, act)).sort()
  expect(await who(() => say(cleo, 'Still down.'))).toEqual(['ada', 'tess', 'tom'])
  expect(await who(() => say(ada, 'Replace it.', 'internal'))).toEqual(['tess', 'tom'])
  expect(await who(() => say(tess, 'Replaced.'))).toEqual(['ada', 'cleo', 'tom'])
  await ada.delete(`${path}/watchers/${tom.id}`)
  expect(await who(() => say(tess, 'Works.'))).toEqual(['ada', 'cleo'])
})

test('without an active technician, a comment of the customer goes to the admins', async () => {
  const world = await createWorldWithTicket(desk, 'in_progress', 'resolved')
  await world.ada.delete(`/technicians/${world.tess.id}`)
  expect(Object.keys(await mailed(world, () => say(world.cleo, 'It is back.')))).toEqual(['ada'])
  await createTicket(world.cleo)
  const said = await mailed(world, () => comment(world.cleo, 'TKT0002', 'Hello?'))
  expect(Object.keys(said)).toEqual(['ada'])
  expect(said.ada?.message.text).toMatch(/Nobody\s+has\s+it/)
})

test('a comment that reopens a ticket makes one mail, not two', async () => {
  const world = await createWorldWithTicket(desk, 'in_progress', 'resolved')
  const mails = await mailed(world, () => say(world.cleo, 'It is down again.'))
  expect(Object.keys(mails)).toEqual(['tess'])
  expect(mails.tess?.message.text).toContain('It is down again.')
  expect(mails.tess?.message.text).toMatch(/Status:\s+in progress/)
  expect((await world.ada.get(path)).body.status).toBe('in_progress')
})

test('the mails are in the ticket’s thread, with what was said, and hold no markup of its author', async () => {
  const world = await createWorldWithTicket(desk)
  const { tess, cleo } = world
  await desk.settled()
  const first = (await smtp.mailsTo(cleo.email)).find(
    ({ message }) => message.subject?.includes('TKT0001') && !message.inReplyTo,
  )
  const root = headerOf(first, 'message-id')
  const text = 'Please <b>restart</b> it.\n<script>alert(1)</script>'
  const { cleo: mail } = await mailed(world, () => say(tess, text))
  expect(mail?.message.subject).toBe(first?.message.subject)
  expect([headerOf(mail, 'references'), headerOf(mail, 'in-reply-to')]).toEqual([root, root])
  expect(headerOf(mail, 'auto-submitted')).toBe('auto-generated')
  expect(mail?.message.text).toContain('Please <b>restart</b> it.')
  expect(mail?.message.html).toContain('Please &lt;b&gt;restart&lt;/b&gt; it.')
  expect(mail?.message.html).not.toContain('<script>')
})

test('a comment that is deleted before the fan-out reaches it is mailed to nobody', async () => {
  const late = await startDesk({ settings: { SMTP_URL: smtp.url }, withWorker: false })
  const world = await createWorld(late)
  await createTicket(world.cleo)
  for (const body of ['Wrong ticket, sorry.', 'The right one.']) {
    const said = await say(world.ada, body)
    if (body.startsWith('Wrong')) await world.ada.delete(`${path}/comments/${said.body.comment_id}`)
  }
  // A deleted comment that reopened the ticket: the mail tells that the ticket is open again, and not what the comment
  // said.
  await resolveTicket(world.ada, 'TKT0001', world.tess)
  const back = await say(world.cleo, 'It is back. Oh, it is not.')
  await world.cleo.delete(`${path}/comments/${back.body.comment_id}`)
  const worker = startWorker(late.app, late.databaseUrl)
  await late.settled()
  const mails = (await smtp.mailsTo(world.cleo.email, 3)).map(({ message }) => message.text ?? '')
  const told = (await smtp.mailsTo(world.tess.email, 2)).map(({ message }) => message.text ?? '')
  await worker.stop()
  await late.stop()
  expect(told.filter((text) => text.includes('is open again')).length).toBe(1)
  expect(told.filter((text) => text.includes('It is back')).length).toBe(0)
  expect(mails.filter((text) => text.includes('The right one.')).length).toBe(1)
  expect(mails.filter((text) => text.includes('Wrong ticket')).length).toBe(0)
})
