import { expect } from 'vitest'
import { blankMails } from '../modules/channels/outgoing-mail/blank-mails.service.ts'
import { removeOldDeliveries } from '../modules/channels/webhooks/webhook-upkeep.service.ts'
import { createTicket } from '../testing/support/create-tickets.ts'
import { about, emails, mailScenario } from '../testing/support/mail-scene.ts'
import { createWorld } from '../testing/support/people.ts'
import { expectStatus, expectSuccess } from '../testing/support/requests.ts'
import { patience } from '../testing/support/scene.ts'
import { sqlOn } from '../testing/support/sql-on.ts'
import { startWebhook } from '../testing/support/started-webhook.ts'
import { until } from '../testing/support/waiting.ts'
import { writeMails } from '../testing/support/write-mails.ts'
import { heldLine, settleRestored } from './settle-restored.ts'

const undecided = { mailLog: null, sendsWaiting: false }
const sending = { mailLog: null, sendsWaiting: true }

const statesOf = async (databaseUrl: string, table: 'emails' | 'webhook_deliveries'): Promise<string[]> =>
  (await sqlOn(databaseUrl, `select distinct state from ${table} order by state`)).map(({ state }) => String(state))

mailScenario(
  'mails that waited in a backup are held; the log and a choice let them go once',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const databaseUrl = await scene.newDatabase()
    const backup = await scene.openDesk(smtp.url, {}, { databaseUrl, withWorker: false })
    const world = await createWorld(backup)
    const { ada, cleo, carl } = world
    const [taken, moved, resent, left] = [
      await createTicket(cleo),
      await createTicket(cleo),
      await createTicket(cleo),
      await createTicket(cleo),
    ]
    // The last ticket has no mails yet: they follow from its event.
    expect(await heldLine(backup.app)).toBeNull()
    const held = await settleRestored(backup.app, undecided)
    expect(held).toMatchObject({
      isAtWork: false,
      mails: { sent: 0, released: 0 },
      deliveries: { held: 0, released: 0 },
    })
    expect(await statesOf(databaseUrl, 'emails')).toEqual(['held'])
    expect((await settleRestored(backup.app, undecided)).mails).toEqual(held.mails)
    expect(await heldLine(backup.app)).toBe(
      `${held.mails.held} mails and 0 deliveries are held since a restore: npm run after-restore -- --mail-log <file>, or --send-waiting`,
    )
    expectSuccess(await ada.post(`/tickets/${moved}/move`, { customer_id: carl.id }))
    await writeMails(backup)
    const toCleo = async (id: string) =>
      (await emails(ada, `ticket_id=${id}`)).find(({ account_id }) => account_id === cleo.id)
    expect(await toCleo(moved)).toMatchObject({ state: 'cancelled' })
    // What is old loses its text, but not what is held.
    await sqlOn(databaseUrl, `update emails set created_at = now() - interval '4000 days'`)
    await blankMails(backup.app, 1_000)
    expect(await toCleo(taken)).toMatchObject({ state: 'held', parameters_blanked_at: null, next_attempt_at: null })

    const desk = await scene.openDesk(smtp.url, {}, { databaseUrl })
    const fresh = await createTicket(cleo)
    await until('new mails go out', () => about(smtp, fresh, cleo).length === 1)
    expect(about(smtp, taken)).toEqual([])
    const still = await settleRestored(desk.app, undecided)
    expect(still.isAtWork).toBe(true)
    const again = await toCleo(resent)
    expectStatus(await ada.post(`/emails/${again?.email_id}/resend`), 200)
    await until('an admin has one sent again', () => about(smtp, resent, cleo).length === 1)
    expect(about(smtp, left)).toEqual([])

    const named = await toCleo(taken)
    const chosen = await settleRestored(desk.app, { mailLog: `status=sent ${named?.message_id}`, sendsWaiting: false })
    expect(chosen.mails).toMatchObject({ sent: 1, held: 0 })
    await until('the others go out', () => about(smtp, left, cleo).length === 1 && about(smtp, taken, ada).length === 1)
    await until('nothing waits', async () => (await emails(ada, 'state=queued')).length === 0)
    expect(about(smtp, taken, cleo)).toEqual([])
    for (const id of [resent, left, fresh]) expect(about(smtp, id, cleo)).toHaveLength(1)
    expect(about(smtp, moved).map(({ recipient }) => recipient)).not.toContain(cleo.email)
  },
)

mailScenario(
  'deliveries are held until they are sent; a webhook in strict order overtakes none',
  patience,
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const databaseUrl = await scene.newDatabase()
    const backup = await scene.openDesk(smtp.url, {}, { databaseUrl, withWorker: false })
    const world = await createWorld(backup)
    const [ordered, free] = [
      await startWebhook(backup, { is_ordered: true }, { world }),
      await startWebhook(backup, { is_ordered: false }, { world }),
    ]
    for (const { receiver } of [ordered, free]) scene.undo(() => receiver.stop())
    for (let made = 0; made < 3; made += 1) await createTicket(world.cleo)
    expect((await settleRestored(backup.app, undecided)).deliveries).toEqual({ held: 6, released: 0 })
    await sqlOn(databaseUrl, `update webhook_deliveries set created_at = now() - interval '40 days'`)
    await removeOldDeliveries(backup.app, 100)

    const desk = await scene.openDesk(smtp.url, {}, { databaseUrl })
    await createTicket(world.cleo)
    await until('the new one has arrived', () => free.receiver.received.length === 1)
    await until('the other is left alone', async () => (await ordered.states()).at(-1) === 'waiting')
    await ordered.untilIdle()
    expect(ordered.receiver.received).toEqual([])
    expect(await ordered.states()).toEqual(['held', 'held', 'held', 'waiting'])
    expect(await free.states()).toEqual(['held', 'held', 'held', 'delivered'])

    expect((await settleRestored(desk.app, sending)).deliveries).toEqual({ held: 0, released: 6 })
    await until('all have arrived', () => [ordered, free].every(({ receiver }) => receiver.received.length === 4))
    const places = ordered.receiver.received.map(({ headers }) =>
      Number(String(headers['webhook-id']).split('_').at(-1)),
    )
    expect(places).toEqual([...places].sort((one, other) => one - other))
    expect(await statesOf(databaseUrl, 'webhook_deliveries')).toEqual(['delivered'])
  },
)
