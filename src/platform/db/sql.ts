import type { ClientBase, Pool, QueryConfig, QueryResult } from 'pg'
import createSql, {
  empty as emptySql,
  join as joinSql,
  type RawValue,
  raw,
  type Sql as TemplateSql,
} from 'sql-template-tag'
import type { z } from 'zod'
import { checkIn, checkOut } from './checkout.ts'
import { noteEvents, tellOfEvents } from './committed-events.ts'
import { isConnectionError } from './connection-errors.ts'
import { type Avoided, runLimited } from './limited-query.ts'
import { runBeside } from './statement-messages.ts'
import { nameOfRun, type Planning, planningFor, usualPlanning } from './statement-plans.ts'
import { asStatement } from './statement-spans.ts'
import { endsOf, noteCommit } from './transaction-ends.ts'

declare const brand: unique symbol

/** SQL text, with its values apart. Only the `sql` tag makes it, so a concatenated string does not compile. */
export type Sql = TemplateSql & { readonly [brand]: 'sql' }

/** A transaction. A function that must be atomic with others takes a `Tx`. See `transaction`. */
export type Tx = ClientBase & { readonly [brand]: 'tx' }

/** Where one statement may run: on any connection of a pool, or in a transaction. */
export type Db = Pool | Tx

/** Statements and fragments that write events. */
const writers = new WeakSet<object>()

/** Marks a fragment that writes events. Every statement that is made with the fragment is marked, too. */
export const marksEvents = (fragment: Sql): Sql => {
  writers.add(fragment)
  return fragment
}

const inheritMark = (made: Sql, parts: readonly unknown[]): Sql =>
  parts.some((part) => typeof part === 'object' && part !== null && writers.has(part)) ? marksEvents(made) : made

/** The one way to write SQL: ``sql`select … where t.tenant_id = ${tenantId}` ``. Values become parameters. */
export const sql = (strings: TemplateStringsArray, ...values: RawValue[]): Sql =>
  inheritMark(createSql(strings, ...values) as Sql, values)

/** Joins fragments, by default with commas. */
export const join = (parts: Sql[], separator = ', '): Sql => inheritMark(joinSql(parts, separator) as Sql, parts)

/** Empty SQL, for a part that a query may leave out. */
export const nothing = emptySql as Sql

/**
 * The name of a table or a column, where a statement is the same for many of them.
 * @throws Error for what is no plain name.
 */
export const nameSql = (name: string): Sql => {
  if (!/^[a-z][a-z_0-9]{0,62}$/.test(name)) throw new Error('this is no name of a table or a column')
  return raw(name) as Sql
}

/** Joins conditions with `and`. Without a condition the result is `true`. */
export const allOf = (conditions: Sql[]): Sql => (conditions.length === 0 ? sql`true` : join(conditions, ' and '))

const isPool = (db: Db): db is Pool => 'totalCount' in db

const plannings = new WeakMap<Sql, Planning>()
const planningOf = (statement: Sql): Planning => plannings.get(statement) ?? usualPlanning()

/**
 * Marks a statement to be planned each time, because the best plan depends on the values: a search finds a common word
 * fastest in the order of the list, and a rare word through its index; and rows of a small tenant are found fastest by
 * reading all of the tenant, and those of a large one by their keys.
 */
export const planEachTime = (statement: Sql): Sql => {
  plannings.set(statement, 'each time')
  return statement
}

/**
 * Marks a statement to be planned now and then. A plan that was made while its tables were empty, or nearly, would
 * otherwise be kept until the tables are analyzed.
 */
export const planNowAndThen = (statement: Sql): Sql => {
  plannings.set(statement, 'now and then')
  return statement
}

/** A few more rows than the planner expects of a list whose length it does not know. */
const fewRows = 16

/**
 * Marks a statement over lists of `size` elements. A few are planned now and then, many each time: for all values the
 * planner expects ten elements, and may compare each of five hundred with each row of a table.
 */
export const planForBatch = (statement: Sql, size: number): Sql =>
  size > fewRows ? planEachTime(statement) : planNowAndThen(statement)

/** How long lists may take, in milliseconds. */
const timeLimits = new WeakMap<Sql, number>()

