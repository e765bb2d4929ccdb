import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrationFolder } from '../../platform/db/migrate.ts'
import { createTicket, createTickets, mergeTicket, resolveTicket } from '../support/create-tickets.ts'
import { attach, textFile, upload } from '../support/files.ts'
import { createWorld } from '../support/people.ts'
import { expectSuccess, ticketIdsIn } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

const rows = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await desk.owner.query(text, values)).rows

/** The migration brings rows of any time into the form, so it can run on the tables of today. */
const migrateAgain = async (on: { query: (text: string) => Promise<unknown> } = desk.owner): Promise<void> => {
  const file = await readFile(join(migrationFolder, '20261126095656000_tickets__text_form.sql'), 'utf8')
  await on.query(`begin; ${file.split('-- Down Migration')[0]}; commit`)
}

const tables = 'tenants accounts technicians tickets comments attachments attachment_uploads tags events emails'.split(
  ' ',
)

/** Where each row of each table lies: a row that is written anew lies elsewhere. */
const places = async (): Promise<Map<string, string>> => {
  const found = await Promise.all(
    tables.map((table) => rows(`select '${table}' as name, ctid::text as place, xmin::text as writer from ${table}`)),
  )
  return new Map(found.flat().map(({ name, place, writer }) => [`${name} ${place}`, String(writer)]))
}

