import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { emails } from '../../../testing/support/mail-scene.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { claimMails, type Outcome, settleMails } from './mail-queue.queries.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { SMTP_URL: 'smtp://127.0.0.1:9' } })
})
afterAll(() => desk?.stop())

test('a mail that somebody has sent again while it was being handed over is handed over again', async () => {
  const { ada, cleo } = await createWorld(desk)
  const { pool } = desk.app
  const ends = {
    sent: 'sent',
    cancelled: 'cancelled',
    failed: 'queued',
    deferred: 'queued',
    postponed: 'queued',
  } as const
  for (const [outcome, becomes] of Object.entries(ends)) {
    const id = await createTicket(cleo)
    await writeMails(desk)
    await desk.owner.query("update emails set state = 'deferred', due_at = now() where ticket_id = $1", [id])
    const inHand = (await claimMails(pool, randomUUID(), 100)).filter(({ ticket_id }) => ticket_id === id)
    expect(inHand).toHaveLength(2)
    const [resent, other] = await emails(ada, `ticket_id=${id}`)
    expectSuccess(await ada.post(`/emails/${resent?.email_id}/resend`))
    const settled = inHand.map(
      ({ tenant_id, email_id }) =>
        ({
          tenant_id,
          email_id,
          state: outcome,
          error: null,
          isAttempt: true,
          recipient: null,
          sha256: null,
        }) as Outcome,
    )
    await settleMails(pool, settled, 3600)
    const after = await emails(ada, `ticket_id=${id}`)
    expect(after.find(({ email_id }) => email_id === resent?.email_id)?.state, outcome).toBe(becomes)
    // The mail that nobody had sent again is what became of it.
    const usual = outcome === 'postponed' ? 'deferred' : outcome
    expect(after.find(({ email_id }) => email_id === other?.email_id)?.state, outcome).toBe(usual)
    const again = await claimMails(pool, randomUUID(), 100)
    const isDue = again.some(({ email_id }) => email_id === resent?.email_id)
    expect(isDue, outcome).toBe(becomes === 'queued')
  }
})
