// The naive way of small ticket systems: Express, and a transaction of five statements that holds the counter all
// along.
import express from 'express'
import { openPool, port, tenantOf } from './statements.ts'

const pool = openPool()
const app = express().use(express.json())

app.post('/api/tickets', async (req, res) => {
  const tenantId = tenantOf(req.headers)
  const { subject, issue_category, issue_description } = req.body
  const client = await pool.connect()
  try {
    await client.query('begin')
    const counter = await client.query(
      `update counters set value = value + 1 where tenant_id = $1 and name = 'ticket' returning value`,
      [tenantId],
    )
    const ticket = await client.query(
      `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, customer_id)
       values ($1, $2, $3, $4, $5, 'normal', 'CUS0001') returning *`,
      [tenantId, counter.rows[0].value, subject, issue_category, issue_description],
    )
    await client.query(
      `insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
       values ($1, 'ticket.created', $2, 1, 'CUS0001', 'customer')`,
      [tenantId, ticket.rows[0].ticket_id],
    )
    await client.query('commit')
    res.status(201).json(ticket.rows[0])
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
})
app.listen(port, '127.0.0.1')
