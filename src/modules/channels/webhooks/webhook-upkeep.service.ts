import type { App } from '../../../platform/app-context.ts'
import { disableWebhook } from './disable-webhook.queries.ts'
import { openWebhookSecret, sealWebhookSecret } from './webhook-secrets.ts'
import {
  deleteDeliveriesOfDeleted,
  deleteEmptyWebhooks,
  deleteOldDeliveries,
  forgetEndedSecrets,
  listOwnerless,
  listSealedByOlder,
  replaceSealed,
} from './webhook-upkeep.queries.ts'

/** Removes at most `limit` deliveries that have served their time. Answers with their number. */
export const removeOldDeliveries = ({ pool }: App, limit: number): Promise<number> => deleteOldDeliveries(pool, limit)

/** Removes what is left of deleted webhooks, `limit` rows at most, and answers with their number. */
export const removeDeletedWebhooks = async ({ pool }: App, limit: number): Promise<number> => {
  const deliveries = await deleteDeliveriesOfDeleted(pool, limit)
  return deliveries > 0 ? deliveries : deleteEmptyWebhooks(pool, limit)
}

/** Disables at most `limit` webhooks whose owners may see nothing any more. Answers with their number. */
export const disableOwnerless = async ({ pool }: App, limit: number): Promise<number> => {
  const ownerless = await listOwnerless(pool, limit)
  // Owners rarely go, and a tenant has few webhooks.
  for (const webhook of ownerless) await disableWebhook(pool, webhook, 'owner_gone')
  return ownerless.length
}

/** Forgets at most `limit` earlier secrets whose time is over. Answers with their number. */
export const forgetSecrets = ({ pool }: App, limit: number): Promise<number> => forgetEndedSecrets(pool, limit)

/** How many webhooks are sealed anew at a start. */
const sealedAtOnce = 10_000

/**
 * Seals the secrets of webhooks with the newest key, so that an older key can go. Says what cannot be read: those
 * webhooks need a new secret.
 */
export const sealAnew = async ({ pool, secrets: { sealing } }: App): Promise<string[]> => {
  let lost = 0
  const older = await listSealedByOlder(pool, sealing.first.id, sealedAtOnce)
  for (const webhook of older) {
    const { tenant_id: tenantId, webhook_number: number } = webhook
    const anew = (sealed: string): string => {
      const secret = openWebhookSecret(sealing, tenantId, number, sealed)
      if (secret !== null) return sealWebhookSecret(sealing, tenantId, number, secret)
      lost += 1
      return sealed
    }
    const { secret, previous_secret: previous } = webhook
    await replaceSealed(pool, webhook, {
      secret: anew(secret),
      previous_secret: previous === null ? null : anew(previous),
    })
  }
  if (lost === 0) return []
  return [
    `${lost} secrets of webhooks are sealed with a key that is not in SECRETS_KEY, so nothing is sent to these webhooks: put ` +
      'the key back behind the new one, or make new secrets; see docs/operations.md, "Keys of secrets".',
  ]
}
