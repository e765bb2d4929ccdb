// The floor: node:http, pg, and the one SQL statement of each request. No sign-in, no checks, no router.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  changeStatement,
  commentStatement,
  createStatement,
  listColumns,
  listNames,
  numberIn,
  openPool,
  port,
  tenantOf,
  versionOf,
} from './statements.ts'

const pool = openPool()
const one = `select ${listColumns} from tickets t ${listNames} where t.tenant_id = $1 and t.ticket_number = $2`
const newestOfEachStatus = (statuses: string, condition: string): string =>
  `select ${listColumns} from unnest(${statuses}) as s (status) cross join lateral (
    select * from tickets t where t.tenant_id = $1 and t.status = s.status and ${condition}
      and t.deleted_at is null and t.merged_into_number is null
    order by t.raised_date desc, t.ticket_number desc limit 26) t ${listNames}
  order by t.raised_date desc, t.ticket_number desc limit 26`
const all = "array['new', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed']"
const mine = newestOfEachStatus(all, 't.customer_id = $2')
const filtered = newestOfEachStatus('$2::text[]', 't.priority_rank = $3')

createServer(async (req, res) => {
  const { pathname } = new URL(req.url ?? '/', 'http://localhost')
  const tenantId = tenantOf(req.headers)
  const answer = (status: number, body: unknown) => {
    const json = JSON.stringify(body)
    res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }).end(json)
  }
  if (req.method === 'PATCH') {
    const values = [tenantId, numberIn(pathname), versionOf(req.headers), JSON.parse(await text(req)).subject]
    const [ticket] = (await pool.query({ name: 'change', text: changeStatement, values })).rows
    answer(ticket === undefined ? 412 : 200, ticket ?? {})
  } else if (pathname.endsWith('/comments')) {
    const values = [tenantId, numberIn(pathname), 'admin', JSON.parse(await text(req)).body]
    answer(201, (await pool.query({ name: 'comment', text: commentStatement, values })).rows[0])
  } else if (req.method === 'POST') {
    const input = JSON.parse(await text(req))
    const { rows } = await pool.query(createStatement, [
      tenantId,
      input.subject,
      input.issue_category,
      input.issue_description,
      'normal',
      'CUS0001',
    ])
    answer(201, rows[0])
  } else if (pathname === '/api/tickets/customer/CUS0001') {
    answer(200, { tickets: (await pool.query({ name: 'mine', text: mine, values: [tenantId, 'CUS0001'] })).rows })
  } else if (pathname === '/api/tickets') {
    const values = [tenantId, ['new', 'assigned'], 2]
    answer(200, { tickets: (await pool.query({ name: 'filtered', text: filtered, values })).rows })
  } else {
    const values = [tenantId, numberIn(pathname)]
    answer(200, (await pool.query({ name: 'one', text: one, values })).rows[0])
  }
}).listen(port, '127.0.0.1')
