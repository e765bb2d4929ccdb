import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { objectKey } from '../../../platform/storage/object-key.ts'
import { type S3Server, startS3Server } from '../../../testing/peers/s3-server.ts'
import { createTicket, createTickets, deleteTicket, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { announcementOf, attach, reachable, sendBytes, textFile, upload } from '../../../testing/support/files.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, createApi, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { endRestoring } from './deleted-tickets.service.ts'
import { reconcileStore } from './store.service.ts'

const restore = async (admin: Person, id: string): Promise<void> => {
  expectSuccess(await admin.post(`/tickets/${id}/restore`))
}

describe('An address of a file', () => {
  let desk: Desk
  beforeAll(async () => {
    desk = await startDesk({ withWorker: false })
  })
  afterAll(() => desk?.stop())

  const addressOf = async (person: Person, ticketId: string, attachmentId: string): Promise<string> =>
    reachable(desk, bodyOf(await person.get(`/tickets/${ticketId}/attachments/${attachmentId}`)).download_url)
  /** Sends a request without a token. The answer is held against the API document. */
  const ask = (address: string) => createApi(desk.url).get(address.slice(address.indexOf('/api/') + '/api'.length))

  test('is void as soon as its ticket is deleted, also with the target of a merge, until it is restored', async () => {
    const { ada, cleo } = await createWorld(desk)
    const [id = '', target = ''] = await createTickets(cleo, 2)
    const { attachment_id } = await attach(desk, cleo, id)
    await mergeTicket(ada, id, target)
    const address = await addressOf(cleo, id, attachment_id)
    expect((await ask(address)).status).toBe(200)
    await deleteTicket(ada, target)
    await expectRefusal(ask(address), 410, 'attachment_missing')
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(410)
    await expectRefusal(cleo.get(`/tickets/${id}/attachments`), 404, 'ticket_not_found')
    await restore(ada, target)
    expect((await ask(address)).status).toBe(200)
  })

  test('is void as soon as its attachment or its comment is deleted, before the file is', async () => {
    const { cleo } = await createWorld(desk)
    const id = await createTicket(cleo)
    const [alone, carried] = [await attach(desk, cleo, id), await attach(desk, cleo, id)]
    const addresses = [
      await addressOf(cleo, id, alone.attachment_id),
      await addressOf(cleo, id, carried.attachment_id),
    ] as const
    const said = { body: 'See there.', visibility: 'public', attachment_ids: [carried.attachment_id] }
    const { comment_id } = bodyOf(await cleo.post(`/tickets/${id}/comments`, said))
    expectSuccess(await cleo.delete(`/tickets/${id}/attachments/${alone.attachment_id}`))
    expectSuccess(await cleo.delete(`/tickets/${id}/comments/${comment_id}`))
    for (const address of addresses) await expectRefusal(ask(address), 410, 'attachment_missing')
    // No worker runs here, so the files are still there.
    expect(await desk.app.store.list(null, 1_000)).not.toEqual([])
  })

  test('is void when its ticket was moved to another customer after it was made, and for that customer a new one is good', async () => {
    const { cleo, carl, tenantId } = await createWorld(desk)
    const id = await createTicket(cleo)
    const { attachment_id } = await attach(desk, cleo, id)
    const earlier = await addressOf(cleo, id, attachment_id)
    const move = async (to: Person): Promise<void> => {
      await desk.owner.query(
        'update tickets set customer_id = $3, moved_at = now() where tenant_id = $1 and ticket_id = $2',
        [tenantId, id, to.id],
      )
    }
    await move(carl)
    await expectRefusal(ask(earlier), 410, 'attachment_missing')
    const ofCarl = await addressOf(carl, id, attachment_id)
    expect((await ask(ofCarl)).status).toBe(200)
    // Moved back, no earlier address comes alive.
    await move(cleo)
    for (const address of [earlier, ofCarl]) await expectRefusal(ask(address), 410, 'attachment_missing')
    const forged = (await addressOf(cleo, id, attachment_id)).replace(/stamp=\d+/, 'stamp=0')
    await expectRefusal(ask(forged), 403, 'invalid_signature')
  })

  test('to upload to is void as well, and nothing is attached', async () => {
    const { ada, cleo } = await createWorld(desk)
    const id = await createTicket(cleo)
    const path = `/tickets/${id}/attachments`
    const file = textFile()
    const announced = bodyOf(await cleo.post(`${path}/upload-url`, announcementOf(file)))
    const sent = await upload(desk, cleo, id, file)
    await deleteTicket(ada, id)
    const put = await sendBytes(desk, announced, file.bytes)
    expect([put.status, await put.json()]).toMatchObject([410, { code: 'upload_over' }])
    await expectRefusal(cleo.post(path, { upload_id: sent }), 404, 'ticket_not_found')
    await restore(ada, id)
    expectSuccess(await cleo.post(path, { upload_id: sent }))
  })
})

describe.each(['files of our own', 'an S3 store'])('With %s, the files of a deleted ticket', (kind) => {
  let server: S3Server | undefined
  let desk: Desk
  beforeAll(async () => {
    if (kind === 'an S3 store') server = await startS3Server()
    desk = await startDesk({ settings: server?.settings })
  })
  afterAll(async () => {
    await desk?.stop()
    await server?.stop()
  })
  const keys = async (): Promise<string[]> => (await desk.app.store.list(null, 1_000)).map(({ key }) => key)

  test('stay while it can be restored, and then leave the store, with one event', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const [id = '', target = '', kept = ''] = await createTickets(cleo, 3)
    const files = [await attach(desk, cleo, id), await attach(desk, ada, target), await attach(desk, cleo, kept)]
    const [ofSource, ofTarget, ofKept] = files.map(({ attachment_id }) => objectKey(tenantId, attachment_id))
    const expires = bodyOf(await cleo.get(`/tickets/${kept}/attachments/${files[2]?.attachment_id}`))
    const seconds = (Date.parse(expires.download_expires_at) - Date.now()) / 1_000
    expect(Math.ceil(seconds / 60)).toBeLessThanOrEqual(server === undefined ? 5 : 1)
    await mergeTicket(ada, id, target)
    await deleteTicket(ada, target)
    await deleteTicket(ada, kept)

    // The nightly comparison takes them for what they are, also when it finds all objects to be old.
    const { store } = desk.app
    const list: typeof store.list = async (after, limit) =>
      (await store.list(after, limit)).map((object) => ({ ...object, modifiedAt: new Date(0) }))
    await reconcileStore({ ...desk.app, store: { ...store, list } })
    expect(await keys()).toEqual([ofSource, ofTarget, ofKept].toSorted())
    expect(await endRestoring(desk.app, 10)).toBe(0)

    // A ticket that an earlier version deleted counts from the upgrade.
    await desk.owner.query(
      `update tickets set deleted_at = deleted_at - interval '30 days', kept_since = case ticket_id when $2 then now() end
       where tenant_id = $1 and deleted_at is not null`,
      [tenantId, kept],
    )
    expect(await endRestoring(desk.app, 10)).toBe(2)
    expect(await endRestoring(desk.app, 10)).toBe(0)
    await expect.poll(keys).toEqual([ofKept])
    await expectRefusal(ada.post(`/tickets/${target}/restore`), 410, 'ticket_gone')
    await restore(ada, kept)
    expect(bodyOf(await cleo.get(`/tickets/${kept}/attachments`)).attachments).toHaveLength(1)
    expect(await recordedEvents(desk, world, 'ticket.files_removed')).toMatchObject([
      { subject_id: id, actor_id: null, details: { files: 1 } },
      { subject_id: target, details: { files: 1 } },
    ])
    expect(await recordedEvents(desk, world, 'attachment.deleted')).toEqual([])
  })
})
