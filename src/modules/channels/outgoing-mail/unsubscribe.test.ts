import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../../platform/log.ts'
import { type Delivered, type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { comment, createAssignedTicket } from '../../../testing/support/create-tickets.ts'
import { about, headerOf } from '../../../testing/support/mail-scene.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeDigests } from './outgoing-mail.service.ts'

// Mails to the staff can be unsubscribed from in one click. Scanners of mails follow links, so only a POST does it.

const lines: string[] = []
let smtp: MailServer
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({
    settings: { CONSOLE: 'true', SMTP_URL: smtp.url },
    log: createLog('info', { write: (line) => void lines.push(line) }),
    accessLog: { write: (line: string) => void lines.push(line) },
  })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

/** Waits for the mail of a person about a ticket whose text has some words. */
const mailTo = async (person: Person, id: string, words: string): Promise<Delivered> => {
  const found = (): Delivered | undefined =>
    about(smtp, id, person).find(({ message }) => message.text?.includes(words))
  await until(`${person.id} has the mail about ${words}`, async () => found() !== undefined)
  return found() as Delivered
}

/** The path of the address of a mail's one-click unsubscription. */
const pathIn = (mail: Delivered): string => {
  const [, path = ''] =
    /^<https:\/\/desk\.example\.com(\/t\/[a-z0-9-]+\/unsubscribe\?token=[\w.%-]+)>$/.exec(
      headerOf(mail, 'list-unsubscribe') ?? '',
    ) ?? []
  expect(path).not.toBe('')
  expect(headerOf(mail, 'list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
  return path
}

const form = 'application/x-www-form-urlencoded'
const send = (path: string, method: string, headers: Record<string, string> = {}, body?: string) =>
  fetch(`${desk.url}${path}`, { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body }) })
/** What a mail program sends: no cookie, no Origin. */
const oneClick = (path: string, headers: Record<string, string> = {}) =>
  send(path, 'POST', { 'Content-Type': form, ...headers }, 'List-Unsubscribe=One-Click')

const watchersOf = async ({ ada }: World, id: string): Promise<string[]> =>
  bodyOf(await ada.get(`/tickets/${id}/watchers`)).watchers.map(({ account_id }: { account_id: string }) => account_id)
const wayOf = async (person: Person, kind: string): Promise<string> =>
  bodyOf(await person.get('/me/notifications')).choices.find((choice: { kind: string }) => choice.kind === kind).way

/** A ticket that Tess has and Tom watches, on which Cleo has commented. */
const commented = async (): Promise<{ world: World; id: string }> => {
  const world = await createWorld(desk)
  const id = await createAssignedTicket(world)
  expectSuccess(await world.ada.put(`/tickets/${id}/watchers/${world.tom.id}`))
  expectSuccess(await comment(world.cleo, id, 'Still down.'))
  return { world, id }
}

test('a watcher stops watching, others of the staff stop the mails of a kind, and customers cannot by accident', async () => {
  const { world, id } = await commented()
  const { ada, tess, tom, cleo } = world
  const watching = pathIn(await mailTo(tom, id, 'Still down.'))
  const ofKind = pathIn(await mailTo(tess, id, 'Still down.'))
  for (let n = 0; n < 2; n += 1) {
    const answer = await oneClick(watching)
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, null])
  }
  expect(await watchersOf(world, id)).toEqual([])
  const events = await recordedEvents(desk, world, 'ticket.watcher_removed')
  expect(events.map(({ actor_id, subject_id }) => [actor_id, subject_id])).toEqual([[tom.id, id]])
  expect(await wayOf(tom, 'ticket_comment')).toBe('mail')

  // As `multipart/form-data`, which mail programs should send.
  const multipart = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
  const sent = await send(ofKind, 'POST', { 'Content-Type': 'multipart/form-data; boundary=b' }, multipart)
  expect(sent.status).toBe(200)
  expect(await wayOf(tess, 'ticket_comment')).toBe('console')
  const [change] = await recordedEvents(desk, world, 'account.notifications_changed')
  expect(change).toMatchObject({
    actor_id: tess.id,
    changes: { ticket_comment: { from: 'mail', to: 'console' } },
    details: { by: 'unsubscription' },
  })
  // The other way round a choice of less is not undone.
  bodyOf(await tess.patch('/me/notifications', { ways: { ticket_comment: 'nothing' } }))
  expect((await oneClick(ofKind)).status).toBe(200)
  expect(await wayOf(tess, 'ticket_comment')).toBe('nothing')

  expectSuccess(await comment(ada, id, 'We are on it.'))
  const toCleo = await mailTo(cleo, id, 'We are on it.')
  expect(headerOf(toCleo, 'list-unsubscribe')).toBeUndefined()
  expect(headerOf(toCleo, 'list-unsubscribe-post')).toBeUndefined()
  expect(
    about(smtp, id).filter(({ recipient, message }) => recipient === tess.email && message.text?.includes('on it')),
  ).toEqual([])
  const invitation = smtp.delivered.filter(({ message }) => /invited|Welcome/i.test(message.subject ?? ''))
  for (const mail of invitation) expect(headerOf(mail, 'list-unsubscribe')).toBeUndefined()
})

