import { startWebhookReceiver, type WebhookReceiver } from '../peers/webhook-receiver.ts'
import { createWorld, type Person, type World } from './people.ts'
import { bodyOf } from './requests.ts'
import { until } from './waiting.ts'
import type { Desk } from './workspace.ts'

/** A webhook with a receiver of its own. */
export interface StartedWebhook {
  world: World
  receiver: WebhookReceiver
  id: string
  /** The webhook as its owner reads it. */
  read: () => Promise<{ [member: string]: unknown; waiting: number; failures: number; state: string }>
  /** The states of its deliveries, in the order of the log. */
  states: () => Promise<string[]>
  /** Lets time go by: what is due within some hours is due now. */
  elapse: (hours?: number) => Promise<void>
  /** Waits until no process has it, so that a test may change what is due. */
  untilIdle: () => Promise<void>
}

/**
 * Starts a receiver, and creates a webhook of it, of new tickets unless `more` says otherwise. The caller stops the
 * receiver.
 */
export const startWebhook = async (
  desk: Desk,
  more: object = {},
  { owner = 'ada', world }: { owner?: 'ada' | 'tess'; world?: World } = {},
): Promise<StartedWebhook> => {
  const own = world ?? (await createWorld(desk))
  const receiver = await startWebhookReceiver()
  const person: Person = own[owner]
  const { webhook_id: id } = bodyOf(
    await person.post('/webhooks', { url: receiver.url, types: ['ticket.created'], ...more }),
  )
  const of = [own.tenantId, Number(id.slice(3))]
  return {
    world: own,
    receiver,
    id,
    read: async () => bodyOf(await person.get(`/webhooks/${id}`)),
    states: async () =>
      bodyOf(await own.ada.get(`/webhooks/${id}/deliveries?limit=100`))
        .deliveries.map(({ state }: { state: string }) => state)
        .reverse(),
    async elapse(hours = 100) {
      const passed = `interval '${hours} hours'`
      await desk.owner.query(
        `with d as (update webhook_deliveries set due_at = due_at - ${passed}
           where tenant_id = $1 and webhook_number = $2 and state = 'waiting')
         update webhooks set due_at = least(due_at - ${passed}, now()), paused_until = paused_until - ${passed}, failing_since = failing_since - ${passed}
         where tenant_id = $1 and webhook_number = $2`,
        of,
      )
    },
    untilIdle: () =>
      until('nobody has the webhook', async () => {
        const { rowCount } = await desk.owner.query(
          `select from webhooks where tenant_id = $1 and webhook_number = $2 and holder is null
             and (due_at is null or due_at > now() or state = 'disabled' or deleted_at is not null)`,
          of,
        )
        return rowCount === 1
      }),
  }
}
