import { z } from 'zod'
import { WebhookDisabledReason } from '../../../../contract/enums.ts'
import type { Words } from '../../../../platform/page.ts'
import { factsOfAccount } from './account-facts.ts'
import { defineTemplate, helpdeskLink, linkWith, type MailContext, say } from './letter.ts'
import { automatically, counted, spokenWord } from './spoken-words.ts'
import { acts } from './ticket-letter.ts'
import { Line, oneLine } from './user-text.ts'

/** Why a webhook is disabled, as the end of a sentence. */
const whyDisabled: Record<WebhookDisabledReason, Words> = {
  by_hand: { en: 'somebody disabled it', de: 'jemand hat ihn ausgeschaltet' },
  gone: {
    en: 'the receiver says that it is gone for good (410)',
    de: 'der Empfänger sagt, dass es ihn nicht mehr gibt (410)',
  },
  failing: { en: 'no delivery has arrived for five days', de: 'seit fünf Tagen ist keine Zustellung angekommen' },
  owner_gone: {
    en: 'its owner is not of the staff any more',
    de: 'die Person, der er gehört, ist nicht mehr im Team',
  },
}

/** A later version may have further reasons. */
const whyOf = (reason: string, context: MailContext): string => {
  const { success, data } = WebhookDisabledReason.safeParse(reason)
  return say(context, success ? whyDisabled[data] : { en: 'it was disabled', de: 'er wurde ausgeschaltet' })
}

/** Mails about accounts that are there, to their people or to the staff. */
export const accountTemplates = {
  account_role_changed: defineTemplate(
    ['facts', 'link'],
    z.object({ role: Line, actor_name: Line.nullable(), sign_in_name: Line }),
    ({ role, actor_name, sign_in_name }, context) => ({
      facts: [
        ...factsOfAccount(sign_in_name, role, context),
        { label: say(context, acts.changed), value: actor_name ?? say(context, automatically) },
      ],
      action: helpdeskLink(context),
      values: { role: spokenWord(context.language, role), has_lost_tickets: role !== 'technician' },
    }),
  ),

  account_reactivated: defineTemplate(
    ['facts', 'link'],
    z.object({ sign_in_name: Line, actor_name: Line.nullable() }),
    ({ sign_in_name, actor_name }, context) => ({
      facts: [
        ...factsOfAccount(sign_in_name, null, context),
        {
          label: say(context, { en: 'Reactivated by', de: 'Reaktiviert von' }),
          value: actor_name ?? say(context, automatically),
        },
      ],
      action: helpdeskLink(context),
    }),
  ),

  password_reset_requested: defineTemplate(
    ['link'],
    z.object({ reset_id: z.uuid(), expires_minutes: z.int().min(1) }),
    ({ reset_id, expires_minutes }, context) => ({
      action: {
        label: say(context, { en: 'Choose a new password', de: 'Neues Passwort wählen' }),
        url: linkWith(context, '/password/reset', 'password', reset_id),
      },
      values: { link_lasts: counted(context.language, expires_minutes, 'minute') },
    }),
    true,
  ),

  tickets_released: defineTemplate(
    ['facts', 'link'],
    z.object({
      technician_name: Line,
      released: z.int().min(1),
      actor_name: Line.nullable(),
      became_admin: z.boolean().default(false),
    }),
    ({ technician_name, released, actor_name, became_admin }, context) => ({
      facts: [
        { label: say(context, { en: 'Technician', de: 'Techniker' }), value: technician_name },
        { label: 'Tickets', value: String(released) },
        {
          label: say(context, became_admin ? acts.changed : { en: 'Deactivated by', de: 'Deaktiviert von' }),
          value: actor_name ?? say(context, automatically),
        },
      ],
      action: helpdeskLink(context),
      values: {
        tickets: counted(context.language, released, 'ticket'),
        is_one: released === 1,
        became_admin,
      },
    }),
  ),

  webhook_disabled: defineTemplate(
    ['facts', 'link'],
    z.object({ webhook_id: z.string().regex(/^WHK\d{4,18}$/), url: Line, reason: Line }),
    ({ webhook_id, url, reason }, context) => ({
      facts: [
        { label: 'Webhook', value: webhook_id },
        { label: say(context, { en: 'Address', de: 'Adresse' }), value: oneLine(url) },
      ],
      action: context.hasConsole
        ? {
            label: say(context, { en: 'Open the webhook', de: 'Webhook öffnen' }),
            url: `${context.publicUrl}/webhooks/${webhook_id}`,
          }
        : helpdeskLink(context),
      values: { webhook_id, why: whyOf(reason, context) },
    }),
  ),

  quota_half_used: defineTemplate(
    ['facts'],
    z.object({ account_id: Line, account_name: Line, count: z.int().min(1), limit: z.int().min(1) }),
    ({ account_id, account_name, count, limit }, context) => ({
      facts: [
        { label: say(context, { en: 'Account', de: 'Konto' }), value: account_id },
        { label: 'Name', value: account_name },
        {
          label: say(context, { en: 'Tickets read', de: 'Gelesene Tickets' }),
          value: say(context, { en: `about ${count}`, de: `etwa ${count}` }),
        },
        { label: say(context, { en: 'Limit', de: 'Grenze' }), value: String(limit) },
      ],
      values: { account_id, account_name },
    }),
  ),
}
