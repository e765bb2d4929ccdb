import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { many, sql } from '../../../platform/db/sql.ts'
import {
  createTicket,
  createWorldWithTicket,
  mergeTicket,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { announcementOf, attach, download, textFile, upload } from '../../../testing/support/files.ts'
import type { World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

const path = '/tickets/TKT0001/attachments'

describe('Announcing', () => {
  let still: World
  beforeAll(async () => {
    still = await createWorldWithTicket(desk)
  })
  const announce = (change: object) =>
    still.cleo.post(`${path}/upload-url`, { ...announcementOf(textFile()), ...change })

  test.each([
    ['a name with a path', { file_name: '../etc/passwd.txt' }],
    ['a name with a Windows path', { file_name: 'C:\\notes.txt' }],
    ['a name of two lines', { file_name: 'a\r\nSet-Cookie: x.txt' }],
    ['no name', { file_name: ' . ' }],
    ['a name that is too long', { file_name: `${'x'.repeat(252)}.txt` }],
    ['a lone surrogate', { file_name: 'a\ud800.txt' }],
    ['no size', { size: 0 }],
    ['half a byte', { size: 1.5 }],
    ['no hash', { sha256: 'abc' }],
    ['an unknown member', { path: 'x' }],
  ])('refuses %s', async (_, change) => {
    expect(verdict(await announce(change))).toEqual([400, 'validation_failed'])
  })

  test.each([
    ['file_type_not_allowed', { file_name: 'page.html', content_type: 'text/html' }],
    ['file_type_not_allowed', { file_name: 'notes.txt', content_type: 'image/png' }],
    ['file_type_not_allowed', { file_name: 'notes', content_type: 'text/plain' }],
    ['file_too_large', { size: 25_000_001 }],
  ])('answers %s to %j', async (code, change) => {
    expect(verdict(await announce(change))).toEqual([422, code])
  })

  test('keeps to the rules that it tells everybody', async () => {
    const { ada, cleo, nobody } = still
    expect(verdict(await nobody.get('/attachment-rules'))).toEqual([401, 'not_signed_in'])
    const { body: rules } = await cleo.get('/attachment-rules')
    expect((await ada.get('/attachment-rules')).body).toEqual(rules)
    expect(rules).toMatchObject({ max_bytes: 25_000_000, max_files_of_ticket: 200, max_files_of_comment: 10 })
    for (const extension of rules.extensions) {
      const named = { file_name: `a.${extension.toUpperCase()}`, content_type: '', size: rules.max_bytes }
      expect([extension, (await announce(named)).status]).toEqual([extension, 201])
    }
    const ids = Array.from({ length: rules.max_files_of_comment + 1 }, () => crypto.randomUUID())
    const refused = await cleo.post('/tickets/TKT0001/comments', { body: 'All of them.', attachment_ids: ids })
    expect(verdict(refused)).toEqual([400, 'validation_failed'])
  })

  test('takes a name as people write it, composed and without dots at its end', async () => {
    const { ada } = still
    const name = `  Gro\u0308\u00dfe 👋 (1).TXT. . `
    const attachment = await attach(desk, ada, 'TKT0001', textFile(name))
    expect(attachment.file_name).toBe('Gr\u00f6\u00dfe 👋 (1).TXT')
  })

  test('takes twenty waiting uploads from each person, and no more', async () => {
    const { cleo, carl } = await createWorldWithTicket(desk)
    await createTicket(carl)
    const ask = (person = cleo, at = path) => person.post(`${at}/upload-url`, announcementOf(textFile()))
    const replies = await Promise.all(Array.from({ length: 24 }, () => ask()))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(20)
    expect(verdict(await ask())).toEqual([422, 'too_many_uploads'])
    expect((await ask(carl, '/tickets/TKT0002/attachments')).status).toBe(201)
  })

  test('with an Idempotency-Key gives the same address again', async () => {
    const { cleo } = await createWorldWithTicket(desk)
    const headers = { 'Idempotency-Key': 'once' }
    const ask = () => cleo.post(`${path}/upload-url`, announcementOf(textFile()), { headers })
    const first = await ask()
    expect((await ask()).body).toEqual(first.body)
  })
})

describe('Permissions', () => {
  test('its customer and the staff who see it attach; in public only those who work on it', async () => {
    const { ada, tess, tom, cleo, carl } = await createWorldWithTicket(desk)
    const ask = (person: typeof ada) => person.post(`${path}/upload-url`, announcementOf(textFile()))
    for (const person of [ada, tess, cleo]) expect((await ask(person)).status).toBe(201)
    for (const person of [tom, carl]) expect(verdict(await ask(person))).toEqual([404, 'ticket_not_found'])
    await ada.put('/tickets/TKT0001', { technician_id: null })
    expect((await attach(desk, tess, 'TKT0001')).visibility).toBe('internal')
    await expect(attach(desk, tess, 'TKT0001', textFile(), 'public')).rejects.toThrow('403')
  })

  test('an upload belongs to the person who announced it, on that ticket', async () => {
    const { ada, tess, cleo } = await createWorldWithTicket(desk)
    await createTicket(cleo)
    const upload_id = await upload(desk, cleo, 'TKT0001', textFile())
    for (const person of [ada, tess])
      expect(verdict(await person.post(path, { upload_id }))).toEqual([404, 'upload_not_found'])
    expect(verdict(await cleo.post('/tickets/TKT0002/attachments', { upload_id }))).toEqual([404, 'upload_not_found'])
    expect(verdict(await cleo.post(path, { upload_id: crypto.randomUUID() }))).toEqual([404, 'upload_not_found'])
    expect((await cleo.post(path, { upload_id })).status).toBe(201)
  })

  test('the customer of a closed ticket attaches nothing more; the staff may', async () => {
    const { ada, cleo, tess } = await createWorldWithTicket(desk)
    const upload_id = await upload(desk, cleo, 'TKT0001', textFile())
    await moveTicket(ada, 'TKT0001', 'in_progress', 'resolved', 'closed')
    expect(verdict(await cleo.post(`${path}/upload-url`, announcementOf(textFile())))).toEqual([422, 'ticket_closed'])
    expect(verdict(await cleo.post(path, { upload_id }))).toEqual([422, 'ticket_closed'])
    expect((await attach(desk, tess, 'TKT0001')).visibility).toBe('internal')
  })

  test('an attachment is deleted by its author for a while, by admins always', async () => {
    const { ada, tess, cleo } = await createWorldWithTicket(desk)
    const byCleo = await attach(desk, cleo, 'TKT0001')
    const byTess = await attach(desk, tess, 'TKT0001', textFile(), 'public')
    const at = (id: string) => `${path}/${id}`
    expect(verdict(await tess.delete(at(byCleo.attachment_id)))).toEqual([403, 'forbidden'])
    expect(verdict(await cleo.delete(at(byTess.attachment_id)))).toEqual([403, 'forbidden'])
    await many(
      desk.app.pool,
      z.object({}),
      sql`update attachments set created_at = now() - interval '16 minutes'
          where attachment_id in (${byCleo.attachment_id}, ${byTess.attachment_id})`,
    )
    expect(verdict(await cleo.delete(at(byCleo.attachment_id)))).toEqual([422, 'attachment_too_old'])
    expect((await ada.delete(at(byCleo.attachment_id))).status).toBe(204)
    expect(verdict(await ada.delete(at(byCleo.attachment_id)))).toEqual([404, 'attachment_not_found'])
  })
})

describe('Internal attachments', () => {
  test('are what the staff attach without naming a visibility, and no customer learns of them', async () => {
    const world = await createWorldWithTicket(desk)
    const { tess, cleo, ada } = world
    const hidden = await attach(desk, tess, 'TKT0001', textFile('secret.txt'))
    const shown = await attach(desk, tess, 'TKT0001', textFile('shown.txt'), 'public')
    expect([hidden.visibility, shown.visibility]).toEqual(['internal', 'public'])
    expect((await cleo.get(path)).body.attachments).toEqual([shown])
    expect((await ada.get(path)).body.attachments).toEqual([hidden, shown])
    const essence = ({ status, body }: Reply) => [status, { ...body, request_id: null }]
    const nothing = await cleo.get(`${path}/${crypto.randomUUID()}`)
    expect(essence(await cleo.get(`${path}/${hidden.attachment_id}`))).toEqual(essence(nothing))
    expect(essence(await cleo.delete(`${path}/${hidden.attachment_id}`))).toEqual(essence(nothing))
    expect(verdict(nothing)).toEqual([404, 'attachment_not_found'])
    const upload_id = await upload(desk, cleo, 'TKT0001', textFile())
    expect(verdict(await cleo.post(path, { upload_id, visibility: 'internal' }))).toEqual([403, 'forbidden'])
  })

  test('are marked as internal in the events, of which there is one for each change', async () => {
    const world = await createWorldWithTicket(desk)
    const { attachment_id } = await attach(desk, world.tess, 'TKT0001', textFile('secret.txt'))
    await world.tess.delete(`${path}/${attachment_id}`)
    const details = {
      attachment_id,
      file_name: 'secret.txt',
      content_type: 'text/plain; charset=utf-8',
      size: 10,
      visibility: 'internal',
    }
    const event = { subject_id: 'TKT0001', actor_id: world.tess.id, details }
    expect(await recordedEvents(desk, world, 'attachment.%')).toMatchObject([
      { type: 'attachment.added', ...event },
      { type: 'attachment.deleted', ...event },
    ])
  })
})

describe('Comments', () => {
  const commentsPath = '/tickets/TKT0001/comments'

  test('carry attachments to the people who may read the comment', async () => {
    const { tess, cleo } = await createWorldWithTicket(desk)
    const [a, b, c] = [
      await attach(desk, tess, 'TKT0001'),
      await attach(desk, tess, 'TKT0001'),
      await attach(desk, tess, 'TKT0001'),
    ]
    const say = (visibility: string, ...attachment_ids: string[]) =>
      tess.post(commentsPath, { body: 'See there.', visibility, attachment_ids })
    const shown = await say('public', a.attachment_id, b.attachment_id)
    expect(shown.status).toBe(201)
    const carried = { comment_id: shown.body.comment_id, visibility: 'public' }
    expect(shown.body.attachments).toEqual([
      { ...a, ...carried },
      { ...b, ...carried },
    ])
    const hidden = await say('internal', c.attachment_id)
    expect(hidden.body.attachments).toMatchObject([{ attachment_id: c.attachment_id, visibility: 'internal' }])

    // Only a list says until when its reader may change a comment.
    const listed = (comment: object) => ({ ...comment, editable_until: expect.toSatisfy(() => true) })
    expect((await cleo.get(commentsPath)).body.comments).toEqual([listed(shown.body)])
    expect((await tess.get(commentsPath)).body.comments).toEqual([listed(shown.body), listed(hidden.body)])
    expect((await cleo.get(path)).body.attachments).toEqual(shown.body.attachments)
    const edited = await tess.put(`${commentsPath}/${shown.body.comment_id}`, { body: 'See here.' })
    expect(edited.body.attachments).toEqual(shown.body.attachments)
    await tess.delete(`${commentsPath}/${shown.body.comment_id}`)
    expect((await cleo.get(path)).body.attachments).toEqual([])
    expect((await tess.get(path)).body.attachments).toHaveLength(1)
  })

  test('bring files along that nobody sees before, and which the store keeps when the comment is refused', async () => {
    const world = await createWorldWithTicket(desk)
    const { tess, cleo, ada } = world
    const sent = [
      await upload(desk, cleo, 'TKT0001', textFile('a.txt')),
      await upload(desk, cleo, 'TKT0001', textFile()),
    ]
    const seen = async () => (await ada.get(path)).body.attachments.map((one: Reply['body']) => one.attachment_id)
    expect(await seen()).toEqual([])
    const say = (person: World['cleo'], body: object) => person.post(commentsPath, { body: 'See there.', ...body })
    const bad = await say(cleo, { attachment_ids: [...sent, crypto.randomUUID()] })
    expect(verdict(bad)).toEqual([422, 'attachment_unavailable'])
    expect(verdict(await say(tess, { visibility: 'internal', attachment_ids: sent }))).toEqual([
      422,
      'attachment_unavailable',
    ])
    expect(await seen()).toEqual([])

    const said = await say(cleo, { attachment_ids: sent, undo_seconds: 30 })
    expect(said.body.attachments).toMatchObject(
      sent.map((attachment_id) => ({ attachment_id, comment_id: said.body.comment_id, visibility: 'public' })),
    )
    expect(await seen()).toEqual(sent)
    const types = (await recordedEvents(desk, world)).map(({ type }) => type)
    expect(types.filter((type) => type === 'attachment.added')).toHaveLength(2)
    expect((await cleo.post('/undo', { token: said.body.undo_token })).status).toBe(200)
    expect((await say(cleo, { attachment_ids: sent })).body.attachments).toHaveLength(2)
  })

  test('of the staff leave the files internal that came with them, when they are taken back', async () => {
    const { tess, cleo } = await createWorldWithTicket(desk)
    const file = await upload(desk, tess, 'TKT0001', textFile())
    const reply = { body: 'See there.', visibility: 'public', attachment_ids: [file], undo_seconds: 30 }
    const said = await tess.post(commentsPath, reply)
    expect((await cleo.get(path)).body.attachments).toMatchObject([{ attachment_id: file, visibility: 'public' }])
    expect((await tess.post('/undo', { token: said.body.undo_token })).status).toBe(200)
    expect((await cleo.get(path)).body.attachments).toEqual([])
    expect((await tess.get(path)).body.attachments).toMatchObject([{ comment_id: null, visibility: 'internal' }])
  })

  test('refuse files that are not there, or not what was announced, and stay unwritten', async () => {
    const { cleo } = await createWorldWithTicket(desk)
    const { body } = await cleo.post(`${path}/upload-url`, announcementOf(textFile()))
    const say = () => cleo.post(commentsPath, { body: 'See there.', attachment_ids: [body.upload_id] })
    expect(verdict(await say())).toEqual([422, 'upload_missing'])
    expect((await cleo.get(commentsPath)).body.comments).toEqual([])
  })

  test('refuse attachments of another author or ticket, of another comment, deleted ones, and public ones in an internal comment', async () => {
    const { ada, tess, cleo } = await createWorldWithTicket(desk)
    await createTicket(cleo)
    const say = (visibility: string, ...attachment_ids: string[]) =>
      tess.post(commentsPath, { body: 'See there.', visibility, attachment_ids })
    const mine = async (visibility?: 'public') =>
      (await attach(desk, tess, 'TKT0001', textFile(), visibility)).attachment_id as string
    const [good, carried, deleted, open] = [await mine(), await mine(), await mine(), await mine('public')]
    expect((await say('public', carried)).status).toBe(201)
    await tess.delete(`${path}/${deleted}`)
    const adas = (await attach(desk, ada, 'TKT0001')).attachment_id
    const elsewhere = (await attach(desk, ada, 'TKT0002')).attachment_id
    for (const bad of [carried, deleted, adas, elsewhere, crypto.randomUUID()]) {
      const refused = await say('public', good, bad)
      expect(verdict(refused)).toEqual([422, 'attachment_unavailable'])
      expect(refused.body.errors).toMatchObject([{ field: 'attachment_ids.1' }])
      expect(refused.body.detail).toContain(bad)
    }
    expect(verdict(await say('internal', open))).toEqual([422, 'attachment_unavailable'])
    expect(verdict(await say('public', good, good))).toEqual([400, 'validation_failed'])
    expect((await tess.get(commentsPath)).body.comments).toHaveLength(1)
    expect((await say('public', good, open)).body.attachments).toHaveLength(2)
  })
})

test.each([
  ['a.log', '', Buffer.from('plain'), 'text/plain; charset=utf-8'],
  ['a.csv', 'application/vnd.ms-excel', Buffer.from('\xff\xfea\x00;\x00', 'latin1'), 'text/csv; charset=utf-16le'],
  ['a.txt', 'text/plain;charset=utf-8', Buffer.from('caf\xe9', 'latin1'), 'text/plain; charset=windows-1252'],
])('%s that a browser declares as "%s" is served as what it is, and never runs', async (name, type, bytes, served) => {
  const world = await createWorldWithTicket(desk)
  const file = { name, type, bytes }
  const attached = await attach(desk, world.cleo, 'TKT0001', file)
  expect(attached.content_type).toBe(served)
  const got = await download(desk, world.cleo, 'TKT0001', attached.attachment_id)
  expect(Buffer.from(await got.arrayBuffer())).toEqual(bytes)
  expect(got.headers.get('content-type')).toBe(served)
  expect(got.headers.get('content-disposition')).toMatch(/^attachment;/)
  expect(got.headers.get('content-security-policy')).toContain('sandbox')
  expect(got.headers.get('x-content-type-options')).toBe('nosniff')
})

test('the list goes page by page, oldest first', async () => {
  const { cleo } = await createWorldWithTicket(desk)
  const ids: string[] = []
  for (const name of ['a.txt', 'b.txt', 'c.txt'])
    ids.push((await attach(desk, cleo, 'TKT0001', textFile(name))).attachment_id)
  const idsIn = ({ body }: Reply) =>
    body.attachments.map(({ attachment_id }: { attachment_id: string }) => attachment_id)
  const first = await cleo.get(`${path}?limit=2`)
  expect(idsIn(first)).toEqual(ids.slice(0, 2))
  const second = await cleo.get(`${path}?limit=2&cursor=${first.body.page.next_cursor}`)
  expect([idsIn(second), second.body.page.has_more]).toEqual([ids.slice(2), false])
})

test('a ticket takes two hundred attachments, and only one of two that come at once for the last place', async () => {
  const { ada, tenantId } = await createWorldWithTicket(desk)
  await many(
    desk.app.pool,
    z.object({}),
    sql`insert into attachments (tenant_id, attachment_id, ticket_number, author_id, file_name, content_type, size, sha256,
          visibility, created_at)
        select ${tenantId}, gen_random_uuid(), 1, ${ada.id}, 'a.txt', 'text/plain', 1, repeat('0', 64), 'public', now()
        from generate_series(1, 199)`,
  )
  const uploads = [await upload(desk, ada, 'TKT0001', textFile()), await upload(desk, ada, 'TKT0001', textFile())]
  const replies = await Promise.all(uploads.map((upload_id) => ada.post(path, { upload_id, visibility: 'public' })))
  expect(replies.map(verdict).toSorted()).toEqual([
    [201, undefined],
    [422, 'too_many_attachments'],
  ])
  // Internal attachments have a limit of their own. Otherwise a customer could tell how many there are.
  const refused = uploads.find((_, at) => replies[at]?.status === 422)
  expect((await ada.post(path, { upload_id: refused, visibility: 'internal' })).status).toBe(201)
})

test('an attachment of a merged ticket is read at the final target too, by the people who may read that', async () => {
  const { ada, tess, cleo, carl } = await createWorldWithTicket(desk)
  await createTicket(cleo, { issue_category: 'Printer' })
  const { attachment_id } = await attach(desk, cleo, 'TKT0002')
  const hidden = await attach(desk, ada, 'TKT0002')
  await mergeTicket(ada, 'TKT0002', 'TKT0001')
  const idsIn = ({ body }: Reply) => body.attachments.map((file: { attachment_id: string }) => file.attachment_id)
  // Tess has the final target, so she sees the merged ticket, too.
  expect(idsIn(await tess.get('/tickets/TKT0002/attachments'))).toEqual([attachment_id, hidden.attachment_id])
  expect(idsIn(await tess.get(path))).toEqual([attachment_id, hidden.attachment_id])
  expect((await tess.get(`${path}/${attachment_id}`)).body).toMatchObject({ attachment_id, ticket_id: 'TKT0002' })
  expect(idsIn(await cleo.get(path))).toEqual([attachment_id])
  expect(verdict(await cleo.get(`${path}/${hidden.attachment_id}`))).toEqual([404, 'attachment_not_found'])
  expect(verdict(await carl.get(`${path}/${attachment_id}`))).toEqual([404, 'ticket_not_found'])
  expect(verdict(await ada.delete(`${path}/${attachment_id}`))).toEqual([404, 'attachment_not_found'])
  expect((await ada.delete(`/tickets/TKT0002/attachments/${attachment_id}`)).status).toBe(204)
})
