import { afterAll, beforeAll, expect, test } from 'vitest'
import { readRelease } from './release-dump.ts'
import { openRelease, type UpgradedDesk } from './upgraded-desk.ts'

// Tickets that were merged in chains before the upgrade are read at the end of their chain afterwards.

let desk: UpgradedDesk
beforeAll(async () => {
  desk = await openRelease(await readRelease('0.1.0'))
})
afterAll(() => desk?.stop())

test('an upgrade finds the final targets of chains, and their technicians become watchers', async () => {
  const rows = await desk.sql(
    `select t.tenant_id, (array_agg(t.ticket_number::integer order by t.ticket_number))[1:4] as numbers
     from tickets t where t.merged_into_number is null and t.deleted_at is null and not exists (
       select from tickets m where m.tenant_id = t.tenant_id and m.merged_into_number = t.ticket_number)
     group by t.tenant_id having count(*) >= 4 order by 1, 2 limit 1`,
  )
  const { tenant_id: tenantId, numbers } = rows[0] as { tenant_id: number; numbers: number[] }
  const [first = 0, second = 0, third = 0, last = 0] = numbers
  const technicians = await desk.sql(
    `select w.technician_id as id from technicians w
     join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
     where w.tenant_id = ${tenantId} and a.status = 'active' order by 1 limit 2`,
  )
  const [one, two] = technicians.map(({ id }) => id)
  // Two chains come together: first > second > last, and third > last. The second is deleted.
  for (const [number, into, technician] of [
    [first, second, one],
    [second, last, one],
    [third, last, two],
    [last, null, two],
  ]) {
    await desk.sql(
      `update tickets set merged_into_number = ${into}, status = 'assigned', resolved_date = null, closed_date = null,
         technician_id = '${technician}', deleted_at = ${number === second ? 'now()' : 'null'}
       where tenant_id = ${tenantId} and ticket_number = ${number}`,
    )
  }
  expect((await desk.operate('migrate-database')).code).toBe(0)
  const targets = await desk.sql(
    `select t.ticket_number::integer as number, t.final_target_number::integer as target from tickets t
     where t.tenant_id = ${tenantId} and t.ticket_number in (${numbers}) order by 1`,
  )
  expect(targets).toEqual([
    { number: first, target: last },
    { number: second, target: last },
    { number: third, target: last },
    { number: last, target: null },
  ])
  const watchers = await desk.sql(
    `select k.ticket_number::integer as number, k.account_id from ticket_watchers k
     where k.tenant_id = ${tenantId} and k.by_merge and k.ticket_number in (${numbers})`,
  )
  // Neither a deleted ticket gives sight, nor does one whose technician has the final target.
  expect(watchers).toEqual([{ number: first, account_id: one }])
})
