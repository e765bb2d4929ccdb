import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmptyDatabase, type TestDatabase } from '../../src/testing/support/test-database.ts'
import { applyText, replicaTables } from './apply-catalogue.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createEmptyDatabase()
  client = new pg.Client({ connectionString: database.url, application_name: 'counterdesk tests' })
  await client.connect()
  await client.query(replicaTables)
})
afterAll(async () => {
  await client?.end()
  await database?.drop()
})

const applyMessage = (one: pg.Client, body: object) => applyText(one, JSON.stringify(body))

let tenants = 0
/** The messages of one tenant. */
const tenantOf = () => {
  tenants += 1
  const tenant = `t-${tenants}`
  return (position: number, version: number, more: object = {}) => ({
    tenant,
    epoch: 'abcdefghijkl',
    position,
    type: 'product.updated',
    subject_id: 'PRD0001',
    version,
    details: { title: `Version ${version}` },
    ...more,
  })
}
const thingIn = async (tenant: string) =>
  (await client.query('select version, state from replica_things where tenant = $1', [tenant])).rows

test('versions are applied in their order, each once', async () => {
  const say = tenantOf()
  expect(await applyMessage(client, say(3, 1))).toBe('applied')
  expect(await applyMessage(client, say(3, 1))).toBe('known')
  expect(await applyMessage(client, say(9, 3))).toBe('gap')
  expect(await thingIn('t-1')).toEqual([{ version: 1, state: { title: 'Version 1' } }])
  expect(await applyMessage(client, say(7, 2))).toBe('applied')
  expect(await applyMessage(client, say(9, 3))).toBe('applied')
  expect(await applyMessage(client, say(7, 2))).toBe('known')
  expect(await thingIn('t-1')).toEqual([{ version: 3, state: { title: 'Version 3' } }])
})

test('a tombstone counts as the next version, and the state stays', async () => {
  const say = tenantOf()
  await applyMessage(client, say(1, 1))
  expect(await applyMessage(client, say(2, 2, { details: undefined, tombstone: true }))).toBe('applied')
  expect(await applyMessage(client, say(3, 3))).toBe('applied')
  expect(await thingIn('t-2')).toEqual([{ version: 3, state: { title: 'Version 3' } }])
})

test('after a restore what did not happen is gone, and what happened instead is there', async () => {
  const say = tenantOf()
  const epoch = 'mnopqrstuvwx'
  for (const [position, version] of [
    [1, 1],
    [4, 2],
    [6, 3],
  ] as const)
    await applyMessage(client, say(position, version, { details: { title: `Lost ${version}` } }))
  await applyMessage(client, say(7, 1, { subject_id: 'PRD0002' }))
  // The log went back to position 3, and the first that happens then is about something else.
  expect(await applyMessage(client, say(4, 1, { epoch, type: 'ticket.created', subject_id: 'TKT0001' }))).toBe('other')
  expect(await thingIn('t-3')).toEqual([{ version: 1, state: { title: 'Lost 1' } }])
  expect(await applyMessage(client, say(5, 2, { epoch }))).toBe('applied')
  expect(await thingIn('t-3')).toEqual([{ version: 2, state: { title: 'Version 2' } }])
  expect(await applyMessage(client, say(6, 3))).toBe('known')
  expect(await applyMessage(client, say(5, 2, { epoch }))).toBe('known')
})

test('what is about something else, or no message of the relay, is left alone', async () => {
  const say = tenantOf()
  expect(await applyMessage(client, say(1, 1, { type: 'ticket.created', subject_id: 'TKT0001' }))).toBe('other')
  for (const text of ['{"hello": "world"}', 'hello', '', '[]', 'null'])
    expect(await applyText(client, text)).toBe('foreign')
  expect(await thingIn('t-4')).toEqual([])
})

test('twenty copies of one message at once are applied once', async () => {
  const say = tenantOf()
  const clients = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const one = new pg.Client({ connectionString: database.url, application_name: 'counterdesk tests' })
      await one.connect()
      return one
    }),
  )
  const outcomes = await Promise.all(clients.map((one) => applyMessage(one, say(1, 1))))
  expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1)
  await Promise.all(clients.map((one) => one.end()))
})

test('a message that the database could not take is not applied, and is when it comes again', async () => {
  const say = tenantOf()
  await client.query('set default_transaction_read_only = on')
  await expect(applyMessage(client, say(1, 1))).rejects.toMatchObject({ code: '25006' })
  await client.query('set default_transaction_read_only = off')
  expect(await applyMessage(client, say(1, 1))).toBe('applied')
})
