import { randomUUID } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endpoints } from '../../modules.ts'
import {
  among,
  type Expected,
  type HostileClient,
  is,
  jsonType,
  named,
  naming,
  parts,
  refusing,
  startHostileClient,
} from '../../testing/support/hostile-client.ts'
import { membersOf } from '../../testing/support/hostile-samples.ts'
import { verdict } from '../../testing/support/requests.ts'
import type { Endpoint } from './endpoint.ts'

let client: HostileClient
beforeAll(async () => {
  client = await startHostileClient()
})
afterEach(() => client.noFaults())
afterAll(() => client?.stop())

/** The endpoints that take a query. */
const lists = named(endpoints.filter(({ query, bytes }) => query !== undefined && bytes === undefined))

const encode = encodeURIComponent

/** Whether an answer is an empty page, or counts that are all 0. */
const isOfNothing = (text: string): boolean =>
  /\[\],"(page|next)"/.test(text) || (text.startsWith('{"counts"') && !/"count":[1-9]/.test(text))

const sql = parts(
  `' or '1'='1 | '; drop table tickets; -- | ") or pg_sleep(9) -- | 1' union select null -- | $1 | \\ | ''`,
)

/** Every order of a list that has one order only, as its source names it. */
const orders = globSync('src/modules/**/*.service.ts').flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/Order = '([^']+)'/g)].map(([, order = '']) => order),
)

/** The orders whose cursors a list takes: those of `sort`, or that of its next cursor; any, when it has but one page. */
const ordersOf = async (endpoint: Endpoint): Promise<string[]> => {
  const { properties = {} } = z.toJSONSchema(endpoint.query ?? z.object({}), { io: 'input', unrepresentable: 'any' })
  const sorts = z.object({ enum: z.array(z.string()) }).safeParse(properties.sort)
  if (sorts.success) return sorts.data.enum
  const { text } = await (await client.aimAt(endpoint)).query('limit=1', among(200))
  const cursor = JSON.parse(text).page?.next_cursor
  const order = cursor ? JSON.parse(Buffer.from(cursor, 'base64url').toString())[0] : null
  return order === null ? orders : [order]
}

const fraction = `2024-01-01T00:00:00.${'1'.repeat(200)}Z`

const ends = (query: string): string => query.slice(0, query.indexOf('='))

