import { afterAll, beforeAll, expect, test } from 'vitest'
import { assignTicket, comment, createTickets, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { emails } from '../../../testing/support/mail-scene.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { SMTP_URL: 'smtp://127.0.0.1:9' } })
})
afterAll(() => desk?.stop())

test('a waiting mail says nothing of a merged ticket after its merge has been undone', async () => {
  const { ada, cleo, tom } = await createWorld(desk)
  await createTickets(cleo, 2)
  await assignTicket(ada, 'TKT0002', tom)
  await mergeTicket(ada, 'TKT0001', 'TKT0002')
  expectSuccess(await comment(cleo, 'TKT0001', 'The tale of the first ticket.'))
  await attach(desk, cleo, 'TKT0001', textFile('tale-of-the-first.txt'))
  await writeMails(desk)
  const told = async (): Promise<string[]> => {
    const toTom = (await emails(ada, 'ticket_id=TKT0002')).filter(({ account_id }) => account_id === tom.id)
    const shown = await Promise.all(toTom.map(({ email_id }) => ada.get(`/emails/${email_id}`)))
    return shown.flatMap(({ text }) => text.match(/tale.of.the.first/) ?? [])
  }
  expect(new Set(await told())).toEqual(new Set(['tale of the first', 'tale-of-the-first']))
  expectSuccess(await ada.post('/tickets/TKT0001/unmerge'))
  expect(await told()).toEqual([])
})
