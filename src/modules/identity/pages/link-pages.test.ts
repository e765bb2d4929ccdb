import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../../../platform/log.ts'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createWorld, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { expectStatus } from '../../../testing/support/requests.ts'
import { confirmationToken, newestResetToken } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { attributesOf, skeletonOf, textsOf } from '../../channels/outgoing-mail/templates/read-html.ts'
import { context, templateNames } from '../../channels/outgoing-mail/templates/sample-parameters.ts'
import { templates } from '../../channels/outgoing-mail/templates/template-list.ts'
import { samples } from '../../channels/outgoing-mail/templates/template-samples.ts'
import { renderMail } from '../../channels/outgoing-mail/templates/templates.ts'
import { createTenantWithAdmin } from '../accounts/first-admin.service.ts'
import { getTenantId } from '../tenants/tenants.service.ts'

// What a person meets who follows the link of a mail, and what a scanner of mails, a program and a stranger meet there.

const lines: string[] = []
const errorLines: string[] = []
let smtp: MailServer
let desk: Desk
let world: World
let otherTenantId: number

beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({
    settings: {
      SMTP_URL: smtp.url,
      PUBLIC_URL: 'https://desk.example.com/help',
      RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000',
      RATE_LIMIT_SIGN_INS_PER_MINUTE: '1000000',
    },
    log: createLog('info', { write: (line) => void errorLines.push(line) }),
    accessLog: { write: (line: string) => void lines.push(line) },
  })
  world = await createWorld(desk)
  const other = { userId: 'ada', name: 'Ada', email: 'ada@other.example.com', password }
  await createTenantWithAdmin(desk.app, { slug: 'other', name: 'Other desk' }, other)
  otherTenantId = await getTenantId(desk.app, 'other')
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

interface Shown {
  status: number
  headers: Headers
  html: string
  /** The text of the page as a person reads it. */
  text: string
}

const shownOf = async (response: Response): Promise<Shown> => {
  const html = await response.text()
  const isHtml = response.headers.get('content-type') === 'text/html; charset=utf-8'
  // The style is no text of the page.
  const text = isHtml && html !== '' ? textsOf(html).slice(2).join('\n') : ''
  return { status: response.status, headers: response.headers, html, text }
}

/** Opens an address as a browser does. */
const open = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Shown> =>
  shownOf(await fetch(`${desk.url}${path}`, { method, headers: { Accept: browser, ...headers }, redirect: 'manual' }))

