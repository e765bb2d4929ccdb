import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints } from '../../modules.ts'
import type { Endpoint } from '../../platform/http/endpoint.ts'
import { type MailServer, startMailServer } from '../peers/smtp-server.ts'
import { assignTicket, comment, createTicket, mergeTicket, moveTicket } from '../support/create-tickets.ts'
import { attach, textFile } from '../support/files.ts'
import { createWorld, type Person, type World } from '../support/people.ts'
import type { Reply } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// Internal comments of the staff reach no customer: not their text, not that they exist, not how many there are.

let smtp: MailServer
let desk: Desk
let world: World
const canary = `canary${randomBytes(12).toString('hex')}`
/** Ids of internal things. A customer tries them, and must not find them in any answer. */
const secrets = [canary, randomUUID()]

beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url } })
  world = await createWorld(desk)
  const { ada, tess, cleo, carl } = world
  for (const person of [cleo, carl, cleo]) await createTicket(person)
  await assignTicket(ada, 'TKT0001', tess)
  await moveTicket(ada, 'TKT0001', 'in_progress')
  await comment(cleo, 'TKT0001', 'Still down.')
  await comment(tess, 'TKT0001', 'I am on it.')
  await mergeTicket(ada, 'TKT0003', 'TKT0001')
  await desk.settled()
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const ids: Record<string, string> = { customerId: 'CUS0001', technicianId: 'TEC0001', ticketId: 'TKT0001' }
const pathOf = ({ path }: Endpoint): string =>
  path.replaceAll(/:(\w+)/g, (_, name) => ids[name] ?? secrets.at(-1) ?? name)

/** Every mail to a person: as it was sent, as it is read, and with folded lines joined. */
const mailsTo = ({ email }: Person): string[] =>
  smtp.delivered
    .filter(({ recipient }) => recipient === email)
    .map(({ raw, message }) => [raw, raw.replaceAll(/=\r?\n/g, ''), message.text, message.html].join('\n'))

/** A sealed place of the feed, which looks different each time. */
const sealedPlace = /[a-z0-9]{12}:[0-9a-f]{12}\.[\w-]+/g

/** All of an answer but what differs between any two answers. */
const essence = ({ status, body, headers }: Reply) => ({
  status,
  body: JSON.parse(JSON.stringify({ ...body, request_id: null }).replaceAll(sealedPlace, 'a place')),
  headers: [...headers].filter(([name]) => !['date', 'x-request-id', 'ratelimit', 'content-length'].includes(name)),
})

/** Everything that the customer can read by every route, except what changes by itself. */
const readings = async (person: Person): Promise<Record<string, ReturnType<typeof essence>>> => {
  const found: Record<string, ReturnType<typeof essence>> = {}
  for (const endpoint of endpoints.filter(({ method, standing }) => method === 'get' && standing === undefined)) {
    const path = pathOf(endpoint)
    const isList = endpoint.query !== undefined
    for (const query of isList ? ['', '?limit=1'] : [''])
      found[endpoint.path + query] = essence(await person.get(path + query))
  }
  for (const query of [canary, 'TKT0001', 'note']) {
    found[query] = essence(await person.get(`/tickets?q=${query}`))
  }
  return found
}

/** What the staff do internally with a ticket that is merged into the customer's ticket. */
const whisperOnMerged = async (id: string): Promise<void> => {
  const { ada, tess, tom } = world
  secrets.push((await comment(ada, id, `A note: ${canary}`, 'internal')).body.comment_id)
  secrets.push((await attach(desk, ada, id, textFile(`${canary}.txt`, canary), 'internal')).attachment_id)
  const replies = [
    await ada.put(`/tickets/${id}/tags/${canary}`),
    await ada.put(`/tickets/${id}/watchers/${tom.id}`),
    await tess.put(`/tickets/${id}/links/related/TKT0002`),
  ]
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
}

