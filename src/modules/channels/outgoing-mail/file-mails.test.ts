import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { comment, createAssignedTicket } from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { about, emails } from '../../../testing/support/mail-scene.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { startWorker } from '../../../worker.ts'
import type { Email } from './outgoing-mail.schemas.ts'

let smtp: MailServer
let desk: Desk
let world: World
let id: string
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url }, withWorker: false })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})
beforeEach(async () => {
  world = await createWorld(desk)
  id = await createAssignedTicket(world)
  await writeMails(desk)
})

const file = async (person: Person, name: string, visibility: 'public' | 'internal' = 'public'): Promise<string> =>
  (await attach(desk, person, id, textFile(name, name.repeat(300)), visibility)).attachment_id

/** Has the files of the world attached so many seconds into a minute that is over, in the order of their names. */
const attachedAt = async (...seconds: number[]): Promise<void> => {
  await exec(
    desk.owner,
    sql`update attachments f set created_at = date_trunc('minute', now()) - interval '1 hour' + make_interval(secs => s.second)
        from unnest(${seconds}::integer[]) with ordinality as s (second, nth)
        where f.tenant_id = ${world.tenantId} and f.file_name like s.nth || '%'`,
  )
}

/** Sends the mails that are due, and answers with those about files. */
const send = async (): Promise<Email[]> => {
  await writeMails(desk)
  const worker = startWorker(desk.app, desk.databaseUrl)
  await desk.settled()
  await worker.stop()
  return (await emails(world.ada, `ticket_id=${id}`)).filter(({ template }) => template.startsWith('files_')).reverse()
}
/** The last mail to a person that has a word. */
const textTo = (person: Person, word = ''): string =>
  (about(smtp, id, person).findLast(({ message }) => message.text?.includes(word))?.message.text ?? '').replaceAll(
    /\s+/g,
    ' ',
  )
const summary = (mails: Email[]): string[] =>
  mails.map(({ template, account_id, state }) => `${template} ${account_id} ${state}`)

test('files of one author within a minute make one mail, which names them all; the next minute makes the next', async () => {
  const { tess, cleo } = world
  for (const name of ['1-log.txt', '2-log.txt', '3-log.txt', '4-log.txt']) await file(tess, name)
  await file(tess, '5-internal.txt', 'internal')
  await file(cleo, '6-mine.txt')
  await attachedAt(1, 30, 59, 60, 2, 3)
  const mails = await send()
  expect(summary(mails).sort()).toEqual(
    [`files_customer ${cleo.id} sent`, `files_customer ${cleo.id} sent`, `files_staff ${tess.id} sent`].sort(),
  )
  const [first, second] = about(smtp, id, cleo)
    .map(({ message }) => message.text ?? '')
    .filter((text) => text.includes('on your ticket') && text.includes('attached'))
    .map((text) => text.match(/\d-\w+\.txt/g))
  expect([first, second].sort()).toEqual([['1-log.txt', '2-log.txt', '3-log.txt'], ['4-log.txt']])
  expect(textTo(tess, 'attached')).toContain('6-mine.txt (3 kB)')
  expect(textTo(tess, 'attached')).not.toContain('5-internal')
})

test('a mail about a file waits for its comment, and is cancelled when the comment has come', async () => {
  const { tess, cleo } = world
  const [carried, loose] = [await file(tess, '1-log.txt'), await file(tess, '2-log.txt')]
  expect(summary(await send())).toEqual([`files_customer ${cleo.id} queued`])
  const said = { body: 'See the log.', visibility: 'public', attachment_ids: [carried] }
  bodyOf(await tess.post(`/tickets/${id}/comments`, said))
  expectSuccess(await tess.delete(`/tickets/${id}/attachments/${loose}`))
  await exec(desk.owner, sql`update emails set due_at = now() where tenant_id = ${world.tenantId} and state = 'queued'`)
  expect(summary(await send())).toEqual([`files_customer ${cleo.id} cancelled`])
  expect(about(smtp, id, cleo).filter(({ message }) => message.text?.includes('1-log.txt'))).toHaveLength(1)
})

test('the mail of a comment names its files, and a customer gets no name of an internal file', async () => {
  const { ada, tess, cleo } = world
  const notes = [await file(tess, '1-secret.txt', 'internal')]
  const shown = [await file(tess, '2-shown.txt', 'internal')]
  const say = async (visibility: string, attachment_ids: string[]) =>
    expectSuccess(await tess.post(`/tickets/${id}/comments`, { body: 'See the file.', visibility, attachment_ids }))
  expectSuccess(await ada.put(`/tickets/${id}/watchers/ada`))
  await say('internal', notes)
  await send()
  expect(textTo(ada)).toContain('1-secret.txt (4 kB)')
  await say('public', shown)
  await send()
  for (const person of [ada, cleo]) expect(textTo(person)).toContain('2-shown.txt (3 kB)')
  // The file stays internal in a fault that the program does not make. The customer's mail is silent about it all the
  // same.
  await exec(
    desk.owner,
    sql`update attachments set visibility = 'internal' where tenant_id = ${world.tenantId} and file_name = '2-shown.txt'`,
  )
  const mail = (await emails(ada, `ticket_id=${id}`)).find(({ template }) => template === 'comment_customer')
  expect(bodyOf(await ada.get(`/emails/${mail?.email_id}`)).text).not.toContain('2-shown.txt')
  for (const { raw } of about(smtp, id, cleo)) expect(raw).not.toContain('1-secret')
  // A deleted file is not named, and a comment without files names none.
  expectSuccess(await comment(tess, id, 'No file here.'))
  await send()
  expect(textTo(cleo)).not.toContain('File:')
})

test('without a mail server a mail about a file waits likewise, and is captured', async () => {
  const quiet = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false })
  const { tess, cleo, ada } = world
  await file(tess, '1-log.txt')
  await attachedAt(1)
  await writeMails(quiet)
  const worker = startWorker(quiet.app, quiet.databaseUrl)
  await quiet.settled()
  await worker.stop()
  await quiet.stop()
  const [mail] = (await emails(ada, `ticket_id=${id}`)).filter(({ template }) => template === 'files_customer')
  expect(mail).toMatchObject({ account_id: cleo.id, state: 'captured' })
  expect(bodyOf(await ada.get(`/emails/${mail?.email_id}`)).text).toContain('1-log.txt')
})

test('when nobody is left to be told of a file, or its ticket is gone, no mail goes out', async () => {
  const { ada, tess, cleo } = world
  await file(tess, '1-log.txt')
  await attachedAt(1)
  await writeMails(desk)
  expectSuccess(await ada.delete(`/tickets/${id}`))
  expect(summary(await send())).toEqual([`files_customer ${cleo.id} cancelled`])
})