/** Sends a form as a browser does. */
const submit = async (
  path: string,
  fields: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<Shown> =>
  shownOf(
    await fetch(`${desk.url}${path}`, {
      method: 'POST',
      headers: {
        Accept: browser,
        'Content-Type': 'application/x-www-form-urlencoded',
        Origin: 'null',
        'Sec-Fetch-Site': 'same-origin',
        ...headers,
      },
      body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
      redirect: 'manual',
    }),
  )

/** The attributes of each element of a name. */
const elements = (html: string, name: string): Record<string, string>[] =>
  skeletonOf(html).flatMap((token) =>
    'element' in token && token.element === name ? [Object.fromEntries(token.attributes)] : [],
  )

/** What is wrong with a page: it must be well formed, name every field, and hold nothing that acts. */
const faultsOf = ({ headers, html }: Shown): string[] => {
  const tags = skeletonOf(html).flatMap((token) => ('element' in token ? [token.element] : []))
  const faults: string[] = []
  const opened: string[] = []
  for (const tag of tags) {
    if (['!doctype', 'meta', 'input'].includes(tag)) continue
    if (!tag.startsWith('/')) opened.push(tag)
    else if (opened.pop() !== tag.slice(1)) faults.push(`${tag} closes nothing`)
  }
  faults.push(...opened.map((tag) => `${tag} is left open`))
  const ids = attributesOf(html, 'id')
  if (new Set(ids).size < ids.length) faults.push('an id stands twice')
  const labelled = elements(html, 'label').map((label) => label.for)
  for (const { id, type, hidden } of elements(html, 'input')) {
    if (type !== 'hidden' && hidden === undefined && !labelled.includes(id)) faults.push(`${id} has no label`)
  }
  for (const described of attributesOf(html, 'aria-describedby').flatMap((list) => list.split(' '))) {
    if (!ids.includes(described)) faults.push(`${described} describes nothing`)
  }
  for (const address of [...attributesOf(html, 'href'), ...attributesOf(html, 'action')]) {
    if (!/^(?:(?:\.\.?\/)|\?|#)/.test(address)) faults.push(`${address} is not relative`)
  }
  if (tags.some((tag) => /script|iframe|img|object|link|base/.test(tag))) faults.push('it loads something')
  if (attributesOf(html, 'style').length > 0) faults.push('it has a style that the policy forbids')
  if (elements(html, 'h1').length !== 1) faults.push('it has not one heading')
  const policy = headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    if (!policy.split('; ').includes(rule)) faults.push(`the policy lacks ${rule}`)
  }
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  if (!policy.split('; ').includes(`style-src 'sha256-${hash}'`)) faults.push(`the policy is ${policy}`)
  const expected = {
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
    'x-content-type-options': 'nosniff',
    'content-encoding': null,
    'set-cookie': null,
    'access-control-allow-origin': null,
  }
  for (const [name, value] of Object.entries(expected)) {
    if (headers.get(name) !== value) faults.push(`${name} is ${headers.get(name)}`)
  }
  return faults
}

/** What a program reads of a link, with which it shows a page of its own. */
const lookAt = async (purpose: string, token: string): Promise<Record<string, unknown>> =>
  expectStatus(await world.nobody.post('/auth/link', { purpose, token }), 200).body
const nothingSeen = {
  ...{ end: null, tenant: null, language: null, is_invitation: null, sign_in_name: null },
  ...{ email: null, is_new_address: null, refusal: null },
}

/** Ada invites somebody. */
const invite = async (name = 'Ines', email = `${uniqueName()}@${world.slug}.example.com`) => {
  const { body } = expectStatus(await world.ada.post('/customers', { name, email }), 201)
  return { id: String(body.customer_id), email, token: await newestResetToken(desk, world, body.customer_id) }
}

/** Somebody who has an account forgets the password. */
const forget = async () => {
  const person = await world.customer()
  expectStatus(await world.nobody.post('/auth/password/forgot', { email: person.email }), 202)
  return { id: person.id, email: person.email, token: await newestResetToken(desk, world, person.id) }
}

const expire = (id: string): Promise<unknown> =>
  desk.owner.query('update password_resets set expires_at = now() where tenant_id = $1 and account_id = $2', [
    world.tenantId,
    id,
  ])

/** All that a request for a page could change. */
const snapshot = async (): Promise<unknown> => {
  const { rows } = await desk.owner.query(`
    select (select md5(string_agg(r::text, ',' order by r.reset_id)) from password_resets r) as links,
      (select md5(string_agg(a::text, ',' order by a.tenant_id, a.account_id)) from accounts a) as accounts,
      (select md5(string_agg(s::text, ',' order by s.session_id)) from sessions s) as sessions,
      (select count(*) from events) as events`)
  return rows
}

interface Person {
  id: string
  email: string
  token: string
}

const headings = {
  invitation: { en: 'Choose your password', de: 'Wählen Sie Ihr Passwort' },
  reset: { en: 'Choose a new password', de: 'Wählen Sie ein neues Passwort' },
  used: { en: 'This link is used up', de: 'Dieser Link ist verbraucht' },
  expired: { en: 'This link has expired', de: 'Dieser Link ist abgelaufen' },
  unknown: { en: 'This link is not complete, or not valid', de: 'Dieser Link ist unvollständig oder ungültig' },
}

const chosen = 'seven quiet rivers'

/** Each state of a link: how it comes about, and what its page says. */
const states: Record<string, { make: () => Promise<Person>; says: keyof typeof headings }> = {
  'of an invitation': { make: () => invite(), says: 'invitation' },
  'of a forgotten password': { make: forget, says: 'reset' },
  'that was used': {
    async make() {
      const person = await invite()
      await submit('/invitation', { token: person.token, password: chosen })
      return person
    },
    says: 'used',
  },
  'that a newer one replaced': {
    async make() {
      const person = await forget()
      await world.nobody.post('/auth/password/forgot', { email: person.email })
      return person
    },
    says: 'used',
  },
  'of somebody who left': {
    async make() {
      const person = await invite()
      expectStatus(await world.ada.delete(`/customers/${person.id}`), 204)
      return person
    },
    says: 'used',
  },
  'that has expired': {
    async make() {
      const person = await invite()
      await expire(person.id)
      return person
    },
    says: 'expired',
  },
  'with the number of another tenant': {
    async make() {
      const person = await invite()
      return { ...person, token: person.token.replace(/^\d+/, String(otherTenantId)) }
    },
    says: 'unknown',
  },
  'that a line break cut off': {
    async make() {
      const person = await invite()
      return { ...person, token: person.token.slice(0, -4) }
    },
    says: 'unknown',
  },
}

describe.each(Object.entries(states))('A link %s', (_, { make, says }) => {
  const isGood = says === 'invitation' || says === 'reset'
  let person: Person
  beforeAll(async () => {
    person = await make()
  })

  test.each(['/password/reset', '/invitation'])(
    'is shown at %s in both languages, and looking changes nothing',
    async (path) => {
      const address = `${path}?token=${person.token}`
      const before = await snapshot()
      for (const [lang, accepted] of [
        ['en', 'en-GB,en;q=0.9'],
        ['de', 'de-AT,de;q=0.9,en;q=0.8'],
      ] as const) {
        const page = await open(address, { 'Accept-Language': accepted })
        expect(page.text).toContain(headings[says][lang])
        expect([page.status, faultsOf(page)]).toEqual([isGood ? 200 : 410, []])
        expect(elements(page.html, 'html')).toEqual([{ lang }])
        // The link to the other language wins over the browser's own.
        const [other] = elements(page.html, 'a')
        const switched = await open(`${path}${other?.href}`, { 'Accept-Language': accepted })
        expect(elements(switched.html, 'html')).toEqual([{ lang: other?.lang }])
        expect(switched.text).toContain(headings[says][lang === 'en' ? 'de' : 'en'])
      }
      // A scanner of mails asks in other ways, too.
      const head = await open(address, {}, 'HEAD')
      expect([head.status, head.html]).toEqual([isGood ? 200 : 410, ''])
      await open(address, { Accept: '*/*', 'User-Agent': 'MailScanner', 'X-HTTP-Method-Override': 'POST' })
      await open(`${address}&_method=POST&password=${chosen}`)
      expect(await snapshot()).toEqual(before)
    },
  )

  test('tells who it is for only while it is good', async () => {
    const page = await open(`/invitation?token=${person.token}`)
    expect(page.html.includes(person.email)).toBe(isGood)
    expect(page.html).not.toMatch(/Ines|CUS\d/)
    // A program that shows the page itself learns as much as the page tells, and not more.
    const before = await snapshot()
    const link = await lookAt('password', person.token)
    expect(link).toEqual({
      ...nothingSeen,
      end: isGood ? null : says,
      tenant: says === 'unknown' ? null : { slug: world.slug, name: `Desk ${world.slug}` },
      ...(isGood ? { is_invitation: says === 'invitation', sign_in_name: person.email } : {}),
    })
    expect(await snapshot()).toEqual(before)
  })

  test('is good for one password, and else offers a new link', async () => {
    if (!isGood) {
      const refused = await submit('/password/reset?lang=de', { token: person.token, password: chosen })
      expect([refused.status, faultsOf(refused)]).toEqual([422, []])
      expect(refused.text).toContain(headings[says].de)
      const [form] = elements(refused.html, 'form')
      const tenant = says === 'unknown' ? '' : `&tenant=${world.slug}`
      expect(form?.action).toBe(`../password/forgot?lang=de${tenant}`)
      return
    }
    const page = await open(`/password/reset?token=${person.token}`)
    const [form] = elements(page.html, 'form')
    expect(form).toMatchObject({ method: 'post', action: expect.not.stringContaining('token') })
    const done = await submit('/password/reset', { token: person.token, password: chosen })
    expect([done.status, faultsOf(done)]).toEqual([200, []])
    for (const word of [person.email, `https://desk.example.com/help/t/${world.slug}/`, `Desk ${world.slug}`]) {
      expect(done.text).toContain(word)
    }
    expect(done.html).not.toContain(person.token)
    expectStatus(await world.nobody.post('/auth/login', { user_id_or_email: person.email, password: chosen }), 200)
    expect((await submit('/password/reset', { token: person.token, password: chosen })).text).toContain(
      headings.used.en,
    )
  })
})

test('An invited person comes from the mail to a password, and signs in', async () => {
  const { email } = await invite('Ines Ernst')
  const [mail] = await smtp.mailsTo(email)
  const [link = ''] = attributesOf(mail?.message.html ?? '', 'href')
  const start = `https://desk.example.com/help/t/${world.slug}/invitation`
  expect(link.split('?token=')[0]).toBe(start)
  // The proxy in front cuts off the path of PUBLIC_URL.
  const address = link.replace('https://desk.example.com/help', '')
  const page = await open(address)
  expect(page.text).toContain(`Desk ${world.slug}`)
  const inputs = elements(page.html, 'input')
  expect(inputs.map(({ autocomplete, type }) => autocomplete ?? type)).toEqual(['hidden', 'username', 'new-password'])
  const typed = { token: inputs[0]?.value ?? '', password: 'password' }
  // The browser finds the address of the form from the address that it knows, with the part that the proxy cuts off.
  const action = new URL(elements(page.html, 'form')[0]?.action ?? '', link)
  expect(action.href).toBe(start)
  const refused = await submit('/invitation', typed)
  expect([refused.status, faultsOf(refused)]).toEqual([400, []])
  const [, , field] = elements(refused.html, 'input')
  expect(field).toMatchObject({
    'aria-invalid': 'true',
    'aria-describedby': 'password-hint password-fault',
    value: '',
    autofocus: '',
  })
  expect(elements(refused.html, 'title')).toHaveLength(1)
  expect(refused.html).toContain('<title>Error: ')
  expect(refused.html).toMatch(/role="alert"[\s\S]*href="#password"[\s\S]*most common passwords/)
  expect((await submit('/invitation', { ...typed, password: chosen })).status).toBe(200)
  expectStatus(await world.nobody.post('/auth/login', { user_id_or_email: email, password: chosen }), 200)
})

test('A link that has expired is made anew where it is shown, for the tenant that mailed it', async () => {
  const { id, email, token } = await invite()
  await expire(id)
  const page = await open(`/invitation?token=${token}`)
  const [form] = elements(page.html, 'form')
  const address = new URL(form?.action ?? '', 'http://x/invitation')
  const sent = await submit(`${address.pathname}${address.search}`, { email })
  const unknown = await submit(`${address.pathname}${address.search}`, { email: 'nobody@example.com' })
  expect([sent.status, faultsOf(sent), sent.html]).toEqual([200, [], unknown.html])
  const [, second] = await smtp.mailsTo(email, 2)
  const [link = ''] = attributesOf(second?.message.html ?? '', 'href')
  expect((await open(link.replace('https://desk.example.com/help', ''))).text).toContain(headings.invitation.en)
})

test('A person asks for a link at /password/forgot, which tells nobody who has an account', async () => {
  const page = await open('/password/forgot?lang=de')
  expect([page.status, faultsOf(page)]).toEqual([200, []])
  const tenant = { 'X-Tenant': world.slug }
  const answers = [world.cleo.email, 'nobody@example.com'].map((email) => submit('/password/forgot', { email }, tenant))
  const [known, unknown] = await Promise.all(answers)
  expect([known?.status, known?.html]).toEqual([200, unknown?.html])
  const refused = await submit('/password/forgot', { email: '"><script>alert(1)</script>' })
  expect([refused.status, faultsOf(refused)]).toEqual([400, []])
  expect(elements(refused.html, 'input')[0]?.value).toBe('"><script>alert(1)</script>')
  const empty = await submit('/password/forgot', { email: ' ' })
  expect([empty.status, empty.text.includes('Type your e-mail address.')]).toEqual([400, true])
  const noDesk = await submit('/password/forgot?tenant=nowhere', { email: world.cleo.email })
  expect([noDesk.status, faultsOf(noDesk)]).toEqual([404, []])
})

describe('A link that confirms an address', () => {
  const linkTo = (id: string, email: string): Promise<string> => confirmationToken(desk, world, { id, email })

  test('confirms by the button only, in the language of the account, and once', async () => {
    const person = await world.customer()
    const email = `${uniqueName()}@${world.slug}.example.com`
    const token = await linkTo(person.id, email)
    await desk.owner.query("update accounts set language = 'de' where tenant_id = $1 and account_id = $2", [
      world.tenantId,
      person.id,
    ])
    const before = await snapshot()
    const seen = { language: 'de', email, is_new_address: true }
    expect(await lookAt('email', token)).toMatchObject({ ...nothingSeen, ...seen, tenant: { slug: world.slug } })
    const page = await open(`/email/confirm?token=${token}`, { 'Accept-Language': 'en' })
    expect([page.status, faultsOf(page), page.text.includes(email)]).toEqual([200, [], true])
    expect(page.text).toContain('Bestätigen Sie Ihre Adresse')
    expect((await open(`/email/confirm?token=${token}&lang=en`)).text).toContain('Confirm your address')
    await open(`/email/confirm?token=${token}`, {}, 'HEAD')
    expect(await snapshot()).toEqual(before)
    const done = await submit('/email/confirm', { token })
    expect([done.status, faultsOf(done), done.text.includes('Ihre Adresse ist bestätigt')]).toEqual([200, [], true])
    expect((await person.get('/auth/me')).body.user.email).toBe(email)
    expect(await lookAt('email', token)).toMatchObject({ end: 'used', email: null, is_new_address: null })
    const again = [await submit('/email/confirm', { token }), await open(`/email/confirm?token=${token}`)]
    expect(again.map(({ status, text }) => [status, text.includes(headings.used.de), text.includes(email)])).toEqual([
      [422, true, false],
      [410, true, false],
    ])
  })

  test('of a registration says what to do when somebody else chose the password', async () => {
    const person = await world.customer()
    const own = await linkTo(person.id, person.email)
    expect(await lookAt('email', own)).toMatchObject({ email: person.email, is_new_address: false })
    const page = await open(`/email/confirm?token=${own}&lang=en`)
    const done = await submit('/email/confirm', { token: own })
    for (const { text, html } of [page, done]) {
      expect(text).toMatch(/If it was not you who registered|Wenn nicht Sie sich registriert/)
      expect(html).toMatch(/<a href="[^"]*password\/forgot/)
    }
    const other = await open(`/email/confirm?token=${await linkTo(person.id, 'new@example.com')}&lang=en`)
    expect(other.html).not.toContain('password/forgot')
  })

  test('says so when another account has the address by then, and is no link for a password', async () => {
    const person = await world.customer()
    const token = await linkTo(person.id, world.carl.email)
    const page = await submit('/email/confirm', { token })
    expect([page.status, faultsOf(page), page.text.includes('Another account has this address')]).toEqual([
      409,
      [],
      true,
    ])
    expect((await open(`/invitation?token=${token}`)).text).toContain(headings.unknown.en)
    const { token: other } = await invite()
    expect((await open(`/email/confirm?token=${other}`)).text).toContain(headings.unknown.en)
  })
})

test('A registration is finished by the person who has the mailbox, with a name and a password of their own', async () => {
  const register = async (): Promise<{ email: string; path: string; token: string }> => {
    const email = `${uniqueName()}@${world.slug}.example.com`
    const asked = { name: 'Collect your prize', email, password }
    expectStatus(await world.nobody.post('/auth/register', asked), 202)
    const [mail] = await smtp.mailsTo(email)
    const [link = ''] = attributesOf(mail?.message.html ?? '', 'href')
    const { pathname, searchParams, search } = new URL(link)
    return { email, path: `${pathname.replace('/help', '')}${search}`, token: searchParams.get('token') ?? '' }
  }
  expectStatus(await world.ada.patch('/settings', { registration: 'confirmed' }), 200)
  const [first, second] = [await register(), await register()]
  const before = await snapshot()
  const page = await open(first.path)
  const inGerman = await open(`${first.path}&lang=de`)
  await open(first.path, {}, 'HEAD')
  expect([page.status, faultsOf(page), inGerman.status, faultsOf(inGerman)]).toEqual([200, [], 200, []])
  expect([page.text.includes(first.email), page.html.includes('prize')]).toEqual([true, false])
  const tenant = { slug: world.slug, name: `Desk ${world.slug}` }
  expect(await lookAt('registration', first.token)).toEqual({ ...nothingSeen, tenant, email: first.email })
  // The token of a link says by itself what the link is for.
  for (const purpose of ['password', 'email']) {
    expect(await lookAt(purpose, first.token)).toEqual({ ...nothingSeen, end: 'unknown' })
  }
  const refused = await submit('/registration/confirm', {
    token: first.token,
    name: ' ',
    password: 'o\u0308'.repeat(3),
  })
  expect([refused.status, faultsOf(refused)]).toEqual([400, []])
  expect(refused.text).toMatch(/Type your name\.[\s\S]*The password is too short/)
  expect(elements(refused.html, 'input').filter(({ autofocus }) => autofocus !== undefined)).toHaveLength(1)
  expect(await snapshot()).toEqual(before)
  const done = await submit('/registration/confirm', { token: first.token, name: 'Rosa <b>', password: chosen })
  expect([done.status, faultsOf(done), done.text.includes(first.email)]).toEqual([200, [], true])
  // A page keeps no session, so none begins.
  const sessions = await desk.owner.query(
    'select from sessions s join accounts a using (tenant_id, account_id) where a.tenant_id = $1 and a.email = $2',
    [world.tenantId, first.email],
  )
  expect(sessions.rowCount).toBe(0)
  const signedIn = await world.nobody.post('/auth/login', { user_id_or_email: first.email, password: chosen })
  expect(expectStatus(signedIn, 200).body.user.name).toBe('Rosa <b>')
  const again = await submit('/registration/confirm', { token: first.token, name: 'Rosa', password: chosen })
  expect([again.status, again.text.includes(headings.used.en), again.html.includes(first.email)]).toEqual([
    422,
    true,
    false,
  ])
  expectStatus(await world.ada.patch('/settings', { registration: 'closed' }), 200)
  const closed = await submit('/registration/confirm?lang=de', { token: second.token, name: 'Rosa', password: chosen })
  expect([closed.status, faultsOf(closed)]).toEqual([403, []])
  expect(closed.text).toContain('Hier können Sie sich nicht mehr registrieren')
  // Who only looks learns it, too, before they fill in the form.
  const early = await open(second.path)
  expect([early.status, faultsOf(early), elements(early.html, 'form')]).toEqual([403, [], []])
  expect((await lookAt('registration', second.token)).refusal).toBe('registration_closed')
  expectStatus(await world.ada.patch('/settings', { registration: 'open' }), 200)
  expect((await open(second.path)).status).toBe(200)
  expectStatus(await world.nobody.post('/auth/register', { name: 'Rosa', email: second.email, password: chosen }), 201)
  const late = await open(second.path)
  expect([late.status, faultsOf(late), elements(late.html, 'form')]).toEqual([409, [], []])
  expect((await lookAt('registration', second.token)).refusal).toBe('email_taken')
})

test('A mail that speaks of a new password names the page for it, which is for the tenant of the mail', async () => {
  const speaking = templateNames.filter((name) => {
    const { text } = renderMail(name, samples[name], context)
    return text.includes('/password/forgot?tenant=acme')
  })
  expect(speaking.toSorted()).toEqual(['account_reactivated', 'password_changed', 'registration_known'])
  const { slug } = world
  const page = await open(`/password/forgot?tenant=${slug}`)
  expect(attributesOf(page.html, 'action')).toEqual([expect.stringContaining(`tenant=${slug}`)])
})

test('Every link that a mail can have leads to a page', async () => {
  // This desk has no console.
  const bare = { ...context, hasConsole: false }
  const links = templateNames.flatMap((name) => templates[name].fill(samples[name], bare).action?.url ?? [])
  const paths = new Set(links.map((link) => link.replace(context.publicUrl, '')))
  expect(paths.size).toBeGreaterThanOrEqual(4)
  for (const path of paths) {
    const page = await open(path)
    expect([path, faultsOf(page)]).toEqual([path, []])
    expect([200, 410], path).toContain(page.status)
  }
})

test('An address of the console explains itself to a browser, whatever ticket there is, and not to a program', async () => {
  for (const [path, says] of [
    ['/', { en: 'This is a helpdesk', de: 'Das ist ein Helpdesk' }],
    ['/tickets/TKT0001', { en: '/help/api/tickets/TKT0001', de: 'Die Adresse von Ticket TKT0001' }],
    ['/tickets/TKT999999', { en: '/help/api/tickets/TKT999999', de: 'Die Adresse von Ticket TKT999999' }],
    ['/orders/ORD0001', { en: '/help/api/orders/ORD0001', de: 'Die Adresse der Bestellung ORD0001' }],
  ] as const) {
    for (const lang of ['en', 'de'] as const) {
      const page = await open(path, { 'Accept-Language': lang })
      expect([page.status, faultsOf(page), page.text.includes(says[lang])]).toEqual([200, [], true])
    }
    for (const accepted of ['application/json', '*/*', 'application/json, text/plain, */*', 'image/png']) {
      const { status, headers, html } = await open(path, { Accept: accepted })
      expect([status, headers.get('content-type'), JSON.parse(html).code]).toEqual([
        404,
        'application/problem+json; charset=utf-8',
        'route_not_found',
      ])
    }
    const other = await open(path, {}, 'DELETE')
    expect([other.status, other.headers.get('allow'), faultsOf(other)]).toEqual([405, 'GET, HEAD', []])
  }
})

test('An unknown address is a page for a browser and a problem for a program, and nothing below /api is a page', async () => {
  for (const path of [
    '/nothing',
    '/password',
    '/password/reset/more',
    '/tickets/<script>',
    '/tickets/1',
    '/tickets/ORD0001',
    '/orders/TKT0001',
    '/apis',
    '/%00',
  ]) {
    const page = await open(encodeURI(path))
    expect([path, page.status, faultsOf(page)]).toEqual([path, 404, []])
    const { headers, html } = await open(encodeURI(path), { Accept: '*/*' })
    expect([headers.get('content-type'), JSON.parse(html).code]).toEqual([
      'application/problem+json; charset=utf-8',
      'route_not_found',
    ])
  }
  for (const path of [
    '/api',
    '/api/',
    '/api/nothing',
    '/API/x',
    '//api/x',
    '/%61pi/x',
    '/api%2fx',
    '/api/password/reset',
    '/%',
  ]) {
    for (const method of ['GET', 'HEAD', 'POST']) {
      const { headers } = await open(path, {}, method)
      expect([path, method, headers.get('content-type')]).toEqual([
        path,
        method,
        'application/problem+json; charset=utf-8',
      ])
    }
  }
})

test('A hostile token, name or address is text, and takes no page apart', async () => {
  const hostile = [
    '"><script>alert(1)</script>',
    "' onfocus=alert(1) autofocus='",
    'a\0b',
    '\u202e\ud800',
    '%00',
    '..',
    `${otherTenantId}.${crypto.randomUUID()}.x`,
    '1.'.repeat(4_000),
  ]
  for (const token of hostile) {
    const encoded = encodeURIComponent(token.toWellFormed())
    for (const path of ['/password/reset', '/invitation']) {
      const page = await open(`${path}?token=${encoded}&lang="><script>&tenant=<script>`)
      expect([page.status, faultsOf(page)]).toEqual([410, []])
      const sent = await submit(`${path}?tenant=<script>`, { token: token.toWellFormed(), password: chosen })
      expect([[400, 413, 422].includes(sent.status), faultsOf(sent)]).toEqual([true, []])
    }
  }
  expect((await open('/invitation?token=a&token=b')).text).toContain(headings.unknown.en)
  const { id, token } = await invite()
  const name = '"><img src=x onerror=alert(1)>&amp;<!--'
  await desk.owner.query('update accounts set sign_in_name = $3 where tenant_id = $1 and account_id = $2', [
    world.tenantId,
    id,
    name,
  ])
  await desk.owner.query('update tenants set name = $2 where tenant_id = $1', [world.tenantId, name])
  const page = await open(`/invitation?token=${token}`)
  expect([faultsOf(page), elements(page.html, 'input')[1]?.value, page.text.includes(name)]).toEqual([[], name, true])
  await desk.owner.query('update tenants set name = $2 where tenant_id = $1', [world.tenantId, `Desk ${world.slug}`])
})

describe('A form', () => {
  test('that another site sends is refused, and a proxy or an old browser does no harm', async () => {
    const { email } = world.cleo
    const status = async (headers: Record<string, string>) =>
      (await submit('/password/forgot', { email: email.replace('@', '+x@') }, headers)).status
    const site = (value: string, origin: string) => ({ 'Sec-Fetch-Site': value, Origin: origin })
    expect(await status(site('cross-site', 'null'))).toBe(403)
    expect(await status(site('same-site', 'https://www.example.com'))).toBe(403)
    expect(await status(site('cross-site', 'https://desk.example.com'))).toBe(403)
    expect(await status(site('same-origin', 'null'))).not.toBe(403)
    const old = async (origin: string) => {
      const headers = { Accept: browser, 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin }
      return (await fetch(`${desk.url}/password/forgot`, { method: 'POST', headers, body: 'email=x' })).status
    }
    expect(await old('https://evil.example.com')).toBe(403)
    expect([await old('https://desk.example.com'), await old('null')]).toEqual([400, 400])
    const refused = await submit('/password/forgot', { email }, site('cross-site', 'null'))
    expect(faultsOf(refused)).toEqual([])
  })

  test('of another type, too large, not UTF-8, or with a field twice is refused as a page', async () => {
    const send = (body: string | Buffer, type = 'application/x-www-form-urlencoded', more = {}) =>
      fetch(`${desk.url}/invitation`, {
        method: 'POST',
        headers: { Accept: browser, 'Content-Type': type, 'Sec-Fetch-Site': 'same-origin', ...more },
        body,
      }).then(shownOf)
    const cases = [
      [415, () => send('{"token":"a"}', 'application/json')],
      [415, () => send('token=a', 'text/plain')],
      [415, () => send('--x--', 'multipart/form-data; boundary=x')],
      [415, () => send('token=a', 'application/x-www-form-urlencoded; charset=latin1')],
      [415, () => send('token=a', undefined, { 'Content-Encoding': 'gzip' })],
      [413, () => send(`token=${'a'.repeat(7_000)}`)],
      [400, () => send('token=a&password=%ff%ff%ff%ff%ff%ff%ff%ff')],
      [400, () => send('token=a&password=%')],
      [400, () => send(Buffer.from('token=a&password=\xff\xff\xff\xff\xff\xff\xff\xff', 'latin1'))],
      [400, () => send('token=a&token=b&password=seven+quiet+rivers')],
      [400, () => send('x=1&'.repeat(1_000))],
      [400, () => send('')],
    ] as const
    for (const [status, ask] of cases) {
      const page = await ask()
      expect([page.status, faultsOf(page)]).toEqual([status, []])
    }
    const asProgram = await send('token=a', undefined, { Accept: 'application/json' })
    expect([asProgram.status, JSON.parse(asProgram.html).code]).toEqual([404, 'route_not_found'])
  })

  test('of one person does nothing a second time, and takes no session, key or override', async () => {
    const { email, token } = await invite()
    const headers = {
      'Idempotency-Key': 'one',
      Authorization: world.ada.headers.Authorization ?? '',
      'X-HTTP-Method-Override': 'GET',
      'X-Tenant': 'other',
    }
    const first = await submit('/invitation', { token, password: chosen, name: 'Other', role: 'admin' }, headers)
    const again = await submit('/invitation', { token, password: chosen }, headers)
    expect([first.status, again.status, again.html.includes(email)]).toEqual([200, 422, false])
  })
})

test('No token and no password is in a log, and a metric has the template of the page', async () => {
  const { token } = await invite()
  await open(`/invitation?token=${token}`)
  await submit(`/invitation?lang=de`, { token, password: chosen })
  await submit(`/invitation?token=${token}`, { token, password: chosen })
  const written = [...lines, ...errorLines].join('')
  expect(written).toContain('/invitation')
  for (const secret of [token, 'token=', token.split('.')[2] ?? '', chosen, encodeURIComponent(chosen)]) {
    expect(written.includes(secret), secret).toBe(false)
  }
  const metrics = await desk.app.metrics.registry.metrics()
  for (const route of ['/invitation', '/password/reset', '/password/forgot', '/', '/tickets/:ticketId']) {
    expect(metrics).toContain(`route="${route}"`)
  }
  expect(metrics).not.toContain('TKT0001')
})

describe('Where the program fails or limits', () => {
  const settings = { RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000', RATE_LIMIT_SIGN_INS_PER_MINUTE: '3' }

  test('the attempts at a page count together with those of the API, and the answer is a page', async () => {
    // Those who were counted before have the same address.
    await desk.owner.query('delete from rate_limits')
    const limited = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false, settings })
    const { url } = limited
    const ofPage = async (): Promise<Shown> =>
      shownOf(
        await fetch(`${url}/invitation?lang=de`, {
          method: 'POST',
          headers: { Accept: browser, 'Content-Type': 'application/x-www-form-urlencoded' },
          body: `token=x&password=${chosen.replaceAll(' ', '+')}`,
        }),
      )
    const ofApi = async (): Promise<number> =>
      (
        await fetch(`${url}/api/auth/password/reset`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ token: 'x', password: chosen }),
        })
      ).status
    expect([await ofApi(), (await ofPage()).status, await ofApi()]).toEqual([422, 422, 422])
    // Thirty times three attempts are the bound.
    const key = 'password_reset from 127.0.0.1 in all'
    const counted = await desk.owner.query('update rate_limits set hits = hits + 87 where key = $1 returning hits', [
      key,
    ])
    expect(counted.rows).toEqual([{ hits: 90 }])
    const page = await ofPage()
    expect([page.status, faultsOf(page), await ofApi()]).toEqual([429, [], 429])
    expect(page.text).toMatch(/In \d+ Sekunden/)
    expect(page.headers.get('retry-after')).toMatch(/^\d+$/)
    await limited.stop()
  })

  test('a page without the database says so, with the number of the request, and the others stay', async () => {
    const away = await startDesk({ withWorker: false, settings, databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing' })
    const at = async (path: string) => shownOf(await fetch(`${away.url}${path}`, { headers: { Accept: browser } }))
    const { token } = await invite()
    const [page, junk, home] = [await at(`/invitation?token=${token}`), await at('/invitation?token=x'), await at('/')]
    expect([page.status, junk.status, home.status]).toEqual([503, 410, 200])
    expect([faultsOf(page), page.headers.get('retry-after')]).toEqual([[], '2'])
    expect(page.text).toContain(page.headers.get('x-request-id') ?? 'no id')
    await away.stop()
  })
})
