import { type Person, password, type World } from './people.ts'
import { type Api, bodyOf, expectStatus } from './requests.ts'
import type { Desk } from './workspace.ts'

/** An address where nobody listens, which the settings of tests allow. */
export const deadUrl = 'http://127.0.0.1:1/hook'
export const newWebhook = { url: deadUrl, description: 'Chat', types: ['ticket.*'], is_ordered: true }

/** A valid request: the values for the names in the path, and the body. */
interface Valid {
  id?: string | string[]
  body?: unknown
}

/** Makes room for one more webhook: a tenant has few. The newest five stay, because others ask about them just now. */
const makeRoom = async ({ owner }: Desk, { tenantId }: World): Promise<void> => {
  await owner.query(
    `update webhooks w set deleted_at = now(), due_at = null
     where w.tenant_id = $1 and w.deleted_at is null and w.description <> 'kept'
       and w.webhook_number <= (select max(n.webhook_number) - 5 from webhooks n where n.tenant_id = $1)`,
    [tenantId],
  )
}

/** Creates a webhook of a person, and answers with its id. */
export const createWebhook = async (desk: Desk, world: World, person: Person, more: object = {}): Promise<string> => {
  await makeRoom(desk, world)
  return expectStatus(await person.post('/webhooks', { ...newWebhook, ...more }), 201).body.webhook_id
}

/** Makes a delivered delivery of a webhook, about the newest event, and answers with its id. */
export const makeDelivery = async (
  desk: Desk,
  { tenantId }: Pick<World, 'tenantId'>,
  admin: Api,
  webhookId: string,
): Promise<string> => {
  await desk.owner.query(
    `insert into webhook_deliveries (tenant_id, webhook_number, position, epoch, state, settled_at)
     select e.tenant_id, $2, e.position, (select n.epoch from log_epochs n order by n.epoch_number desc limit 1),
       'delivered', now()
     from events e where e.tenant_id = $1 and e.position is not null order by e.position desc limit 1
     on conflict on constraint webhook_deliveries_pkey do update set state = 'delivered', settled_at = now()`,
    [tenantId, Number(webhookId.slice(3))],
  )
  return bodyOf(await admin.get(`/webhooks/${webhookId}/deliveries`)).deliveries[0].delivery_id
}

/** The ids of new webhooks and of their deliveries, and those of what a caller may delete: `WHK0001/evt_…`. */
export const newDeliveries = async (desk: Desk, world: World, admin: Person, name: string): Promise<string[]> => {
  const first = await createWebhook(desk, world, admin, { description: name })
  const ids = [first]
  // Several, because a caller may delete one.
  for (let more = 0; more < 5; more += 1) {
    const created = await admin.post('/webhooks', { ...newWebhook, description: name })
    ids.push(expectStatus(created, 201).body.webhook_id)
  }
  const deliveries: string[] = []
  for (const id of ids) deliveries.push(`${id}/${await makeDelivery(desk, world, admin, id)}`)
  return deliveries
}

/** Builds the requests about webhooks that are asked of every caller. They are about one of a technician's. */
export const webhookRequests = (
  desk: Desk,
  world: World,
  clerk: Person,
  technician: Person,
): Record<string, (who: string) => Valid | Promise<Valid>> => {
  let kept: Promise<string> | null = null
  /** A new session makes it, because that of the technician may have ended. */
  const create = async (more: object = {}): Promise<string> => {
    const session = await world.signIn(technician.email, password)
    const id = await createWebhook(desk, world, session, more)
    expectStatus(await session.post('/auth/logout'), 204)
    return id
  }
  const theWebhook = async (): Promise<{ id: string }> => {
    kept ??= create({ description: 'kept' })
    return { id: await kept }
  }
  const spare = async (who: string): Promise<Valid> =>
    who === 'admin' || who === 'its technician' ? { id: await create() } : theWebhook()
  const delivery = async (): Promise<Valid> => {
    const { id } = await theWebhook()
    return { id: [id, await makeDelivery(desk, world, clerk, id)] }
  }
  return {
    'GET /webhooks': () => ({}),
    'POST /webhooks': async () => {
      await makeRoom(desk, world)
      return { body: newWebhook }
    },
    'GET /webhooks/:webhookId': theWebhook,
    'PUT /webhooks/:webhookId': async () => ({ ...(await theWebhook()), body: { is_ordered: false } }),
    'PATCH /webhooks/:webhookId': async () => ({ ...(await theWebhook()), body: { is_ordered: true } }),
    'DELETE /webhooks/:webhookId': spare,
    'POST /webhooks/:webhookId/secrets': theWebhook,
    'DELETE /webhooks/:webhookId/secrets/previous': theWebhook,
    'GET /webhooks/:webhookId/deliveries': theWebhook,
    'GET /webhooks/:webhookId/deliveries/:deliveryId': delivery,
    'POST /webhooks/:webhookId/deliveries/:deliveryId/resend': delivery,
    'POST /webhooks/:webhookId/resend': async () => ({
      ...(await theWebhook()),
      body: { since: '2026-01-01', dry_run: true },
    }),
    'POST /webhooks/:webhookId/test': theWebhook,
  }
}
