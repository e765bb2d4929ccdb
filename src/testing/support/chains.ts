import pg from 'pg'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { createTicket } from './create-tickets.ts'
import { createWorld, type World } from './people.ts'
import { startDesk } from './workspace.ts'

/** A tenant in which every event has its position. */
export interface ChainWorld extends World {
  /** The position of the last event. */
  last: number
}

/**
 * Starts a desk without a worker: its events get their positions when a test says so. Offers what tests do to chains of
 * events.
 */
export const startChains = async () => {
  const desk = await startDesk({ withWorker: false })
  // A single connection, for transactions.
  const owner = new pg.Client({ connectionString: desk.databaseUrl, application_name: 'counterdesk tests' })
  await owner.connect()

  const place = async (limit = 7): Promise<void> => {
    while ((await fanOutOnce(desk.app.pool, [], limit)) > 0);
  }
  const pile = (tenantId: number, count: number): Promise<unknown> =>
    owner.query(
      `insert into events (tenant_id, type, subject_id, subject_version, actor_role, request_id, changes, details)
       select $1, 'customer.updated', 'x' || n, n, 'system', 'request ' || n,
         jsonb_build_object('name', jsonb_build_object('from', 'Zoë "Z" ' || n, 'to', null)), '{"a": [1.50, "ü\\n"]}'
       from generate_series(1, $2) n`,
      [tenantId, count],
    )
  return {
    desk,
    owner,
    place,
    pile,
    /** Creates a tenant with at least thirty events in its chain; the last twenty are alike. */
    async startChain(): Promise<ChainWorld> {
      const world = await createWorld(desk)
      const { tenantId } = world
      await createTicket(world.cleo)
      await world.ada.put('/tickets/TKT0001', { technician_id: world.tess.id, subject: 'Kein “Netz” 🙂' })
      await pile(tenantId, 20)
      await place()
      const head = 'select h.position::int as last from event_heads h where h.tenant_id = $1'
      const { rows } = await owner.query(head, [tenantId])
      return { ...world, last: rows[0].last }
    },
    /** Switches off what protects the events, which only the owner of the tables can do, and runs the statements. */
    async tamper(...statements: string[]): Promise<void> {
      const off = ['disable trigger user', 'drop constraint if exists events_chained_check']
      const steps = [...off.map((what) => `alter table events ${what}`), ...statements]
      for (const step of ['begin', ...steps, 'alter table events enable trigger user', 'commit'])
        await owner.query(step)
    },
    async stop(): Promise<void> {
      await owner.end()
      await desk.stop()
    },
  }
}
export type Chains = Awaited<ReturnType<typeof startChains>>

export const verify = async ({ ada }: World, query = '') => (await ada.get(`/audit/verify${query}`)).body
