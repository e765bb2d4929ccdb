import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBucket, type S3Server, startS3Server } from '../../../testing/peers/s3-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import {
  announcementOf,
  attach,
  download,
  type HomeFile,
  sendBytes,
  textFile,
  unhashed,
} from '../../../testing/support/files.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

const png = (size: number): HomeFile => ({
  name: 'Größe "3".png',
  type: 'image/png',
  bytes: Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(size - 8)]),
})

/** A store that is not our own; `.ci/with-swift` starts one. */
const { TEST_S3_ENDPOINT: endpoint, TEST_S3_ACCESS_KEY_ID: accessKeyId = '' } = process.env
const { TEST_S3_SECRET_ACCESS_KEY: secretAccessKey = '' } = process.env
const kinds = ['files of our own', 'an S3 store', 'an S3 store without checksums']
const knowsChecksums = ['files of our own', 'an S3 store']
const outside = 'an S3 store that is not ours'

describe.each(endpoint ? [outside] : kinds)('With %s,', (kind) => {
  let store: S3Server | undefined
  let desk: Desk
  beforeAll(async () => {
    if (kind === outside) {
      const settings = await createBucket({ endpoint: endpoint ?? '', accessKeyId, secretAccessKey })
      desk = await startDesk({ settings })
      return
    }
    if (kind !== 'files of our own') store = await startS3Server()
    if (store) store.tellsChecksums = kind === 'an S3 store'
    desk = await startDesk({ settings: store?.settings })
  })
  afterAll(async () => {
    await desk?.stop()
    await store?.stop()
  })

  test('a file goes up, is attached, comes down as it was, and is gone for good', async () => {
    const { ada, cleo, carl, tess } = await createWorld(desk)
    await createTicket(cleo)
    const path = '/tickets/TKT0001/attachments'
    const file = png(300_000)

    const announced = await cleo.post(`${path}/upload-url`, announcementOf(file))
    expect(announced.status).toBe(201)
    expect(announced.body).toMatchObject({ method: 'PUT', headers: { 'Content-Type': 'image/png' } })
    const withoutSignature = announced.body.url.replace(/signature=[^&]*/i, '') // a signature can spell any two letters
    expect(withoutSignature).not.toMatch(/Gr|gr%|png(?:\?|$)/)
    const { upload_id } = announced.body
    const early = await cleo.post(path, { upload_id })
    expect(verdict(early)).toEqual([422, 'upload_missing'])
    expect(early.body.detail).toContain('with PUT to the `url` of the upload')
    expect((await sendBytes(desk, announced.body, file.bytes)).ok).toBe(true)

    const replies = await Promise.all([1, 2, 3].map(() => cleo.post(path, { upload_id })))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 200, 201])
    for (const { body } of replies) expect(body).toEqual(replies[0]?.body)
    const attachment = replies[0]?.body
    expect(attachment).toMatchObject({
      attachment_id: upload_id,
      ticket_id: 'TKT0001',
      comment_id: null,
      file_name: 'Größe "3".png',
      content_type: 'image/png',
      size: 300_000,
      visibility: 'public',
      author_id: cleo.id,
      author_name: 'Cleo Customer',
    })

    for (const person of [cleo, ada, tess]) expect((await person.get(path)).body.attachments).toEqual([attachment])
    const got = await download(desk, tess, 'TKT0001', upload_id)
    expect(got.status).toBe(200)
    expect(Buffer.from(await got.arrayBuffer()).equals(file.bytes)).toBe(true)
    expect(got.headers.get('content-type')).toBe('image/png')
    expect(got.headers.get('cache-control')).toBe('private, no-store')
    expect(got.headers.get('content-disposition')).toBe(
      `attachment; filename="Gro_e _3_.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%223%22.png`,
    )
    const stranger = await carl.get(`${path}/${upload_id}`)
    expect(verdict(stranger)).toEqual([404, 'ticket_not_found'])

    expect((await cleo.delete(`${path}/${upload_id}`)).status).toBe(204)
    expect((await ada.get(path)).body.attachments).toEqual([])
    expect((await ada.get(`${path}/${upload_id}`)).body.code).toBe('attachment_not_found')
    await expect.poll(() => desk.app.store.list(null, 10)).toEqual([])
  })

  test('the store itself refuses another size, another type and other bytes', async () => {
    const { cleo } = await createWorld(desk)
    await createTicket(cleo)
    const file = textFile()
    const { body } = await cleo.post('/tickets/TKT0001/attachments/upload-url', announcementOf(file))
    const other = { ...body, headers: { ...body.headers, 'Content-Type': 'text/html' } }
    const refusals = [
      await sendBytes(desk, body, Buffer.from('It burns. And more.')),
      await sendBytes(desk, body, Buffer.alloc(0)),
      await sendBytes(desk, other, file.bytes),
      await sendBytes(desk, { ...body, method: 'DELETE' }, file.bytes),
      await sendBytes(
        desk,
        {
          ...body,
          url: body.url.replace(
            /(signature=)(.)/i,
            (_: string, name: string, char: string) => name + (char === '0' ? '1' : '0'),
          ),
        },
        file.bytes,
      ),
    ]
    for (const { status } of refusals) expect([403, 405, 422]).toContain(status)
    const forged = await sendBytes(desk, body, Buffer.from('It barks.\n'))
    const registered = await cleo.post('/tickets/TKT0001/attachments', { upload_id: body.upload_id })
    expect(registered.status).toBe(422)
    // A store that knows no checksums takes the bytes. Registering the upload refuses them, and ends the upload.
    expect([forged.ok, registered.body.code]).toEqual(
      knowsChecksums.includes(kind) ? [false, 'upload_missing'] : [true, 'upload_mismatch'],
    )
    if (forged.ok) return
    expect((await sendBytes(desk, body, file.bytes)).ok).toBe(true)
    expect((await cleo.post('/tickets/TKT0001/attachments', { upload_id: body.upload_id })).status).toBe(201)
  })

  test('a file without an announced hash is hashed by the program, and no other bytes take its place', async () => {
    const { cleo } = await createWorld(desk)
    await createTicket(cleo)
    const path = '/tickets/TKT0001/attachments'
    const file = png(300_000)
    const { body } = await cleo.post(`${path}/upload-url`, unhashed(file))
    expect([body.headers, body.url]).toEqual([
      { 'Content-Type': 'image/png' },
      expect.not.stringMatching(/sha256|checksum/),
    ])
    const { upload_id } = body
    expect(verdict(await cleo.post(path, { upload_id }))).toEqual([422, 'upload_missing'])
    expect((await sendBytes(desk, body, file.bytes.subarray(1))).ok).toBe(false)
    expect((await sendBytes(desk, body, file.bytes)).ok).toBe(true)
    const attached = await cleo.post(path, { upload_id })
    expect([attached.status, attached.body.sha256]).toEqual([201, announcementOf(file).sha256])
    // The program takes nothing after the upload is over. Another store takes it, but not as the attachment.
    expect((await sendBytes(desk, body, png(300_000).bytes)).status).toBe(kind === 'files of our own' ? 410 : 200)
    expect((await cleo.post(path, { upload_id })).body).toEqual(attached.body)
    const got = await download(desk, cleo, 'TKT0001', upload_id)
    expect(Buffer.from(await got.arrayBuffer()).equals(file.bytes)).toBe(true)
    expect(got.headers.get('content-type')).toBe('image/png')
  })

  test('a file whose bytes do not fit its name is not attached', async () => {
    const { cleo } = await createWorld(desk)
    await createTicket(cleo)
    const page: HomeFile = { name: 'picture.png', type: 'image/png', bytes: Buffer.from('<script>alert(1)</script>') }
    const { body } = await cleo.post('/tickets/TKT0001/attachments/upload-url', announcementOf(page))
    const sent = await sendBytes(desk, body, page.bytes)
    const refused = await cleo.post('/tickets/TKT0001/attachments', { upload_id: body.upload_id })
    // The program looks at the bytes as they come in. What went to another store is looked at when it is registered.
    expect([sent.status, ...verdict(refused)]).toEqual(
      kind === 'files of our own' ? [422, 404, 'upload_not_found'] : [200, 422, 'upload_mismatch'],
    )
    const kept = (await desk.app.store.list(null, 10)).filter(({ key }) => key.includes(body.upload_id))
    expect(kept).toEqual([])
    expect((await cleo.get('/tickets/TKT0001/attachments')).body.attachments).toEqual([])
    expect(await attach(desk, cleo, 'TKT0001')).toMatchObject({ file_name: 'notes.txt', size: 10 })
  })
})
