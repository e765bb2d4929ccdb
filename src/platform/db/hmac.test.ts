import { expect, test } from 'vitest'
import { z } from 'zod'
import { startDesk } from '../../testing/support/workspace.ts'
import { hmac } from '../secrets.ts'
import { hmacInSql } from './hmac.ts'
import { one, sql } from './sql.ts'

test('the HMAC of PostgreSQL is the HMAC of Node', async () => {
  const desk = await startDesk({ withWorker: false })
  const Row = z.object({ found: z.string() })
  for (const key of [Buffer.alloc(0), Buffer.from('key'), Buffer.alloc(32, 0xff), Buffer.alloc(64, 7)]) {
    for (const text of ['', 'thread 1 TKT0001', 'Größe 😀'.repeat(40)]) {
      const { found } = await one(
        desk.app.pool,
        Row,
        sql`select encode(${hmacInSql(key, sql`${text}::text`)}, 'hex') as found`,
      )
      expect(found).toBe(hmac(key, text).toString('hex'))
    }
  }
  await desk.stop()
})
