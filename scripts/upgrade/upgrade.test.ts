import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dumpRows } from '../../src/platform/db/row-dump.ts'
import type { Program } from '../../src/testing/support/real-program.ts'
import { type Api, createApi } from '../../src/testing/support/requests.ts'
import { addressOf, annex, annexAdmin } from './annex-story.ts'
import { countDesks } from './desk-counts.ts'
import { type ReleaseDump, readRelease, releases } from './release-dump.ts'
import { differences, openRelease, readAll, rowsOf, signInTo, type UpgradedDesk, untilNone } from './upgraded-desk.ts'

// An operator upgrades from a release, and the people of the release go on with their work. The tests of a release
// build on each other, in their order.

const versions = await releases()

test('there is a dump of every release', () => {
  expect(versions).toContain('0.1.0')
})

const waitingMails = `select from emails where state in ('queued', 'deferred')`

describe.each(versions)('An upgrade from %s', (version) => {
  let release: ReleaseDump
  let desk: UpgradedDesk
  let program: Program
  /** The admins of both tenants. */
  let admins: Record<string, Api>

  beforeAll(async () => {
    release = await readRelease(version)
    desk = await openRelease(release)
  })
  afterAll(() => desk?.stop())

  /** The mails that waited in the dump; the first is a welcome, which the log of the mail server will name. */
  const waitedThen = () => {
    const mails = rowsOf(release.rows, 'emails').filter(({ state }) => /^(?:queued|deferred)$/.test(state))
    const isWelcome = ({ template }: { template: string }): boolean => template === 'customer_registered'
    return [...mails.filter(isWelcome), ...mails.filter((mail) => !isWelcome(mail))]
  }
  const verifyAudit = async (): Promise<string> => {
    const anchors = await desk.writeFile('anchors.tsv', release.header.anchors.join('\n'))
    const { code, out, err } = await desk.operate('audit-verify', '--anchors', anchors)
    expect([code, err]).toEqual([0, ''])
    return out.trimEnd()
  }

  test('migrates, and every row is there as it was', async () => {
    expect(await countDesks(desk.databaseUrl)).toEqual(release.header.counts)
    const migrated = await desk.operate('migrate-database')
    expect([migrated.code, migrated.err]).toEqual([0, ''])
    expect((await desk.operate('migrate-database', 'status')).out).toMatch(/^the schema is up to date$/m)
    // When a migration rewrites old rows on purpose, name its columns here, and compare them with their new values.
    const today = await dumpRows(desk.databaseUrl)
    // The technicians of merged tickets become watchers: see `merges.test.ts`.
    const watchers = 'public.ticket_watchers now has'
    // Every tenant gets a counter of service accounts, of webhooks, of products and of orders.
    const newCounters = 'public.counters now has'
    const isOther = (difference: string): boolean =>
      ![watchers, newCounters].some((known) => difference.startsWith(known))
    expect(differences(release.rows, today).filter(isOther)).toEqual([])
    expect(today.sequences).toEqual(expect.arrayContaining(release.rows.sequences))
    const changed = / (?:ticket_watchers|counter (?:service|webhook|product|order))$/
    const others = (counts: Record<string, number>) => Object.entries(counts).filter(([what]) => !changed.test(what))
    const counts = await countDesks(desk.databaseUrl)
    expect(others(counts)).toEqual(others(release.header.counts))
    for (const { slug } of rowsOf(release.rows, 'tenants'))
      expect(counts).toMatchObject({ [`${slug} counter product`]: 0, [`${slug} counter order`]: 0 })
  })

  test('keeps the audit chains, up to the heads that the release printed', async () => {
    expect((await verifyAudit()).split('\n')).toEqual(release.header.anchors)
  })

  test('after-restore counts as sent what the mail server names', async () => {
    const [known] = waitedThen()
    const log = await desk.writeFile('mail.log', `Nov 26 postfix: message-id=${known?.message_id} status=sent\n`)
    const { code, out, err } = await desk.operate('after-restore', '--mail-log', log)
    expect([code, err]).toEqual([0, ''])
    // The dump has an event without mails: its last ticket. The customer and the admin are mailed now.
    const left = waitedThen().length - 1 + 2
    expect(out).toMatch(/^mails that the log of the server names +1 {2}/m)
    expect(out).toMatch(new RegExp(`^mails that were released +${left} {2}`, 'm'))
    expect(out).toMatch(/^the new epoch of the log +[a-z0-9]{12}$/m)
  })

  test('starts, and sends every mail that waited, once and as it was', async () => {
    // Links, sessions and receipts that have expired since the dump become valid again, because tests below use them.
    await desk.sql(`update password_resets set expires_at = now() + interval '1 hour'`)
    await desk.sql(`update sessions set expires_at = now() + interval '1 hour'`)
    await desk.sql('update idempotency_keys set created_at = now()')
    program = await desk.start()
    await untilNone(desk, 'mails that wait', waitingMails)
    const [known, ...others] = waitedThen()
    const sent = desk.smtp.delivered.map(({ message, recipient }) => `${message.messageId} ${recipient}`)
    expect(sent).not.toContain(`${known?.message_id} ${known?.recipient_email}`)
    expect(sent.sort()).toEqual([...new Set(sent)])
    expect(sent).toEqual(expect.arrayContaining(others.map((mail) => `${mail.message_id} ${mail.recipient_email}`)))
    expect(sent).toHaveLength(others.length + 2)
    await untilNone(desk, 'jobs', `select from graphile_worker.jobs where task_identifier = 'send_email'`)
    expect(await desk.sql(`select from emails where state = 'failed'`)).toHaveLength(
      rowsOf(release.rows, 'emails').filter(({ state }) => state === 'failed').length,
    )
  })

  test('shows the admins everything that was there', async () => {
    const { password } = release.header
    admins = {
      default: await signInTo(program.url, 'default', 'dana', password),
      [annex]: await signInTo(program.url, annex, annexAdmin, password),
    }
    for (const { tenant_id, slug } of rowsOf(release.rows, 'tenants')) {
      const admin = admins[slug] as Api
      const rowsOfTenant = (table: string) => rowsOf(release.rows, table).filter((row) => row.tenant_id === tenant_id)
      const events = rowsOfTenant('events')
      for (const { ticket_number, subject, status, priority, version: at, deleted_at } of rowsOfTenant('tickets')) {
        const id = `TKT${String(ticket_number).padStart(4, '0')}`
        const ticket = await admin.get(`/tickets/${id}`)
        expect(ticket.status).toBe(deleted_at === null ? 200 : 404)
        if (deleted_at !== null) continue
        expect(ticket.body).toMatchObject({ ticket_id: id, subject, status, priority, version: at })
        const history = await readAll(admin, `/tickets/${id}/history`, 'history')
        const types = events.filter(({ subject_id }) => subject_id === id).map(({ type }) => type)
        const own = history.filter(({ ticket_id }) => ticket_id === id)
        expect(own.map(({ type }) => type)).toEqual(types)
        for (const what of ['comments', 'attachments']) await readAll(admin, `/tickets/${id}/${what}`, what)
        for (const what of ['links', 'watchers']) expect((await admin.get(`/tickets/${id}/${what}`)).status).toBe(200)
      }
      for (const { email_id } of rowsOfTenant('emails')) {
        const mail = await admin.get(`/emails/${email_id}`)
        expect([mail.status, mail.text]).toEqual([200, expect.not.stringMatching(/undefined|\[object/)])
      }
      const audit = await readAll(admin, '/audit', 'events')
      const facts = (rows: { type: string; subject_id: string }[]): string[] =>
        rows.map(({ type, subject_id }) => `${type} ${subject_id}`)
      expect(facts(audit)).toEqual(expect.arrayContaining(facts(events)))
      expect(audit.length).toBeGreaterThanOrEqual(events.length)
      for (const list of ['customers', 'technicians']) {
        expect(await readAll(admin, `/${list}`, list)).toHaveLength(rowsOfTenant(list).length)
      }
    }
  })

  test('honours what the release handed out: a session, a receipt, a link in a mail', async () => {
    const { keyed, password, refresh_token } = release.header
    const guest = createApi(program.url, { 'X-Tenant': annex })
    const refresh = (token: string) => guest.post('/auth/refresh', { refresh_token: token })
    const renewed = await refresh(refresh_token)
    expect(renewed.status).toBe(200)
    expect((await refresh(`${refresh_token.slice(0, -1)}-`)).status).toBe(401)
    const newest = await refresh(renewed.body.refresh_token)
    expect(newest.status).toBe(200)
    // The token of the release is spent, and ends the session when it comes again.
    expect((await refresh(refresh_token)).status).toBe(401)
    expect((await refresh(newest.body.refresh_token)).status).toBe(401)

    const { body: session } = await guest.post('/auth/login', { user_id_or_email: keyed.by, password })
    // Not held against the API document of today, because a kept answer has the members of the version that gave it.
    const again = await fetch(`${program.url}/api/tickets`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${session.token}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': keyed.key,
      },
      body: JSON.stringify(keyed.body),
    })
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(await again.json()).toMatchObject({ ticket_id: keyed.ticket_id, ...keyed.body })

    for (const name of ['sam.slow', 'ines.slow']) {
      const mails = desk.smtp.delivered.filter(({ recipient }) => recipient === addressOf(name))
      const [token = ''] = mails.flatMap(({ message }) => /token=(\S+)/.exec(message.text ?? '')?.[1] ?? [])
      const chosen = { token: decodeURIComponent(token), password: 'chosen-after-the-upgrade-1' }
      expect((await guest.post('/auth/password/reset', chosen)).status).toBe(204)
      await signInTo(program.url, annex, addressOf(name), chosen.password)
    }
  })

  test('brings back whom the release deactivated, with number, address and password', async () => {
    const { password } = release.header
    const slugs = new Map(rowsOf(release.rows, 'tenants').map(({ tenant_id, slug }) => [tenant_id, slug]))
    const gone = rowsOf(release.rows, 'accounts').filter(({ status }) => status === 'deactivated')
    expect(gone.length).toBeGreaterThan(0)
    for (const { tenant_id, account_id, password_hash } of gone) {
      const slug = slugs.get(tenant_id) ?? ''
      const back = await (admins[slug] as Api).post(`/people/${account_id}/reactivate`)
      const status = password_hash === null ? 'invited' : 'active'
      expect([back.status, back.body]).toMatchObject([200, { account_id, status }])
      if (password_hash !== null) await signInTo(program.url, slug, account_id, password)
    }
  })

  test('restores what the release deleted, for as long as if it had been deleted at the upgrade', async () => {
    const day = 86_400_000
    let restored = 0
    for (const { tenant_id, slug } of rowsOf(release.rows, 'tenants')) {
      const admin = admins[slug] as Api
      const gone = rowsOf(release.rows, 'tickets').filter(
        (row) => row.tenant_id === tenant_id && row.deleted_at !== null,
      )
      const listed: { ticket_id: string; deleted_until: string }[] = (await admin.get('/tickets?deleted=true')).body
        .tickets
      expect(listed.map(({ ticket_id }) => Number(ticket_id.slice(3))).toSorted()).toEqual(
        gone.map(({ ticket_number }) => ticket_number).toSorted(),
      )
      for (const { ticket_id, deleted_until } of listed) {
        expect(Date.parse(deleted_until)).toBeGreaterThan(Date.now() + 29 * day)
        expect((await admin.post(`/tickets/${ticket_id}/restore`)).status).toBe(200)
        expect((await admin.get(`/tickets/${ticket_id}/comments`)).status).toBe(200)
        expect((await admin.delete(`/tickets/${ticket_id}`)).status).toBe(204)
        restored += 1
      }
    }
    expect(restored).toBeGreaterThan(0)
  })

  test.each(['default', annex])('goes on with the work of the tenant %s', async (tenant) => {
    const admin = admins[tenant] as Api
    const { password, counts } = release.header
    const staff = await readAll(admin, '/technicians', 'technicians')
    const { technician_id, email } = staff.find(({ status, available }) => status === 'active' && available)
    const people = await readAll(admin, '/customers', 'customers')
    const tenantId = rowsOf(release.rows, 'tenants').find(({ slug }) => slug === tenant)?.tenant_id
    const askers = rowsOf(release.rows, 'tickets').filter((ticket) => ticket.tenant_id === tenantId)
    const hasAsked = (id: string): boolean => askers.some(({ customer_id }) => customer_id === id)
    const asker = people.find(({ status, customer_id }) => status === 'active' && hasAsked(customer_id))
    const technician = await signInTo(program.url, tenant, email, password)
    const customer = await signInTo(program.url, tenant, asker.email, password)

    const own = await readAll(customer, '/tickets', 'tickets')
    expect(own.length).toBeGreaterThan(0)
    for (const { ticket_id } of own) {
      const history = await readAll(customer, `/tickets/${ticket_id}/history`, 'history')
      expect(history.map(({ type }) => type)).toContain('ticket.created')
      await readAll(customer, `/tickets/${ticket_id}/comments`, 'comments')
    }
    expect((await readAll(technician, '/tickets', 'tickets')).length).toBeGreaterThan(0)

    const next = { issue_category: 'Network', issue_description: 'It began after the upgrade.' }
    const created = await customer.post('/tickets', next)
    const id = `TKT${String((counts[`${tenant} counter ticket`] ?? 0) + 1).padStart(4, '0')}`
    expect([created.status, created.body.ticket_id]).toEqual([201, id])
    const said = { body: 'In all rooms.', visibility: 'public' }
    expect((await customer.post(`/tickets/${id}/comments`, said)).status).toBe(201)
    for (const [who, change] of [
      [admin, { technician_id }],
      [technician, { status: 'in_progress' }],
      [technician, { status: 'resolved', resolution_summary: 'Started it anew.' }],
    ] as const) {
      expect((await who.put(`/tickets/${id}`, change)).status).toBe(200)
    }
    expect((await customer.post(`/tickets/${id}/close`)).body.status).toBe('closed')

    const laptop = { title: 'Laptop', price: 0, currency: 'EUR', kind: 'one_off', category: 'Network' }
    const product = await admin.post('/products', laptop)
    expect([product.status, product.body.product_id]).toEqual([201, 'PRD0001'])
    const order = await customer.post('/orders', { product_id: 'PRD0001' })
    expect([order.status, order.body.order_id]).toEqual([201, 'ORD0001'])

    await untilNone(desk, 'events without a position', 'select from events where position is null')
    await untilNone(desk, 'mails that wait', waitingMails)
    const subjects = desk.smtp.delivered
      .filter(({ recipient, message }) => recipient === asker.email && message.subject?.includes(id))
      .map(({ message }) => message.subject)
    expect(subjects.length).toBeGreaterThanOrEqual(4)
  })

  test('keeps the audit chains whole', async () => {
    const heads = (await verifyAudit()).split('\n')
    for (const [slug, admin] of Object.entries(admins)) {
      const { body } = await admin.get('/audit/verify')
      expect(body).toMatchObject({ complete: true, break: null, next: null, verified: body.head_position })
      expect(heads).toContain([slug, body.head_position, body.head_hash].join('\t'))
    }
    expect(await program.stop()).toEqual({ code: 0, signal: null })
    expect(program.output()).not.toMatch(/"level":"(?:error|fatal)"/)
  })
})
