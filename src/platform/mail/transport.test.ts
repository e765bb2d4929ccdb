import { expect } from 'vitest'
import { startMailServer } from '../../testing/peers/smtp-server.ts'
import { undoing } from '../../testing/support/scene.ts'
import { readConfig } from '../config.ts'
import { createMailer, senderOf } from './transport.ts'

undoing.for([
  ['Acme: Help, please <desk@example.com>', 'Acme: Help, please'],
  ['"Acme, \\"IT\\" (Berlin); [Desk] <x@y>" <desk@example.com>', 'Acme, "IT" (Berlin); [Desk] <x@y>'],
  ['=?utf-8?Q?M=C3=BCller,?= =?utf-8?B?IEfDvG50aGVy?= <desk@example.com>', 'Müller, Günther'],
  ['Müller <desk@example.com>', 'Müller'],
  ['desk@example.com', ''],
] as const)('MAIL_FROM %j arrives as it was meant', async ([MAIL_FROM, name], { undo }) => {
  const smtp = await startMailServer()
  undo(() => smtp.stop())
  const config = readConfig({ SMTP_URL: smtp.url, MAIL_FROM })
  const mailer = createMailer(config)
  undo(async () => mailer?.close())
  const to = { name: 'Cora, "C" <c@x>', address: 'cora@example.com' }
  const mail = { to, subject: 'Hello', text: 'Hello', html: '<p>Hello</p>', messageId: '<1@example.com>' }
  const outcome = await mailer?.send({ ...mail, from: senderOf(config), ancestors: [], unsubscribeUrl: null })
  expect(outcome).toEqual({ outcome: 'sent' })
  const [delivered, ...more] = smtp.delivered
  expect(more).toEqual([])
  expect(delivered?.message.from).toEqual({ name, address: 'desk@example.com' })
  expect(delivered?.message.to).toEqual([to])
  expect(delivered?.raw.match(/^(?:From|To):/gm)).toHaveLength(2)
})
