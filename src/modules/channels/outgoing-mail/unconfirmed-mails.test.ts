import { expect } from 'vitest'
import { assignTicket, comment, createTicket, moveTicket } from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { about, emails, mailScenario } from '../../../testing/support/mail-scene.ts'
import { type Person, password, type World } from '../../../testing/support/people.ts'
import { bodyOf, createApi, expectStatus } from '../../../testing/support/requests.ts'
import { confirmationToken } from '../../../testing/support/sign-in-requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import type { Desk } from '../../../testing/support/workspace.ts'

const evil = 'Collect your prize at evil.example'
const issue = { subject: evil, issue_category: 'evil.example/claim', issue_description: evil }

/** A stranger registers the address of somebody else, with a name of their choice. */
const registerVictim = async (desk: Desk, { nobody, slug }: World): Promise<Person> => {
  const email = `victim@${slug}.example.com`
  const { body } = expectStatus(
    await nobody.post('/auth/register', { name: 'evil.example prize', email, password }),
    201,
  )
  const headers = { Authorization: `Bearer ${body.token}` }
  const api = createApi(desk.url, headers)
  return { ...api, id: body.user.id, email, password, token: body.token, refreshToken: body.refresh_token, headers }
}

mailScenario('an address that nobody has confirmed gets no text of whoever registered it', async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url)
  const { ada, tess } = world
  const victim = await registerVictim(desk, world)
  const id = await createTicket(victim, issue)
  await assignTicket(ada, id, tess)
  await moveTicket(tess, id, 'in_progress')
  await comment(tess, id, `Have you tried this?\n> ${evil}\nPlease restart it.`)
  await attach(desk, tess, id, textFile('steps.txt'), 'public')
  await moveTicket(tess, id, 'resolved')
  expectStatus(await victim.post(`/tickets/${id}/reopen`, { reason: evil }), 200)
  expectStatus(await ada.post(`/tickets/${id}/close`, { reason: 'It is no ticket.' }), 200)
  await desk.settled()
  const toVictim = () => smtp.delivered.filter(({ recipient }) => recipient === victim.email)
  await until('the mails are delivered', async () => toVictim().length >= 6)
  for (const { message } of toVictim()) {
    const { subject, text, html, headers } = message
    expect(JSON.stringify([subject, text, html, headers])).not.toMatch(/evil|prize/i)
  }
  const texts = toVictim()
    .map(({ message }) => `${message.subject}\n${message.text}`)
    .join('\n')
  expect(texts).toContain(`https://desk.example.com/t/${world.slug}/email/confirm?token=`)
  expect(texts).toContain('Please restart it.')
  expect(texts).toContain('It is no ticket.')
  expect(texts).toContain(`[${id}] Your ticket`)
  expect(texts).toMatch(/^Hello,$/m)
  // The staff reads what was typed, and an admin reads what the victim got.
  expect(about(smtp, id, ada)[0]?.message.text).toContain(evil)
  const [mail] = await emails(ada, `account=${victim.id}&template=ticket_created_customer`)
  const shown = bodyOf(await ada.get(`/emails/${mail?.email_id}`))
  expect([shown.as_sent, /evil/.test(shown.text + shown.subject)]).toEqual([true, false])

  // The person of the address follows a link: from then on their mails are whole.
  const token = await confirmationToken(desk, world, victim)
  expectStatus(await world.nobody.post('/auth/email/confirm', { token }), 204)
  const next = await createTicket(victim, issue)
  await desk.settled()
  expect(about(smtp, next, victim)[0]?.message.text).toContain(evil)
})

mailScenario('a stranger causes no more mails than the quota, and an admin reads why', async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url, { QUOTA_STRANGER_MAILS_PER_DAY: '3' })
  const victim = await registerVictim(desk, world)
  const ids = [await createTicket(victim, issue), await createTicket(victim, issue), await createTicket(victim, issue)]
  await desk.settled()
  const mails = await emails(world.ada, `account=${victim.id}&template=ticket_created_customer`)
  const sent = mails.filter(({ state }) => state === 'sent')
  const cancelled = mails.filter(({ state }) => state === 'cancelled')
  expect([sent.length, cancelled.length]).toEqual([2, 1])
  expect(cancelled[0]?.last_error).toBe('Nobody has confirmed the address, and it has had its 3 mails within 24 hours.')
  expect(ids.flatMap((id) => about(smtp, id, victim))).toHaveLength(2)
  // Mails to others are not counted.
  expect(ids.flatMap((id) => about(smtp, id, world.ada))).toHaveLength(3)
})
