import type { Client } from 'pg'
import { z } from 'zod'

// How a consumer keeps a copy of products and orders, made of the messages of the relay alone. It is an example: a
// consumer of your own may take it over as it is.

/**
 * The tables of the copy. `replica_places` is how far it is in the log of each tenant, in which epoch. `replica_states`
 * has every version of each thing, with its place: after a restore those that did not happen are taken out again.
 * `replica_things` is what is true now.
 */
export const replicaTables = `
  create table if not exists replica_places (
    place bigint generated always as identity, tenant text not null, epoch text not null, position bigint not null,
    primary key (tenant, epoch));
  create table if not exists replica_states (
    tenant text not null, id text not null, version integer not null, position bigint not null, type text not null,
    state jsonb, primary key (tenant, id, version));
  create or replace view replica_things as
    select distinct on (s.tenant, s.id) s.tenant, s.id, s.version, s.type, s.state
    from replica_states s order by s.tenant, s.id, s.version desc`

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
type Message = z.output<typeof Message>

/**
 * What became of a message: `applied`; `known`, because it or a later one was applied before; `other`, because it is
 * about neither a product nor an order; `foreign`, because it is none of the relay; `gap`, because an earlier version
 * is missing, so it must come again later.
 */
export type Outcome = 'applied' | 'known' | 'other' | 'foreign' | 'gap'

const isOfCatalogue = (type: string): boolean => /^(?:product|order)\./.test(type)

/**
 * Notes the place of a message. Answers whether it is news. The first message of another epoch says that the log of the
 * tenant has gone back to the place before it: what the copy has from there on did not happen.
 */
const arrive = async (client: Client, { tenant, epoch, position }: Message): Promise<boolean> => {
  const { rows } = await client.query<{ epoch: string; position: string }>(
    'select epoch, position from replica_places where tenant = $1 order by place desc for update',
    [tenant],
  )
  const [present] = rows
  if (present?.epoch === epoch && Number(present.position) >= position) return false
  // A message of an earlier epoch that comes again.
  if (rows.slice(1).some((earlier) => earlier.epoch === epoch)) return false
  if (present !== undefined && present.epoch !== epoch) {
    await client.query('delete from replica_states where tenant = $1 and position >= $2', [tenant, position])
  }
  const { rowCount } = await client.query(
    `insert into replica_places as p (tenant, epoch, position) values ($1, $2, $3)
     on conflict (tenant, epoch) do update set position = excluded.position where p.position < excluded.position`,
    [tenant, epoch, position],
  )
  return rowCount === 1
}

const apply = async (client: Client, message: Message): Promise<Outcome> => {
  if (!(await arrive(client, message))) return 'known'
  const { tenant, position, type, subject_id: id, version, details } = message
  if (!isOfCatalogue(type) || version === null) return 'other'
  const { rows } = await client.query<{ version: number; state: unknown }>(
    'select version, state from replica_things where tenant = $1 and id = $2',
    [tenant, id],
  )
  const [before] = rows
  if (version <= (before?.version ?? 0)) return 'known'
  if (version !== (before?.version ?? 0) + 1) return 'gap'
  const state = details ?? before?.state ?? null
  await client.query(
    'insert into replica_states (tenant, id, version, position, type, state) values ($1, $2, $3, $4, $5, $6)',
    [tenant, id, version, position, type, state === null ? null : JSON.stringify(state)],
  )
  return 'applied'
}

const read = (text: string): Message | null => {
  try {
    return Message.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/**
 * Applies one message in one transaction, together with how far the copy has come. A message that comes again changes
 * nothing: its place is known, or its version is the same or lower. A tombstone has no state, and counts as the next
 * version all the same.
 * @throws Error of the database. Then the message is not applied, and must come again.
 */
export const applyText = async (client: Client, text: string): Promise<Outcome> => {
  const message = read(text)
  if (message === null) return 'foreign'
  await client.query('begin')
  try {
    const outcome = await apply(client, message)
    await client.query(outcome === 'gap' ? 'rollback' : 'commit')
    return outcome
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