/** What the staff do internally: comments, attachments, tags, watchers and links. */
const whisper = async (): Promise<void> => {
  const { ada, tess, tom } = world
  await whisperOnMerged('TKT0003')
  const comments = '/tickets/TKT0001/comments'
  const note = { body: `A note: ${canary}`, visibility: 'internal' }
  const notes: string[] = []
  for (const person of [ada, tess]) {
    const said = await person.post(comments, note)
    expect(said.status).toBe(201)
    notes.push(said.body.comment_id)
    expect((await person.put(`${comments}/${said.body.comment_id}`, { body: `More: ${canary}` })).status).toBe(200)
  }
  secrets.push(...notes)
  const files = [1, 2, 3].map(() => textFile(`${canary}.txt`, canary))
  for (const file of files) secrets.push((await attach(desk, tess, 'TKT0001', file)).attachment_id)
  expect((await tess.delete(`/tickets/TKT0001/attachments/${secrets.at(-1)}`)).status).toBe(204)
  const carried = { ...note, attachment_ids: [secrets.at(-2)] }
  expect((await tess.post(comments, carried)).status).toBe(201)
  const answer = await ada.post(comments, { ...note, in_reply_to: notes[0] })
  expect(answer.status).toBe(201)
  secrets.push(answer.body.comment_id)
  const gone = await tess.post(comments, note)
  secrets.push(gone.body.comment_id)
  expect((await tess.delete(`${comments}/${gone.body.comment_id}`)).status).toBe(204)
  const replies = [
    await ada.put(`/tickets/TKT0001/tags/${canary}`),
    await ada.put(`/tickets/TKT0001/watchers/${tom.id}`),
    await ada.put('/tickets/TKT0001/links/duplicate/TKT0002'),
  ]
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
  await desk.settled()
}

test('a customer reads the same bytes whether the staff have said something among themselves or not', async () => {
  const before = await readings(world.cleo)
  const mailsBefore = mailsTo(world.cleo).length
  await whisper()
  expect(await readings(world.cleo)).toEqual(before)
  expect(mailsTo(world.cleo).length).toBe(mailsBefore)
})

test('nothing internal is in any byte that a customer is sent, by any route or mail', async () => {
  const { ada, tess, tom, cleo, carl } = world
  await whisper()
  // Handing on with a reason, and back.
  for (const { id } of [tom, tess]) {
    const handed = await ada.put('/tickets/TKT0001', { technician_id: id, reason: `Because: ${canary}` })
    expect(handed.status).toBe(200)
  }
  const answers: string[] = []
  const in_reply_to = secrets[2]
  for (const person of [cleo, carl, world.nobody]) {
    for (const endpoint of endpoints) {
      const method = endpoint.method.toUpperCase()
      if (/^\/(?:auth|users)\//.test(endpoint.path) || method === 'DELETE') continue
      // Closing comes last, because nothing can be changed after it.
      if (endpoint.path.endsWith('/close')) continue
      const bodies =
        endpoint.body === undefined
          ? [undefined]
          : [{}, { body: 'x' }, { body: 'x', visibility: 'public' }, { body: 'x', visibility: 'public', in_reply_to }]
      for (const body of bodies) {
        const reply = await person.send(method, pathOf(endpoint), body, { headers: { 'If-Match': '"1"' } })
        answers.push(`${method} ${endpoint.path} ${JSON.stringify([...reply.headers])} ${reply.text}`)
      }
    }
  }
  // The customer answers, the ticket is resolved and closed, and the people concerned are mailed.
  await comment(cleo, 'TKT0001', 'Thank you.')
  await moveTicket(tess, 'TKT0001', 'resolved')
  for (const person of [carl, cleo]) answers.push((await person.post('/tickets/TKT0001/close', { reason: 'x' })).text)
  await desk.settled()
  const mails = [...mailsTo(cleo), ...mailsTo(carl)]
  expect(mails.length).toBeGreaterThan(3)
  for (const secret of secrets) {
    expect(answers.filter((answer) => answer.includes(secret))).toEqual([])
    expect(mails.filter((mail) => mail.includes(secret))).toEqual([])
  }
  // The technician was told by mail, so there was something to find.
  expect(mailsTo(tess).filter((mail) => mail.includes(canary)).length).toBeGreaterThan(0)
})
