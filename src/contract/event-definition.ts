import { z } from 'zod'

/** A fact in an event: no long text. */
export const fact = z.string().max(300)

/** Where a request came from. This is personal data. */
export const origin = { address: fact.optional(), user_agent: fact.optional() }

/**
 * What an event is about. The `subject_id` of the event is the id of a ticket, an account, a webhook, a product or an
 * order; `any`: of one of them. For an event about the tenant itself it is `-`.
 */
type Subject = 'ticket' | 'account' | 'webhook' | 'product' | 'order' | 'tenant' | 'any'

/**
 * Whether the customer of a ticket may read an event of the ticket: `always`, `when_public` (when the details say
 * `visibility: public`), or `never`. Without an entry in the catalogue, only the staff may read a type.
 */
type CustomerReading = 'always' | 'when_public' | 'never'

/** One type of event: its subject, the members of its changes and details, and who may read it. */
export interface EventDefinition<C extends z.ZodRawShape = z.ZodRawShape, D extends z.ZodRawShape = z.ZodRawShape> {
  subject: Subject
  /** The version of `changes` and `details`. An event whose details name no version has version 1. */
  schema: number
  customers: CustomerReading
  /** The members that may have changed, each with the schema of its value. */
  changes: C
  details: D
}

/** Makes the definition of a type. Left out: version 1, for the staff only, without changes and details. */
export const define = <C extends z.ZodRawShape, D extends z.ZodRawShape>(
  subject: Subject,
  { schema = 1, customers = 'never', changes, details }: Partial<EventDefinition<C, D>>,
): EventDefinition<C, D> => ({
  subject,
  schema,
  customers,
  changes: changes ?? ({} as C),
  details: details ?? ({} as D),
})
