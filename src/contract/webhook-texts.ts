import type { EventDefinition } from './event-definition.ts'
import { isOfPattern } from './event-type-pattern.ts'
import { eventTypes } from './events.ts'

/** No webhook is told of what was taken back, and so of no taking back either. */
const neverPosted = 'ticket.change_undone'

const postedTypes = (Object.entries(eventTypes) as [string, EventDefinition][]).filter(([type]) => type !== neverPosted)

/** Whether a pattern means nothing but what is never posted. */
export const isNeverPosted = (pattern: string): boolean =>
  isOfPattern(neverPosted, pattern) && !postedTypes.some(([type]) => isOfPattern(type, pattern))

/** What is posted to webhooks, by the type of the event: a sentence about each, from the catalogue. */
export const webhookTexts: Record<string, string> = Object.fromEntries(
  postedTypes.map(([type, { subject, schema, changes, details }]) => {
    const members = (part: object): string => Object.keys(part).join(', ') || 'none'
    const about =
      subject === 'any'
        ? 'a ticket, an account, a webhook, a product or an order'
        : `${subject === 'account' || subject === 'order' ? 'an' : 'a'} ${subject}`
    return [type, `About ${about}; schema ${schema}; changes: ${members(changes)}; details: ${members(details)}.`]
  }),
)
