import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { uniqueEmail } from '../../../testing/support/keyed-requests.ts'
import { createOperator, ensureDefaultTenant } from '../../../testing/support/operator-client.ts'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import { bodyOf, createApi, expectRefusal, expectSuccess, type Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let smtp: MailServer
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url } })
  await ensureDefaultTenant(desk)
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

type Language = 'en' | 'de'
const other = { en: 'de', de: 'en' } as const
const hello = { en: 'Hello', de: 'Guten Tag' }

/** The language of the one mail to an address that has this link. */
const languageOfMail = async (address: string, path: string): Promise<string> => {
  await desk.settled()
  const mails = (await smtp.mailsTo(address)).filter(({ message }) => message.text?.includes(path))
  expect(mails).toHaveLength(1)
  const { text = '', html = '' } = mails[0]?.message ?? {}
  const found = (['en', 'de'] as const).filter((one) => text.includes(`\n${hello[one]}`))
  expect(html).toContain(`<html lang="${found[0]}"`)
  return found.join()
}

/** The languages of a tenant, the usual one first. */
const languagesOf = async (slug: string): Promise<string[]> =>
  bodyOf(await createApi(desk.url, { 'X-Tenant': slug }).get('/tenant')).languages

/** Each mail with a link to somebody who has chosen no language: what causes it, and where it leads. */
const firstMails: [string, path: string, (world: World, address: string) => Promise<Reply>][] = [
  ['an invited customer', '/invitation?', ({ ada }, email) => ada.post('/customers', { name: 'Cora', email })],
  [
    'an invited technician',
    '/invitation?',
    ({ ada }, email) =>
      ada.post('/technicians', { name: 'Tina', email, user_id: 'tina', phone_number: '+49 30 1', category: 'Network' }),
  ],
  [
    'who asks to register',
    '/registration/confirm?',
    async ({ ada, nobody }, email) => {
      expectSuccess(await ada.patch('/settings', { registration: 'confirmed' }))
      return nobody.post('/users/signup', { email })
    },
  ],
  [
    'who registered',
    '/email/confirm?',
    ({ nobody }, email) => nobody.post('/users/signup', { email, password, name: 'Cora' }),
  ],
  [
    'who forgot the password',
    '/password/reset?',
    async ({ nobody }, email) => {
      expectSuccess(await nobody.post('/users/signup', { email, password, name: 'Cora' }))
      return nobody.post('/auth/password/forgot', { email })
    },
  ],
]

describe.each(['en', 'de'] as Language[])('in a tenant whose first language is %s', (language) => {
  test.each(firstMails)('%s reads it, whatever the browser says', async (_, path, cause) => {
    const world = await createWorld(desk)
    expectSuccess(await world.ada.patch('/settings', { languages: [language, other[language]] }))
    const address = uniqueEmail()
    expectSuccess(await cause(world, address))
    expect(await languageOfMail(address, path)).toBe(language)
  })

  test('its first admin reads it, in the mail that makes the account', async () => {
    const address = uniqueEmail()
    const slug = `first-${language}`
    const admin = { user_id: 'hanna', name: 'Hanna', email: address }
    const body = { slug, name: 'Hafen', languages: [language, other[language]], admin }
    expectSuccess(await createOperator(desk).post('/tenants', body))
    expect(await languageOfMail(address, '/invitation?')).toBe(language)
    expect(await languagesOf(slug)).toEqual([language, other[language]])
  })
})

test('languages of a new tenant are those of the program when none are said, and none twice', async () => {
  const operator = createOperator(desk)
  const admin = { user_id: 'hanna', name: 'Hanna', email: uniqueEmail() }
  expectSuccess(await operator.post('/tenants', { slug: 'usual', name: 'Usual', admin }))
  expect(await languagesOf('usual')).toEqual(['en', 'de'])
  for (const languages of [[], ['de', 'de'], ['fr'], 'de', null])
    await expectRefusal(
      operator.post('/tenants', { slug: 'odd', name: 'Odd', languages, admin }),
      400,
      'validation_failed',
    )
})
