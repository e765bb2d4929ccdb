import { Client } from 'pg'
import { vi } from 'vitest'
import { expectStatus, type Reply } from './requests.ts'
import type { Desk } from './workspace.ts'

/** The statements of the transaction of a request that is answered with 202, and whether it writes to disk. */
export const costOf = async (
  desk: Desk,
  work: () => Promise<Reply>,
): Promise<{ statements: string[]; writes: boolean }> => {
  const nextXid = async (): Promise<bigint> =>
    BigInt((await desk.owner.query('select pg_snapshot_xmax(pg_current_snapshot())::text as xid')).rows[0].xid)
  const before = await nextXid()
  const spy = vi.spyOn(Client.prototype, 'query')
  try {
    expectStatus(await work(), 202)
    const texts = spy.mock.calls.map(([query]) =>
      typeof query === 'string' ? query : (query as { text: string }).text,
    )
    const statements = texts.slice(texts.indexOf('begin'), texts.indexOf('commit') + 1)
    return { statements, writes: (await nextXid()) > before }
  } finally {
    spy.mockRestore()
  }
}
