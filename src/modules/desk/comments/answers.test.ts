import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { comment, createAssignedTicket, createTicket, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { about, headerOf } from '../../../testing/support/mail-scene.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess, type Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { Comment } from './comments.schemas.ts'

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

type Visibility = 'public' | 'internal'
const answer = (person: Person, id: string, in_reply_to: string, visibility: Visibility = 'public'): Promise<Reply> =>
  person.post(`/tickets/${id}/comments`, { body: 'An answer.', visibility, in_reply_to })
const said = async (person: Person, id: string, body: string, visibility?: Visibility): Promise<string> =>
  bodyOf(await comment(person, id, body, visibility)).comment_id
const answersOn = async (person: Person, id: string): Promise<(string | null)[]> =>
  bodyOf(await person.get(`/tickets/${id}/comments`)).comments.map(({ in_reply_to }: Comment) => in_reply_to)

test('a comment answers another on its ticket, to no more people than read that', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const id = await createAssignedTicket(world)
  const other = await createAssignedTicket(world)
  const question = await said(tess, id, 'Which socket is it?')
  const note = await said(tess, id, 'Most likely the switch.', 'internal')
  const elsewhere = await said(tess, other, 'Which socket is it?')

  const first = bodyOf(await answer(cleo, id, question))
  expect(first).toMatchObject({ in_reply_to: question, author_id: cleo.id })
  expectSuccess(await answer(ada, id, question, 'internal'))
  expectSuccess(await answer(ada, id, note, 'internal'))
  expectSuccess(await answer(tess, id, first.comment_id))
  expect(await answersOn(tess, id)).toEqual([null, null, question, question, note, first.comment_id])
  expect(await answersOn(cleo, id)).toEqual([null, question, first.comment_id])
  const [, , event] = (await recordedEvents(desk, world, 'comment.added')).filter(({ subject_id }) => subject_id === id)
  expect(event?.details).toEqual({ comment_id: first.comment_id, visibility: 'public', in_reply_to: question })

  const stranger = await createWorld(desk)
  const foreign = await said(stranger.tess, await createAssignedTicket(stranger), 'Which socket is it?')
  for (const reply of [
    answer(tess, id, note),
    answer(ada, id, foreign, 'internal'),
    answer(tess, id, elsewhere, 'internal'),
    answer(tess, id, randomUUID()),
  ]) {
    const { body } = await expectRefusal(reply, 422, 'reply_unavailable')
    expect(body.errors).toMatchObject([{ field: 'in_reply_to', code: 'reply_unavailable' }])
  }
  // To a customer an internal comment is like none.
  const unknown = randomUUID()
  const texts = await Promise.all(
    [note, unknown].map(async (to) => {
      const { body } = await expectRefusal(answer(cleo, id, to), 422, 'reply_unavailable')
      return JSON.stringify({ ...body, request_id: '' }).replaceAll(to, 'id')
    }),
  )
  expect(texts[0]).toBe(texts[1])
  expect(await answersOn(tess, id)).toHaveLength(6)
})

test('an answer stays when the answered comment is deleted, and names it no more', async () => {
  const world = await createWorld(desk)
  const { tess, cleo } = world
  const id = await createAssignedTicket(world)
  const question = await said(tess, id, 'Which socket is it?')
  const { comment_id } = bodyOf(await answer(cleo, id, question))
  expectSuccess(await tess.delete(`/tickets/${id}/comments/${question}`))
  for (const person of [tess, cleo]) expect(await answersOn(person, id)).toEqual([null])
  const edited = bodyOf(await cleo.put(`/tickets/${id}/comments/${comment_id}`, { body: 'This one.' }))
  expect(edited.in_reply_to).toBeNull()
  await expectRefusal(answer(cleo, id, question), 422, 'reply_unavailable')
})

test('on a merged ticket the answer stands on the ticket of the answered comment', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const [source, target] = [await createAssignedTicket(world), await createAssignedTicket(world)]
  const question = await said(tess, source, 'Which socket is it?')
  await mergeTicket(ada, source, target)
  await expectRefusal(answer(cleo, target, question), 422, 'reply_unavailable')
  expectSuccess(await answer(cleo, source, question))
  expect(await answersOn(cleo, target)).toEqual([null, question])
})

test('the mail of an answer follows the mail about the answered comment, for each who got one', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const id = await createAssignedTicket(world)
  expectSuccess(await ada.put(`/tickets/${id}/watchers/ada`))
  const question = await said(tess, id, 'Which socket is it?')
  await desk.settled()
  const { comment_id } = bodyOf(await answer(cleo, id, question))
  await desk.settled()
  bodyOf(await answer(tess, id, comment_id))
  bodyOf(await answer(tess, id, question))
  await desk.settled()
  const commentsTo = (person: Person) =>
    about(smtp, id, person).filter(({ message }) => message.text?.includes('comment on'))
  const ancestry = (person: Person) =>
    commentsTo(person).map((mail) => [headerOf(mail, 'in-reply-to'), headerOf(mail, 'references')])
  const root = headerOf(commentsTo(ada)[0], 'references')
  const idsTo = (person: Person) => commentsTo(person).map((mail) => headerOf(mail, 'message-id'))
  // Ada was mailed the question and each answer.
  const [asked, answered] = idsTo(ada)
  expect(ancestry(ada).slice(0, 2)).toEqual([
    [root, root],
    [asked, `${root} ${asked}`],
  ])
  expect(
    new Set(
      ancestry(ada)
        .slice(2)
        .map(([, references]) => references),
    ),
  ).toEqual(new Set([`${root} ${answered}`, `${root} ${asked}`]))
  // Tess wrote the question, so she has no mail about it: the answer follows the first mail of the ticket.
  expect(ancestry(tess)).toEqual([[root, root]])
  // Cleo wrote the first answer, and was mailed the question.
  const [toCleo] = idsTo(cleo)
  expect(new Set(ancestry(cleo).map(([, references]) => references))).toEqual(new Set([root, `${root} ${toCleo}`]))
})

test('a public comment to a deactivated customer is written with a warning', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const id = await createAssignedTicket(world)
  const warnings = async (person: Person, visibility: Visibility) =>
    bodyOf(await comment(person, id, 'Is it back?', visibility)).warnings
  expect(await warnings(tess, 'public')).toBeUndefined()
  expect(await warnings(cleo, 'public')).toBeUndefined()
  expectSuccess(await ada.delete(`/customers/${cleo.id}`))
  const detail = 'The account of Cleo Customer is deactivated, so the customer is not told of this comment.'
  for (const person of [ada, tess]) {
    expect(await warnings(person, 'public')).toEqual([{ code: 'customer_deactivated', detail }])
    expect(await warnings(person, 'internal')).toBeUndefined()
  }
  const listed = bodyOf(await ada.get(`/tickets/${id}/comments`)).comments
  expect(listed.some((row: object) => 'warnings' in row)).toBe(false)
  // The ticket is that of the comment, also when it is merged.
  const target = await createTicket(ada, { customer_id: world.carl.id })
  expect(bodyOf(await comment(ada, target, 'Hello.')).warnings).toBeUndefined()
})