describe('a query or a path', () => {
  const numbers = parts(
    '-1 | 0 | 1.5 | 1000000000 | 2147483648 | 9007199254740993 | 9223372036854775808 | NaN | 0x10 | 1e2 | +5 | ٣ | ' +
      'Infinity | 101 | null',
  )
  const times = parts(
    '0000-01-01 | 0000-12-31T23:59:59Z | 10000-01-01 | -0001-01-01 | 2024-02-30 | now | infinity | epoch | ' +
      `2024-01-01T00:00:00+23:59 | 9999-12-31T23:59:59-23:59 | ${fraction}`,
  )
  const odd = parts(`% | _ | <script> | ( |  & | ! | " | ${'x'.repeat(200)} | \u202e | 👩‍🚒`)

  test.each(lists)('%s takes no absurd parameter', async (_, endpoint) => {
    const { query } = await client.aimAt(endpoint)
    for (const number of [...numbers, '', '1 2']) await query(`limit=${encode(number)}`, naming('limit'))
    for (const unknown of parts('limit[]=1 | limit[a]=1 | nobody=1 | __proto__=1 | __proto__[x]=1 | constructor=1')) {
      await query(unknown, naming(ends(unknown)))
    }
    for (const [parameter, [type]] of membersOf(endpoint.query)) {
      const isOnce = type === 'array' ? among(200, 400) : refusing(parameter, 'repeated')
      await query(`${parameter}=1&${parameter}=1`, isOnce)
      await query(`${parameter}=${'x'.repeat(3_000)}`, naming(parameter))
      for (const bad of ['%00', 'a%00b']) await query(`${parameter}=${bad}`, among(400))
      for (const broken of ['%', '%E0%A4%A', '%ff', '%ED%A0%80'])
        await query(`${parameter}=${broken}`, is(400, 'malformed_request'))
      const isTime = /_(after|before|at|date)$|^(from|to|since|until)$/.test(parameter)
      for (const text of isTime ? [...times, ...odd] : odd) {
        await query(`${parameter}=${encode(text)}`, among(200, 400))
      }
      for (const text of sql) {
        await query(
          `${parameter}=${encode(text)}`,
          ({ status, text: found }) => status === 400 || (status === 200 && isOfNothing(found)),
        )
      }
    }
    await query('&=&==&&?&', () => true)
    await query('', client.neededQuery(endpoint) === '' ? among(200) : naming(''))
  })

  const paged = lists.filter(([, { query }]) => membersOf(query).some(([name]) => name === 'cursor'))
  test.each(paged)('%s takes no cursor but its own', async (_, endpoint) => {
    const { query } = await client.aimAt(endpoint)
    const dates = ['0000-01-01T00:00:00Z', fraction, '2024-02-30T00:00:00Z', "' or true --", 5]
    const numbered = [1, 1.5, 1e300, '1; drop', randomUUID()].flatMap((number) => dates.map((date) => [date, number]))
    const texts = ['\0', 'a\0b', '\ud800', 'a\udc00', 'x'.repeat(300), '', true, [], ['a\0b', 1], [dates[0], '\0']]
    const keys = [...numbered, ...texts, null, {}, 'x', 1e308, -1, 2 ** 53]
    const own = await ordersOf(endpoint)
    // Of a list whose order is not known each order is tried, with every fourth key: of each kind there are several.
    const tried = own === orders ? keys.filter((_, index) => index % 4 === 0) : keys
    const forged = own.flatMap((order) => tried.map((key) => [order, key]))
    const others = orders
      .filter((order) => !own.includes(order))
      .flatMap((order) => [
        [order, 1],
        [order, dates],
      ])
    const written = [null, 7, 'x', {}, [], ['__proto__', 1], [...(forged[0] ?? []), 1], ...forged, ...others]
    const cursors = written.map((cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url'))
    for (const cursor of [...cursors, 'x', '-', '%25', 'a'.repeat(500), Buffer.from('\0').toString('base64url')]) {
      // A forged cursor may happen to be valid, such as a negative number where numbers are the order. Then it is only
      // a place in the list.
      await query(`cursor=${encode(cursor)}`, among(200, 400))
    }
    for (const cursor of ['', 'null', 'x', cursors[0]]) await query(`cursor=${cursor}`, is(400, 'invalid_cursor'))
    await query(`cursor=${'a'.repeat(501)}`, is(400, 'validation_failed'))
  })

  test('an endpoint without parameters refuses every parameter', async () => {
    for (const endpoint of endpoints.filter(({ query }) => query === undefined)) {
      const { query } = await client.aimAt(endpoint)
      for (const unknown of parts('nobody=1 | limit=1 | __proto__=1')) await query(unknown, naming(ends(unknown)))
    }
  })

  test('a cursor works for its own order only', async () => {
    const { body } = await client.world.ada.get('/tickets?limit=1&sort=-updated_at')
    const cursor = body.page.next_cursor
    const sorted = (sort: string) => client.world.ada.get(`/tickets?limit=1&sort=${sort}&cursor=${cursor}`)
    expect((await sorted('-updated_at')).body.tickets[0].ticket_id).not.toBe(body.tickets[0].ticket_id)
    for (const sort of ['-raised_date', 'raised_date', '-priority']) {
      const reply = await sorted(sort)
      expect(verdict(reply)).toEqual([400, 'invalid_cursor'])
    }
    expect((await client.world.ada.get(`/customers?cursor=${cursor}`)).body.code).toBe('invalid_cursor')
  })

  test('search terms are taken literally, without wildcards', async () => {
    for (const name of ['100% wool', 'under_score', 'back\\slash', 'odd %_% name', "O'Hara"]) {
      expect((await client.world.ada.post('/customers', { name, email: `${randomUUID()}@example.com` })).status).toBe(
        201,
      )
    }
    const found = async (q: string): Promise<string[]> => {
      const { body } = await client.world.ada.get(`/customers?limit=100&q=${encode(q)}`)
      return body.customers.map(({ name }: { name: string }) => name)
    }
    expect(await found('%')).toEqual(['100% wool', 'odd %_% name'])
    expect(await found('_')).toEqual(['under_score', 'odd %_% name'])
    expect(await found('\\')).toEqual(['back\\slash'])
    expect(await found('%_%')).toEqual(['odd %_% name'])
    expect(await found("'")).toEqual(["O'Hara"])
    expect(await found('UNDER_')).toEqual(['under_score'])
    expect(await found('a%b')).toEqual([])
  })

  test.each(named(endpoints.filter(({ params }) => params !== undefined)))(
    '%s finds nothing by a name that is none',
    async (_, endpoint) => {
      const id = Object.values(client.pathValues).find((value) => client.pathOf(endpoint).includes(value)) ?? ''
      const body = endpoint.body === undefined ? {} : { body: JSON.stringify(client.bodyFor(endpoint)) }
      const sending = {
        headers: { ...(await client.headersFor(endpoint)), ...(endpoint.body ? jsonType : {}) },
        ...body,
      }
      const before = await client.snapshot()
      const method = endpoint.method.toUpperCase()
      const find = (name: string, expected: Expected) =>
        client.probe(
          'this name',
          method,
          client.pathOf({ ...endpoint, path: endpoint.path.replace(/:\w+/, name) }) + client.neededQuery(endpoint),
          sending,
          expected,
        )
      const near = [
        ` ${id}`,
        `${id} `,
        `${id}\n`,
        id.toLowerCase().slice(1),
        `${id}0000000000000000`,
        `${id}' or '1'='1`,
      ]
      const far = parts(
        'TKT0000 | 0 | TKT | TKT 1 | TKT-1 | TKT1.0 | 0x1 | 1e0 | TKT１ | * | null | -1 | \u202e | 💥 | __proto__ | ../../health',
      )
      for (const name of [...sql, ...near, ...far, 'x'.repeat(5_000)]) await find(encode(name), among(404))
      for (const name of ['%00', `${id}%00`, '%', '%E0%A4%A', '%ff', '%ED%A0%80', '%u0041'])
        await find(name, is(400, 'malformed_request'))
      expect(await client.snapshot()).toEqual(before)
    },
  )
})
