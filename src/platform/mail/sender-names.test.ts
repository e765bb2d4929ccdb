import fc from 'fast-check'
import PostalMime, { addressParser } from 'postal-mime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMailbox } from '../../contract/mailbox.ts'
import { type MailServer, startMailServer } from '../../testing/peers/smtp-server.ts'
import { readConfig } from '../config.ts'
import { createMailer, type Mailer } from './transport.ts'

let smtp: MailServer
let mailer: Mailer | null
beforeAll(async () => {
  smtp = await startMailServer()
  mailer = createMailer(readConfig({ SMTP_URL: smtp.url }))
})
afterAll(async () => {
  mailer?.close()
  await smtp?.stop()
})

const address = 'desk@example.com'
let sent = 0

/** Sends a mail from a name over SMTP, and answers with the mail as it arrived, raw. */
const sendFrom = async (name: string): Promise<string> => {
  sent += 1
  const to = { name: '', address: `to${sent}@example.com` }
  const mail = { to, subject: 'Hello', text: 'Hello', html: '<p>Hello</p>', messageId: `<${sent}@example.com>` }
  const outcome = await mailer?.send({ ...mail, from: { name, address }, ancestors: [], unsubscribeUrl: null })
  expect(outcome).toEqual({ outcome: 'sent' })
  const [delivered, ...others] = await smtp.mailsTo(to.address)
  expect(others).toEqual([])
  return delivered?.raw ?? ''
}

/** What a parser makes of the header `From` of a raw mail, of which there must be one, with one mailbox. */
const readFrom = async (raw: string) => {
  expect(raw.match(/^From:/gim)).toHaveLength(1)
  const header = /^From:((?:.*\r?\n[ \t])*.*)/im.exec(raw)?.[1]?.replaceAll(/\r?\n/g, '') ?? ''
  // One mailbox also for a parser that takes addresses apart before it decodes words.
  expect(addressParser(header.trim()).map((one) => one.address)).toEqual([address])
  return (await PostalMime.parse(raw)).from
}

/** As a person writes a name in MAIL_FROM that needs quotation marks. */
const quoted = (name: string): string => `"${name.replaceAll(/["\\]/g, '\\$&')}" <${address}>`

const pieces = [
  ',',
  ':',
  ';',
  '<',
  '>',
  '(',
  ')',
  '[',
  ']',
  '"',
  '\\',
  '@',
  '.',
  "'",
  '=',
  '?',
  '_',
  'ü',
  'ß',
  'Ж',
  '山',
  '🎫',
  '👩‍🔧',
  'a',
  'B',
  '7',
  ' ',
]
const names = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 60 })
  .map((parts) => parts.join('').replaceAll(/ +/g, ' ').trim())
  .filter((name) => name !== '')

const examples: [string][] = [
  ['Acme, Help: "IT" (Berlin) <Desk>; [1] Müller'],
  ['Ü'.repeat(200)],
  ['x'.repeat(200)],
  ['👩‍🔧'.repeat(40)],
  ['"'],
  ['\\'],
  ['other@example.com'],
  ['<other@example.com>'],
  ['a, b@example.com'],
  ['Group: a@example.com;'],
  ["'quoted'"],
]

test('a name arrives as it was written, whatever signs it has', async () => {
  await fc.assert(
    fc.asyncProperty(names, async (name) => {
      expect(readMailbox(quoted(name))).toEqual({ name, address })
      expect(await readFrom(await sendFrom(name))).toEqual({ name, address })
    }),
    { seed: 15, numRuns: 150, examples },
  )
}, 60_000)

test.each(['\n', '\r', '\r\n', '\u2028', '\u0000', '\u0085'])('%j in a name begins no other header', async (sign) => {
  const name = `Desk${sign}Bcc: all@example.com`
  expect(readMailbox(quoted(name))).toBeNull()
  const raw = await sendFrom(name)
  expect(raw).not.toMatch(/^Bcc:/im)
  expect((await readFrom(raw))?.address).toBe(address)
})