test('rows of before get the form; no other row is written, and neither events nor mails', async () => {
  const { ada, tess, cleo, tenantId } = await createWorld(desk)
  const old = await createTicket(cleo, { subject: 'Café', issue_category: 'Möbel', tags: undefined })
  const [other, deleted] = [await createTicket(cleo, { subject: 'Grün' }), await createTicket(cleo)]
  const [done = '', second = '', target = '', merged = ''] = await createTickets(cleo, 4)
  for (const [id, tag] of [
    [old, 'größe'],
    [old, 'grosse'],
    [other, 'größe'],
    [other, 'grosse2'],
    [deleted, 'größe'],
    [deleted, 'grosse'],
    [merged, 'größe'],
    [merged, 'grosse'],
  ] as const) {
    expectSuccess(await ada.put(`/tickets/${id}/tags/${encodeURIComponent(tag)}`))
  }
  expectSuccess(await ada.delete(`/tickets/${deleted}`))
  await mergeTicket(ada, merged, target)
  // One ticket differs in its summary alone, one in the reason of closing alone.
  await resolveTicket(ada, done, tess)
  expectSuccess(await ada.post(`/tickets/${second}/close`, { reason: 'Früh' }))
  const said = expectSuccess(await cleo.post(`/tickets/${old}/comments`, { body: 'Wörter', visibility: 'public' })).body
  const file = await attach(desk, cleo, old, textFile('süß.txt'))
  const announced = await upload(desk, cleo, old, textFile('größer.txt'))
  await desk.settled()

  // As a program of before has stored them.
  const decomposed = (text: string): string => text.normalize('NFD')
  const inTenant = (text: string, ...values: unknown[]) => rows(text, [tenantId, ...values])
  await inTenant(`update tenants set name = $2 where tenant_id = $1`, decomposed('Büro'))
  await inTenant(`update accounts set name = $2 where tenant_id = $1 and account_id = 'CUS0001'`, decomposed('Zoë'))
  await inTenant(
    `update technicians set category = $2 where tenant_id = $1 and technician_number = 1`,
    decomposed('möbel'),
  )
  await inTenant(
    `update technicians set phone_number = $2 where tenant_id = $1 and technician_number = 2`,
    '\u00a0030 99 ',
  )
  await inTenant(
    `update tickets set subject = $2, issue_category = $3, issue_description = $4 where tenant_id = $1 and ticket_number = 1`,
    ...[decomposed('Café'), decomposed('Möbel'), `\n\u00a0 ${decomposed('Tür')}\u3000\n`],
  )
  const closed = Number(done.slice(3))
  await inTenant(
    `update tickets set resolution_summary = $3 where tenant_id = $1 and ticket_number = $2`,
    closed,
    ' Läuft.',
  )
  const reason = decomposed('Früh')
  await inTenant(
    `update tickets set close_reason = $3 where tenant_id = $1 and ticket_number = $2`,
    Number(second.slice(3)),
    reason,
  )
  await inTenant(`update comments set body = $2 where tenant_id = $1`, `${decomposed('Wörter')}\r\n`)
  await inTenant(`update attachments set file_name = $2 where tenant_id = $1`, decomposed('sü\u202eß.txt'))
  await inTenant(
    `update attachment_uploads set file_name = $2 where upload_id = $3 and tenant_id = $1`,
    decomposed('grö\u202eßer.txt'),
    announced,
  )
  // Two tags that are one now, on one ticket; and one that nobody else has.
  const [twin, single] = [decomposed('größe'), decomposed('GRÜN')]
  await inTenant(`update tags set tag = $2 where tenant_id = $1 and tag = 'grosse'`, twin)
  await inTenant(`update tags set tag = $2 where tenant_id = $1 and tag = 'grosse2'`, single)
  await inTenant(
    `update tickets set tags = array_replace(array_replace(tags, 'grosse', $2), 'grosse2', $3) where tenant_id = $1`,
    ...[twin, single],
  )

  const before = await places()
  expect((await ada.get('/tags')).body.tags).toContainEqual({ tag: 'größe', ticket_count: 3 })
  const versions = await inTenant(
    'select ticket_number, version, updated_at from tickets where tenant_id = $1 order by 1',
  )
  await migrateAgain()
  const after = await places()
  const left = [...before]
    .filter(([place, writer]) => after.get(place) !== writer)
    .map(([place]) => place.split(' ')[0])
  const written = Object.fromEntries(tables.map((table) => [table, left.filter((name) => name === table).length]))
  // Of the tags the count of the one that stays is written, and two are removed.
  expect(written).toEqual({
    ...{ tenants: 1, accounts: 1, technicians: 2, tickets: 6, comments: 1, tags: 3 },
    ...{ attachments: 1, attachment_uploads: 1 },
    ...{ events: 0, emails: 0 },
  })
  expect(
    await inTenant('select ticket_number, version, updated_at from tickets where tenant_id = $1 order by 1'),
  ).toEqual(versions)

  const ticket = (await ada.get(`/tickets/${old}`)).body
  expect(ticket).toMatchObject({ subject: 'Café', issue_category: 'Möbel', issue_description: 'Tür', tags: ['größe'] })
  expect((await ada.get(`/tickets/${other}`)).body.tags).toEqual(['größe', 'grün'])
  expect((await ada.get('/tags')).body.tags).toEqual([
    { tag: 'größe', ticket_count: 3 },
    { tag: 'grün', ticket_count: 1 },
  ])
  expect((await ada.get(`/tickets/${merged}`)).body.tags).toEqual(['größe'])
  expect((await ada.get(`/tickets/${done}`)).body.resolution_summary).toBe('Läuft.')
  expect((await ada.get(`/tickets/${second}`)).body.close_reason).toBe('Früh')
  expect((await ada.get('/technicians/TEC0002')).body.phone_number).toBe('030 99')
  const stored = `select file_name from attachment_uploads where tenant_id = $1 and upload_id = $2`
  expect(await inTenant(stored, announced)).toEqual([{ file_name: 'größer.txt' }])
  expect((await ada.get('/customers/CUS0001')).body.name).toBe('Zoë')
  expect((await ada.get(`/tickets/${old}/comments`)).body.comments).toMatchObject([
    { comment_id: said.comment_id, body: 'Wörter' },
  ])
  expect((await ada.get(`/tickets/${old}/attachments`)).body.attachments).toMatchObject([
    { attachment_id: file.attachment_id, file_name: 'süß.txt' },
  ])
  // The words of the changed ticket are found, and the technician of its category sees it.
  for (const q of ['café', 'tür', 'MÖBEL']) {
    expect(ticketIdsIn(await ada.get(`/tickets?${new URLSearchParams({ q })}`)), q).toEqual([old])
  }
  expect((await tess.get(`/tickets/${old}`)).status).toBe(200)

  const settled = await places()
  await migrateAgain()
  expect(await places()).toEqual(settled)
})

test('a text that its form would make empty or too long stays as it is, and a warning counts such tickets', async () => {
  const { cleo, tenantId } = await createWorld(desk)
  await createTicket(cleo)
  await createTicket(cleo)
  const odd = ['\ufb2c'.repeat(200), '\u00a0\u3000', '\u00a0x']
  await rows(
    `update tickets set subject = $2, issue_category = $3, issue_description = $4
    where tenant_id = $1 and ticket_number = 1`,
    [tenantId, ...odd],
  )
  const client = await desk.owner.connect()
  const warnings: string[] = []
  client.on('notice', ({ message }) => warnings.push(message ?? ''))
  try {
    await migrateAgain(client)
  } finally {
    client.release()
  }
  expect(warnings).toEqual([expect.stringMatching(/^1 tickets keep their subject or category/)])
  const [found] = await rows(
    'select subject, issue_category, issue_description from tickets where tenant_id = $1 and ticket_number = 1',
    [tenantId],
  )
  expect(Object.values(found ?? {})).toEqual([odd[0], odd[1], 'x'])
})