/**
 * Marks a list: the server cancels it after `timeoutMs`, when it runs outside of a transaction. Unless it is also
 * marked by `planEachTime`, it has one plan for all values, so it must read few rows whatever the values are. Otherwise
 * the plan for an average customer would be kept for a customer with most of the tickets.
 */
export const withinTime = (statement: Sql, timeoutMs: number): Sql => {
  timeLimits.set(statement, timeoutMs)
  return statement
}

const avoiding = new WeakMap<Sql, Avoided>()

/**
 * Marks a statement of `withinTime` that asks for rows in an order that an index has. The planner then takes them from
 * that index, and does not read all of them to sort them, also where it believes that to be cheaper.
 */
export const inIndexOrder = (statement: Sql): Sql => {
  avoiding.set(statement, 'sorting')
  return statement
}

/**
 * Marks a statement of `withinTime` whose every condition has an index, and which stops after a bounded number of rows.
 * Where one tenant has most rows of a table, the planner would take each tenant for that one, and read the whole table.
 */
export const byIndex = (statement: Sql): Sql => {
  avoiding.set(statement, 'whole reads')
  return statement
}

/**
 * Runs one statement. Unless it is marked otherwise, or runs in a job, each connection parses and plans it once,
 * because planning a query of tickets takes several times as long as running it.
 */
const query = (db: Db, statement: Sql): Promise<QueryResult> => {
  const { text } = statement
  return asStatement(text, () => run(db, statement, text))
}

/** Runs a statement with what goes beside it: how it is planned, and the `begin` and `commit` of its transaction. */
const runPlanned = async (client: ClientBase, config: QueryConfig, planning: Planning): Promise<QueryResult> => {
  const { begin, commit } = endsOf(client)
  const before = [...begin, ...planningFor(client, planning)]
  if (before.length + commit.length === 0) return client.query(config)
  const { result, after } = await runBeside(client, config, { before, after: commit })
  for (const committed of after) noteCommit(client, committed)
  return result
}

const run = async (db: Db, statement: Sql, text: string): Promise<QueryResult> => {
  const { values } = statement
  const planning = planningOf(statement)
  const configFor = (client: ClientBase) => ({ name: nameOfRun(client, text, planning), text, values })
  const writesEvents = writers.has(statement)
  if (!isPool(db)) {
    if (writesEvents) noteEvents(db)
    return runPlanned(db, configFor(db), planning)
  }
  const client = await checkOut(db)
  let fault: unknown = null
  try {
    const timeoutMs = timeLimits.get(statement)
    const isPlanForAll = planning !== 'each time'
    const result = await (timeoutMs === undefined
      ? runPlanned(client, configFor(client), planning)
      : runLimited(client, configFor(client), { timeoutMs, isPlanForAll, avoided: avoiding.get(statement) }))
    // A statement that finds nothing to do writes no event.
    if (writesEvents && result.rowCount !== 0) tellOfEvents(db)
    return result
  } catch (error) {
    if (isConnectionError(error)) fault = error
    throw error
  } finally {
    checkIn(db, client, fault)
  }
}

/** All rows, each parsed by the schema. */
export const many = async <S extends z.ZodType>(db: Db, schema: S, statement: Sql): Promise<z.output<S>[]> => {
  const { rows } = await query(db, statement)
  return rows.map((row) => schema.parse(row))
}

/** The only row, or null. @throws Error when there are more rows. */
export const maybeOne = async <S extends z.ZodType>(db: Db, schema: S, statement: Sql): Promise<z.output<S> | null> => {
  const { rows } = await query(db, statement)
  if (rows.length > 1) throw new Error(`at most one row expected, got ${rows.length}`)
  return rows.length === 0 ? null : schema.parse(rows[0])
}

/** The only row. @throws Error when there is no row: a fault of the program, not of a request. */
export const one = async <S extends z.ZodType>(db: Db, schema: S, statement: Sql): Promise<z.output<S>> => {
  const row = await maybeOne(db, schema, statement)
  if (row === null) throw new Error('one row expected, got none')
  return row
}

/** Runs a statement and answers with the number of rows that it changed. */
export const exec = async (db: Db, statement: Sql): Promise<number> => (await query(db, statement)).rowCount ?? 0
