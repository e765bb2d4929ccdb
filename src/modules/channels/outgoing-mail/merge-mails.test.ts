import { expect } from 'vitest'
import { assignTicket, createTickets, mergeTicket, moveTicket } from '../../../testing/support/create-tickets.ts'
import { about, emails, mailScenario, untilOne } from '../../../testing/support/mail-scene.ts'
import type { Person } from '../../../testing/support/people.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'

mailScenario('a merge is mailed to all, once each, and undoing it names the mails that stay', async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url)
  const { ada, cleo, tess, tom, technician } = world
  const zoe = await technician('Zoe', 'Doors')
  await createTickets(cleo, 2)
  await assignTicket(ada, 'TKT0001', tess)
  await assignTicket(ada, 'TKT0002', tom)
  await ada.put(`/tickets/TKT0001/watchers/${zoe.id}`)
  await moveTicket(tom, 'TKT0002', 'in_progress', 'resolved')
  await desk.settled()
  const before = smtp.delivered.length

  await mergeTicket(ada, 'TKT0001', 'TKT0002')
  await desk.settled()
  const sent = smtp.delivered.slice(before)
  const people: Person[] = [cleo, tess, tom, zoe]
  expect(sent.map(({ recipient }) => recipient).toSorted()).toEqual(people.map(({ email }) => email).toSorted())
  for (const { recipient, message } of sent) {
    expect(message.subject).toContain('[TKT0002]')
    expect(message.text).toContain(recipient === cleo.email ? 'Your tickets TKT0001 and TKT0002' : 'TKT0001 was merged')
    expect(message.text?.replaceAll('\n', ' ')).toContain('was resolved, and is open again')
  }
  const { warnings } = bodyOf(await ada.post('/tickets/TKT0001/unmerge'))
  expect(warnings.map(({ code }: { code: string }) => code)).toEqual(['stays_reopened', 'mails_stay_sent'])
})

mailScenario(
  'a mail that waits is not sent after its merge has been undone, also when another merge came',
  async ({ scene }) => {
    const smtp = await scene.startMail()
    const url = smtp.url
    const { desk, world } = await scene.openWorld(url, { MAIL_RETRY_SECONDS: '1' })
    const { ada, cleo } = world
    await createTickets(cleo, 3)
    await desk.settled()
    await smtp.stop()
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    const { warnings } = bodyOf(await ada.post('/tickets/TKT0001/unmerge'))
    expect(warnings).toBeUndefined()
    await mergeTicket(ada, 'TKT0001', 'TKT0003')
    const again = await scene.startMail(Number(new URL(url).port))
    await untilOne('cancelled', ada, 'TKT0002', cleo)
    const [cancelled] = await emails(ada, 'ticket_id=TKT0002&state=cancelled')
    expect([cancelled?.template, cancelled?.last_error]).toEqual([
      'ticket_merged_customer',
      'The merge has been undone.',
    ])
    expect(about(again, 'TKT0002')).toEqual([])
    await until('the mail of the other merge is there', async () => about(again, 'TKT0003', cleo).length > 0)
    expect(about(again, 'TKT0003', cleo)[0]?.message.text).toContain('Your tickets TKT0001 and TKT0003 go on together')
  },
)