test('whoever only looks changes nothing, and what is not the one click, or comes from elsewhere, is refused', async () => {
  const { world, id } = await commented()
  const { tom } = world
  const path = pathIn(await mailTo(tom, id, 'Still down.'))
  const token = decodeURIComponent(path.split('token=')[1] ?? '')
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) await send(path, method)
  const page = await send(path, 'GET', { Accept: 'text/html', 'Accept-Language': 'de' })
  const html = await page.text()
  expect([page.status, html.includes('<html lang="de"'), html.includes('Abbestellen'), html.includes(id)]).toEqual([
    200,
    true,
    true,
    true,
  ])
  expect(html).not.toMatch(/<script|<img|No network/)
  const policy = page.headers.get('content-security-policy')
  for (const rule of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"])
    expect(policy).toContain(rule)
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  expect(page.headers.get('cache-control')).toContain('no-store')

  const refused = await Promise.all([
    oneClick(path, { Origin: 'https://evil.example' }),
    oneClick(path, { 'Sec-Fetch-Site': 'cross-site' }),
    send(path, 'POST'),
    send(path, 'POST', { 'Content-Type': form }, 'List-Unsubscribe=Two-Clicks'),
    send(path, 'POST', { 'Content-Type': 'multipart/form-data; boundary=b' }, '--b\r\nno form\r\n--b--'),
    send(path, 'POST', { 'Content-Type': 'application/json' }, JSON.stringify({ token })),
    oneClick('/unsubscribe'),
    oneClick(path.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))),
    oneClick(path.replace(/token=\d+/, 'token=999')),
  ])
  expect(refused.map(({ status }) => status)).toEqual([403, 403, 400, 400, 415, 415, 400, 422, 422])
  await expectRefusal(world.nobody.post('/unsubscribe', { token: `${token}x` }), 422, 'invalid_unsubscribe_token')
  expect(await watchersOf(world, id)).toEqual([tom.id])

  // A good link with another form is not said to be over.
  const empty = await send(path, 'POST', { Accept: 'text/html' })
  expect(await empty.text()).not.toMatch(/does not work any more|too old/)

  // The form of the page, as a browser sends it.
  const browser = { 'Content-Type': form, Accept: 'text/html', Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
  const done = await send('/unsubscribe', 'POST', browser, new URLSearchParams({ token }).toString())
  expect([done.status, (await done.text()).includes('You get no more of these mails')]).toEqual([200, true])
  expect(await watchersOf(world, id)).toEqual([])
  expect(lines.join('\n')).not.toContain(token.split('.')[2])
})

test('an address is good for 90 days, of the account as it is: not once it is deactivated; a program may use the token', async () => {
  const { world, id } = await commented()
  const { ada, tess, tom, nobody, tenantId } = world
  const [path, other] = [await mailTo(tom, id, 'Still down.'), await mailTo(tess, id, 'Still down.')].map(pathIn) as [
    string,
    string,
  ]
  const token = decodeURIComponent(path.split('token=')[1] ?? '')
  const age = (days: number) =>
    desk.owner.query(`update emails set created_at = now() - make_interval(days => $2) where tenant_id = $1`, [
      tenantId,
      days,
    ])
  await age(91)
  expect([(await send(path, 'GET')).status, (await oneClick(path)).status]).toEqual([410, 422])
  await age(89)
  expectSuccess(await tom.post('/auth/logout'))
  expectStatus(await nobody.post('/unsubscribe', { token }), 204)
  expect(await watchersOf(world, id)).toEqual([])
  expectSuccess(await ada.delete(`/technicians/${tess.id}`))
  expect([(await send(other, 'GET')).status, (await oneClick(other)).status]).toEqual([410, 422])
  expect(await recordedEvents(desk, world, 'account.notifications_changed')).toEqual([])
})

/** What the page of a link says, in English. */
const pageAt = async (path: string): Promise<string> => (await send(`${path}&lang=en`, 'GET')).text()

