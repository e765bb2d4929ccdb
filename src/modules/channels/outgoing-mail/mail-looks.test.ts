import { expect, test } from 'vitest'
import type { Delivered, MailServer } from '../../../testing/peers/smtp-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { mailScenario } from '../../../testing/support/mail-scene.ts'
import type { Person } from '../../../testing/support/people.ts'
import { pngOf } from '../../../testing/support/pictures.ts'
import { bodyOf, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import type { Desk } from '../../../testing/support/workspace.ts'
import { layoutOf } from './mail-layout.ts'
import { attributesOf } from './templates/read-html.ts'

/** The mail about a new ticket of a person. */
const mailOfTicket = async (desk: Desk, smtp: MailServer, person: Person): Promise<Delivered> => {
  const id = await createTicket(person)
  await desk.settled()
  const found = (await smtp.mailsTo(person.email)).find(({ message }) => message.subject?.includes(id))
  if (found === undefined) throw new Error(`no mail about ${id}`)
  return found
}

const setLogo = async (person: Person): Promise<void> => {
  const raw = pngOf(600, 20)
  expectStatus(await person.put('/settings/logo', undefined, { raw, headers: { 'Content-Type': 'image/png' } }), 204)
}

const preview = '/mail-templates/ticket_created_customer/en/preview'

mailScenario('the logo of the tenant stands in its mails, at the address of the tenant', async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url)
  const { ada, cleo, slug } = world
  const without = (await mailOfTicket(desk, smtp, cleo)).message.html
  expect(attributesOf(String(without), 'src')).toEqual([])

  const name = 'Acme "IT" <b> & more'
  expectSuccess(await ada.patch('/settings', { name }))
  await setLogo(ada)
  const { html, text } = (await mailOfTicket(desk, smtp, cleo)).message
  const address = `https://desk.example.com/t/${slug}/api/tenant/logo`
  expect([attributesOf(String(html), 'src'), attributesOf(String(html), 'alt')]).toEqual([[address], [name]])
  expect(html).toContain('height="40"')
  expect(html).toContain('max-width:240px;max-height:40px')
  expect(text).not.toContain('/tenant/logo')
  // What the address leads to is the picture.
  const served = await fetch(address.replace('https://desk.example.com', desk.url))
  expect([served.status, served.headers.get('content-type')]).toEqual([200, 'image/png'])
  expect(attributesOf(bodyOf(await ada.post(preview, {})).html, 'src')).toEqual([address])

  expectStatus(await ada.delete('/settings/logo'), 204)
  expect(attributesOf(String((await mailOfTicket(desk, smtp, cleo)).message.html), 'src')).toEqual([])
})

test.each([
  ['https://desk.example.com', 'https://desk.example.com/api/tenant/logo'],
  ['http://intranet/t/acme', 'http://intranet/t/acme/api/tenant/logo'],
  ['http://localhost.example.com', 'http://localhost.example.com/api/tenant/logo'],
  ['http://localhost:5000', null],
  ['http://desk.localhost/t/acme', null],
  ['http://127.0.0.1:5000/help', null],
  ['http://[::1]:5000', null],
  [null, null],
])('the logo of a tenant at %s is %s: a mail names none that only one machine reaches', (address, logoUrl) => {
  expect(layoutOf({ accent_colour: '#123456', mail_signature: null }, address).logoUrl).toBe(logoUrl)
})
