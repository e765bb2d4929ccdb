import { z } from 'zod'
import type { EventDefinition } from './event-definition.ts'
import { type Changes, type EventType, eventTypes } from './events.ts'

/**
 * The schemas of the changes and details of a type in its current version. They refuse unknown members.
 * @internal Exported for the test that compares events with the catalogue.
 */
export const schemasOf = (type: EventType): { changes: z.ZodType<Changes>; details: z.ZodType } => {
  const { changes, details, schema }: EventDefinition = eventTypes[type]
  const members = Object.entries(changes).map(([member, value]) => {
    const side = (value as z.ZodType).nullable()
    return [member, z.strictObject({ from: side, to: side }).optional()]
  })
  return {
    changes: z.strictObject(Object.fromEntries(members)) as unknown as z.ZodType<Changes>,
    details: z.strictObject(schema === 1 ? details : { ...details, schema: z.literal(schema) }),
  }
}

/** The changes of an event, as every reader gets them. */
export const ChangeList = z
  .record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }))
  .meta({ description: 'The changed members, each with its value before and after.' })

/** The details of an event of any version, as every reader gets them. */
export const Details = z.record(z.string(), z.unknown())
