import { z } from 'zod'
import { addGauge, type Metrics } from '../metrics.ts'
import { createTtlCache } from '../ttl-cache.ts'
import { type Db, many, sql } from './sql.ts'

const TableSize = z.object({ table: z.string(), rows: z.number().nullable(), bytes: z.int() })
type TableSize = z.output<typeof TableSize>

/**
 * Every table of the product, and the jobs: the rows as the planner estimates them, null before the table was analyzed
 * for the first time, and the bytes on disk with indexes and long texts. Nothing is counted, so the cost does not grow
 * with the tables. The list comes from the catalogue, so that no table can be forgotten.
 */
const listTableSizes = (db: Db): Promise<TableSize[]> =>
  many(
    db,
    TableSize,
    sql`select case when c.relnamespace = to_regnamespace('public') then c.relname::text else 'jobs' end as table,
          nullif(c.reltuples, -1)::float8 as rows, pg_total_relation_size(c.oid) as bytes
        from pg_class c
        where c.relkind = 'r'
          and (c.relnamespace = to_regnamespace('public') or c.oid = to_regclass('graphile_worker._private_jobs'))
        order by 1`,
  )

const keptMs = 10_000

/** Adds the rows and bytes of every table, read at most every ten seconds. */
export const addTableGauges = (metrics: Metrics, db: Db): void => {
  const readings = createTtlCache<TableSize[]>(keptMs)
  const sizes = (): Promise<TableSize[]> => readings.get('', () => listTableSizes(db))
  const rowsOf = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await sizes()).flatMap(({ table, rows }) => (rows === null ? [] : [[table, rows]])))
  const bytesOf = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await sizes()).map(({ table, bytes }) => [table, bytes]))
  addGauge(metrics, 'counterdesk_table_rows', 'Rows of each table, as PostgreSQL estimates them.', rowsOf, 'table')
  addGauge(metrics, 'counterdesk_table_bytes', 'Bytes of each table on disk, with its indexes.', bytesOf, 'table')
}
