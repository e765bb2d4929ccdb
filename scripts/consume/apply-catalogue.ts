import type { Client } from 'pg'
import { z } from 'zod'

// How a consumer keeps a copy of products and orders, made of the messages of the relay alone. It is an example: a
// consumer of your own may take it over as it is.

/** The tables of the copy, and how far it has come in the log of each tenant. */
export const replicaTables = `
  create table if not exists replica_places (
    tenant text not null, epoch text not null, position bigint not null, primary key (tenant, epoch));
  create table if not exists replica_things (
    tenant text not null, id text not null, version integer not null, type text not null, state jsonb,
    primary key (tenant, id));`

const Message = z.object({
  tenant: z.string(),
  epoch: z.string(),
  position: z.int(),
  type: z.string(),
  subject_id: z.string(),
  version: z.int().nullable(),
  details: z.record(z.string(), z.unknown()).optional(),
  tombstone: z.literal(true).optional(),
})

/**
 * What became of a message: `applied`; `known`, because it or a later one was applied before; `other`, because it is
 * about neither a product nor an order; `gap`, because an earlier version is missing, so it must come again later.
 */
export type Outcome = 'applied' | 'known' | 'other' | 'gap'

const isOfCatalogue = (type: string): boolean => /^(?:product|order)\./.test(type)

/**
 * Applies one message in one transaction, together with how far the copy has come. A message that comes again changes
 * nothing: its place is known, or its version is the same or lower. A tombstone has no state, and counts as the next
 * version all the same.
 * @throws z.ZodError for what is no message of the relay.
 */
export const applyMessage = async (client: Client, body: unknown): Promise<Outcome> => {
  const { tenant, epoch, position, type, subject_id: id, version, details } = Message.parse(body)
  if (!isOfCatalogue(type) || version === null) return 'other'
  await client.query('begin')
  try {
    const outcome = await apply()
    await client.query(outcome === 'gap' ? 'rollback' : 'commit')
    return outcome
  } catch (error) {
    await client.query('rollback')
    throw error
  }

  async function apply(): Promise<Outcome> {
    const { rowCount: isNews } = await client.query(
      `insert into replica_places as p (tenant, epoch, position) values ($1, $2, $3)
       on conflict (tenant, epoch) do update set position = excluded.position where p.position < excluded.position`,
      [tenant, epoch, position],
    )
    if (isNews === 0) return 'known'
    const { rows } = await client.query<{ version: number }>(
      'select version from replica_things where tenant = $1 and id = $2 for update',
      [tenant, id],
    )
    const before = rows[0]?.version ?? 0
    if (version !== null && version <= before) return 'known'
    if (version !== before + 1) return 'gap'
    await client.query(
      `insert into replica_things (tenant, id, version, type, state) values ($1, $2, $3, $4, $5)
       on conflict (tenant, id) do update
         set version = excluded.version, type = excluded.type, state = coalesce(excluded.state, replica_things.state)`,
      [tenant, id, version, type, details === undefined ? null : JSON.stringify(details)],
    )
    return 'applied'
  }
}
