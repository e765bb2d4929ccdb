import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { createMailer } from '../../../platform/mail/transport.ts'
import { createAssignedTicket } from '../../../testing/support/create-tickets.ts'
import { about, mailScenario } from '../../../testing/support/mail-scene.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectStatus, type Reply } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import type { Desk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { claimMails, settleMails } from './mail-queue.queries.ts'
import { createSender } from './send-mail.service.ts'

const say = async (person: Person, id: string, body: string, undo_seconds?: number): Promise<Reply['body']> =>
  bodyOf(await person.post(`/tickets/${id}/comments`, { body, visibility: 'public', undo_seconds }))
const undo = (person: Person, token: string): Promise<Reply> => person.post('/undo', { token })

/** Moves the time of an undo, and of the mails that wait for it, so far into the past that both are over. */
const passTime = async (desk: Desk, token: string): Promise<void> => {
  const [, undoId] = token.split('.')
  await desk.owner.query("update undos set until = clock_timestamp() - interval '2 s' where undo_id = $1", [undoId])
  await desk.owner.query('update emails set due_at = now() where undo_id = $1', [undoId])
}

const states = async (desk: Desk, { tenantId }: World, ticketId: string): Promise<string[]> => {
  const text = `select state from emails where tenant_id = $1 and ticket_id = $2 and parameters ? 'comment_id'
    order by state`
  const { rows } = await desk.owner.query(text, [tenantId, ticketId])
  return rows.map(({ state }) => state)
}

mailScenario('an undone comment is never mailed; another one is, when its time is over', async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url)
  const { tess, cleo } = world
  const id = await createAssignedTicket(world, 'in_progress')
  await desk.settled()
  const [first, kept] = [await say(tess, id, 'Too early.', 30), await say(cleo, id, 'Now.', 30)]
  const direct = await say(tess, id, 'At once.')
  await until('the mail without an undo is there', async () => (await states(desk, world, id)).includes('sent'))
  expect(await states(desk, world, id)).toEqual(['queued', 'queued', 'sent'])
  expectStatus(await undo(tess, first.undo_token), 409)
  await passTime(desk, kept.undo_token)
  await until(
    'the mail of the comment is sent',
    async () => (await states(desk, world, id)).filter((one) => one === 'sent').length === 2,
  )
  const again = await say(tess, id, 'Wrong ticket.', 30)
  await until('its mail waits', async () => (await states(desk, world, id)).length === 4)
  expectStatus(await undo(tess, again.undo_token), 200)
  await until('it is cancelled', async () => (await states(desk, world, id)).includes('cancelled'))
  await passTime(desk, again.undo_token)
  await desk.settled()
  const texts = about(smtp, id).map(({ message }) => message.text ?? '')
  expect(texts.some((text) => text.includes('Wrong'))).toBe(false)
  expect([direct.undo_token, texts.filter((text) => /At once|Now/.test(text)).length]).toEqual([undefined, 2])
})

mailScenario('20 times at once: a mail is handed over or its change is undone, never both', async ({ scene }) => {
  const smtp = await scene.startMail()
  const desk = await scene.openDesk(smtp.url, {}, { withWorker: false })
  const world = await createWorld(desk)
  const { tess } = world
  const { app } = desk
  const mailer = createMailer(app.config)
  scene.undo(async () => mailer?.close())
  const sender = createSender(app, mailer)
  const id = await createAssignedTicket(world, 'in_progress')
  for (let round = 0; round < 20; round += 1) {
    const said = await say(tess, id, `Round ${round}.`, 30)
    if (round % 2 === 0) await writeMails(desk)
    const handOver = async (): Promise<void> => {
      if (round % 2 === 0) await passTime(desk, said.undo_token)
      else await writeMails(desk)
      const due = await claimMails(app.pool, randomUUID(), 100)
      await settleMails(app.pool, await Promise.all(due.map((mail) => sender.send(mail))), 1)
    }
    const [undone] = await Promise.all([undo(tess, said.undo_token), handOver()])
    await passTime(desk, said.undo_token)
    await writeMails(desk)
    await handOver()
    const isSent = about(smtp, id).some(({ message }) => message.text?.includes(`Round ${round}.`))
    expect([undone.status, isSent]).toEqual(undone.status === 200 ? [200, false] : [409, true])
  }
  expect((await states(desk, world, id)).filter((state) => state !== 'cancelled' && state !== 'sent')).toEqual([])
})

/** From now on commits of undos wait as long as the function that is answered with has not been called. */
const holdCommits = async ({ owner }: Desk): Promise<() => Promise<void>> => {
  await owner.query(`create function wait_at_commit() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock_shared(6174); return null; end'`)
  await owner.query(`create constraint trigger wait_at_commit after update of undone_at on undos
    deferrable initially deferred for each row execute function wait_at_commit()`)
  const holder = await owner.connect()
  await holder.query('select pg_advisory_lock(6174)')
  return async () => {
    await holder.query('select pg_advisory_unlock(6174)')
    holder.release()
  }
}
const isCommitting = async ({ owner }: Desk): Promise<boolean> => {
  const text = "select from pg_locks where locktype = 'advisory' and objid = 6174 and not granted"
  return (await owner.query(text)).rowCount === 1
}

mailScenario('a mail waits for an undo that takes long to commit, and no other mail does', async ({ scene }) => {
  const smtp = await scene.startMail()
  const desk = await scene.openDesk(smtp.url, {}, { withWorker: false })
  const world = await createWorld(desk)
  const { tess, cleo } = world
  const { app, owner } = desk
  const mailer = createMailer(app.config)
  scene.undo(async () => mailer?.close())
  const sender = createSender(app, mailer)
  const handOver = async (): Promise<number> => {
    await owner.query('update emails set due_at = now() where due_at > now()')
    const due = await claimMails(app.pool, randomUUID(), 100)
    return settleMails(app.pool, await Promise.all(due.map((mail) => sender.send(mail))), 1)
  }
  const id = await createAssignedTicket(world, 'in_progress')
  const said = await say(tess, id, 'Wrong ticket.', 30)
  const other = await say(cleo, await createAssignedTicket(world, 'in_progress'), 'It smokes.', 30)
  await writeMails(desk)
  const letCommit = await holdCommits(desk)
  const undoing = undo(tess, said.undo_token)
  await until('the undo commits', () => isCommitting(desk))
  await handOver()
  await letCommit()
  expect(await states(desk, world, id)).toEqual(['queued'])
  expect(await states(desk, world, other.ticket_id)).toEqual(['sent'])
  expectStatus(await undoing, 200)
  await handOver()
  expect(await states(desk, world, id)).toEqual(['cancelled'])
})
