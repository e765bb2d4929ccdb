// Numbers from a sequence: Express and one insert. It shows what numbers without gaps cost, because these have gaps.
import express from 'express'
import { createBySequence, openPool, port, tenantOf } from './statements.ts'

const pool = openPool()
const app = express().use(express.json())

app.post('/api/tickets', async (req, res) => {
  const { subject, issue_category, issue_description } = req.body
  const values = [tenantOf(req.headers), subject, issue_category, issue_description, 'normal', 'CUS0001']
  const { rows } = await pool.query(createBySequence, values)
  res.status(201).json(rows[0])
})
app.listen(port, '127.0.0.1')
