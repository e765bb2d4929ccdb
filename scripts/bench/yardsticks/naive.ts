// The naive way of small ticket systems: Express, and a transaction of five statements that holds the counter all
// along.
import express from 'express'
import type { PoolClient } from 'pg'
import { numberIn, openPool, port, tenantOf, versionOf } from './statements.ts'

const pool = openPool()
const app = express().use(express.json())

/** Does work in a transaction, with a connection of its own. */
const inTransaction = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

const logEvent = (
  client: PoolClient,
  tenantId: number,
  type: string,
  ticketId: string,
  version: number,
  actor: string,
) =>
  client.query(
    `insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
     values ($1, $2, $3, $4, $5, 'customer')`,
    [tenantId, type, ticketId, version, actor],
  )

const lockTicket = async (client: PoolClient, tenantId: number, number: number) =>
  (
    await client.query('select * from tickets where tenant_id = $1 and ticket_number = $2 for update', [
      tenantId,
      number,
    ])
  ).rows[0]

app.post('/api/tickets', async (req, res) => {
  const tenantId = tenantOf(req.headers)
  const { subject, issue_category, issue_description } = req.body
  const made = await inTransaction(async (client) => {
    const counter = await client.query(
      `update counters set value = value + 1 where tenant_id = $1 and name = 'ticket' returning value`,
      [tenantId],
    )
    const ticket = await client.query(
      `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, customer_id)
       values ($1, $2, $3, $4, $5, 'normal', 'CUS0001') returning *`,
      [tenantId, counter.rows[0].value, subject, issue_category, issue_description],
    )
    await logEvent(client, tenantId, 'ticket.created', ticket.rows[0].ticket_id, 1, 'CUS0001')
    return ticket.rows[0]
  })
  res.status(201).json(made)
})

app.patch('/api/tickets/:id', async (req, res) => {
  const tenantId = tenantOf(req.headers)
  const changed = await inTransaction(async (client) => {
    const ticket = await lockTicket(client, tenantId, numberIn(req.path))
    if (ticket.version !== versionOf(req.headers)) return null
    const { rows } = await client.query(
      `update tickets set subject = $3, updated_at = now(), version = version + 1
       where tenant_id = $1 and ticket_number = $2 returning *`,
      [tenantId, ticket.ticket_number, req.body.subject],
    )
    await logEvent(client, tenantId, 'ticket.updated', ticket.ticket_id, rows[0].version, 'admin')
    return rows[0]
  })
  res.status(changed === null ? 412 : 200).json(changed ?? {})
})

app.post('/api/tickets/:id/comments', async (req, res) => {
  const tenantId = tenantOf(req.headers)
  const comment = await inTransaction(async (client) => {
    const ticket = await lockTicket(client, tenantId, numberIn(req.path))
    const { rows } = await client.query(
      `insert into comments (tenant_id, comment_id, ticket_number, author_id, visibility, body, created_at)
       values ($1, gen_random_uuid(), $2, 'admin', $3, $4, now()) returning *`,
      [tenantId, ticket.ticket_number, req.body.visibility, req.body.body],
    )
    await client.query('update tickets set updated_at = now() where tenant_id = $1 and ticket_number = $2', [
      tenantId,
      ticket.ticket_number,
    ])
    await logEvent(client, tenantId, 'comment.added', ticket.ticket_id, ticket.version, 'admin')
    return rows[0]
  })
  res.status(201).json(comment)
})
app.listen(port, '127.0.0.1')
