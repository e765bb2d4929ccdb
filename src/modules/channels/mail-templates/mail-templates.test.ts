import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, versionIn } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let mail: MailServer
let desk: Desk
let world: World
beforeAll(async () => {
  mail = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: mail.url } })
  world = await createWorld(desk)
  await desk.settled()
})
afterAll(async () => {
  await desk?.stop()
  await mail?.stop()
})

const path = (template: string, language = 'en'): string => `/mail-templates/${template}/${language}`
const own = {
  subject: '[{{ticket_id}}] We have it: {{ticket_subject}}',
  text: '# Got it\n\nDear {{#recipient_name}}{{recipient_name}}{{/recipient_name}},\nwe look at it.\n\n{{quote}}\n\n{{link}}',
}

test('every template is listed with its languages, and shows its built-in text until the tenant has one', async () => {
  const listed = bodyOf(await world.ada.get('/mail-templates')).mail_templates
  expect(listed.length).toBeGreaterThan(40)
  const read = await world.ada.get(path('ticket_resolved', 'de'))
  expect(bodyOf(read)).toMatchObject({ is_set: false, version: 0, updated_by: null, language: 'de' })
  expect(bodyOf(read).text).toContain('Ihr Ticket {{ticket_id}} ist gelöst')
  expect(bodyOf(read).built_in.text).toBe(bodyOf(read).text)
})