test('the page says what ends, what a watcher loses and who lets them back, and once it is done, that it is', async () => {
  const { world, id } = await commented()
  const { ada, tess, tom } = world
  const [watching, ofKind] = [await mailTo(tom, id, 'Still down.'), await mailTo(tess, id, 'Still down.')].map(
    pathIn,
  ) as [string, string]
  const loss = 'you will not see it any more. Its technician or an admin can let you back in.'
  expect(await pageAt(watching)).toContain(loss)
  expect(await pageAt(ofKind)).toContain('no more mails about public comments')
  expect(await pageAt(ofKind)).not.toContain(loss)
  // Whatever a mail program accepts.
  const accepting = { Accept: 'application/json, text/plain, */*' }
  const [first, second] = [await oneClick(watching, accepting), await oneClick(ofKind, accepting)]
  expect([first.status, second.status]).toEqual([200, 200])
  expect(await first.text()).toContain(`You do not watch ticket ${id}.`)
  expect(await second.text()).toContain('You get no mails about public comments.')
  await expectRefusal(tom.get(`/tickets/${id}`), 404, 'ticket_not_found')

  for (const path of [watching, ofKind]) {
    const page = await pageAt(path)
    expect(page).toContain('You get no more of these mails')
    expect(page).not.toMatch(/because you watch it|<button/)
  }
  expect(await pageAt(watching)).toContain('Its technician or an admin can let you back in.')
  // Who is let back in, or chooses mails again, may unsubscribe again.
  expectSuccess(await ada.put(`/tickets/${id}/watchers/${tom.id}`))
  bodyOf(await tess.patch('/me/notifications', { ways: { ticket_comment: 'mail' } }))
  for (const path of [watching, ofKind]) expect(await pageAt(path)).toContain('<button')
})

test('a mail says why one gets it, and links to the page that ends such mails; whoever else reads it gets no token', async () => {
  const { world, id } = await commented()
  const { ada, tess, tom, cleo } = world
  expectSuccess(await comment(ada, id, 'We are on it.'))
  const ends = async (person: Person, words: string) => {
    const mail = await mailTo(person, id, words)
    const said = (mail.message.text ?? '').replaceAll(/\s+/g, ' ').trim()
    return { mail, said: said.slice(said.lastIndexOf('You get this mail')) }
  }
  const where = `Choose your mails: https://desk.example.com/t/${world.slug}/account/notifications`
  const toTom = await ends(tom, 'Still down.')
  const linkOf = (mail: Delivered): string => `https://desk.example.com${pathIn(mail)}`
  expect(toTom.said).toBe(`You get this mail because you watch the ticket. Watch it no more: ${linkOf(toTom.mail)}`)
  const toTess = await ends(tess, 'Still down.')
  expect(toTess.said).toBe(
    `You get this mail because you have the ticket. ${where} Get no more mails about public comments: ${linkOf(toTess.mail)}`,
  )
  expect(toTess.mail.message.html).toContain(`href="${linkOf(toTess.mail)}"`)
  expect((await ends(cleo, 'We are on it.')).said).toBe(`You get this mail because it is about your ticket. ${where}`)
  await desk.settled()
  const { emails } = bodyOf(await ada.get(`/emails?account=${tess.id}&ticket_id=${id}`))
  for (const { email_id } of emails) {
    const { text, html, as_sent } = bodyOf(await ada.get(`/emails/${email_id}`))
    expect([as_sent, text.match(/unsubscribe\?token=(\S+)/)[1]]).toEqual([true, 'masked'])
    expect(html).not.toContain(pathIn(toTess.mail))
  }
})

test('the unsubscription of a digest ends all digests; that of a customer has none', async () => {
  const { world, id } = await commented()
  const { tess, cleo, ada } = world
  for (const person of [tess, cleo]) {
    bodyOf(await person.patch('/me/notifications', { ways: { ticket_comment: 'hourly', ticket_file: 'daily' } }))
  }
  expectSuccess(await comment(ada, id, 'We are on it.'))
  await desk.settled()
  await desk.owner.query(`update digest_items set due_at = now() - interval '1 minute' where tenant_id = $1`, [
    world.tenantId,
  ])
  await writeDigests(desk.app)
  const digestTo = ({ email }: Person): Delivered | undefined =>
    smtp.delivered.find(({ recipient, message }) => recipient === email && message.subject?.startsWith('What happened'))
  await until('both have their digests', async () => [tess, cleo].every((person) => digestTo(person) !== undefined))
  expect(headerOf(digestTo(cleo), 'list-unsubscribe')).toBeUndefined()
  const path = pathIn(digestTo(tess) as Delivered)
  expect((await oneClick(path)).status).toBe(200)
  expect([
    await wayOf(tess, 'ticket_comment'),
    await wayOf(tess, 'ticket_file'),
    await wayOf(tess, 'ticket_status'),
  ]).toEqual(['console', 'console', 'mail'])
})
