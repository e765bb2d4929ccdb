import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { blankMails } from './blank-mails.service.ts'
import { getMailWithSecrets } from './outgoing-mail.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ settings: { MAIL_PARAMETERS_DAYS: '90' } })
})
afterAll(() => desk?.stop())

const secret = 'The safe behind the picture opens with 4711.'

test('the text of an old mail is removed, and the mail says so', async () => {
  const { ada, cleo, tenantId } = await createWorld(desk)
  const { ticket_id } = bodyOf(
    await cleo.post('/tickets', { subject: secret, issue_category: 'Network', issue_description: secret }),
  )
  await desk.settled()
  const { emails } = bodyOf(await ada.get(`/emails?ticket_id=${ticket_id}`))
  const [old, young] = emails
  // A mail of an earlier version has the text that it quotes in its parameters.
  await desk.owner.query(
    `update emails set created_at = now() - interval '91 days',
       parameters = parameters || jsonb_build_object('issue_description', $2::text)
     where tenant_id = $1 and email_id = $3`,
    [tenantId, secret, old.email_id],
  )
  const before = bodyOf(await ada.get(`/emails/${old.email_id}`))
  expect(before).toMatchObject({ parameters_blanked_at: null, text: expect.stringContaining(secret) })

  expect(await blankMails(desk.app, 1_000)).toBe(1)
  expect(await blankMails(desk.app, 1_000)).toBe(0)
  const after = bodyOf(await ada.get(`/emails/${old.email_id}`))
  expect(JSON.stringify(after)).not.toContain('with 4711')
  expect(after).toMatchObject({
    email_id: old.email_id,
    state: old.state,
    recipient_email: old.recipient_email,
    parameters_blanked_at: expect.stringMatching(/^20/),
    text: expect.stringContaining('The text of this mail is gone'),
  })
  expect(JSON.stringify(await getMailWithSecrets(desk.app, tenantId, old.email_id))).not.toContain('with 4711')
  await expectRefusal(ada.post(`/emails/${old.email_id}/resend`), 422, 'email_not_resendable')
  const { rows } = await desk.owner.query('select e::text as row from emails e where email_id = $1', [old.email_id])
  expect(rows[0].row).not.toContain('with 4711')
  expect(bodyOf(await ada.get(`/emails/${young.email_id}`))).toMatchObject({
    parameters_blanked_at: null,
    text: expect.stringContaining(secret),
  })
  const listed = bodyOf(await ada.get(`/emails?ticket_id=${ticket_id}`)).emails
  expect(listed.filter((mail: { parameters_blanked_at: unknown }) => mail.parameters_blanked_at !== null)).toHaveLength(
    1,
  )
})

test('a mail that waits keeps its text, however old it is', async () => {
  const { cleo, tenantId } = await createWorld(desk)
  expectSuccess(await cleo.post('/tickets', { issue_category: 'Network', issue_description: 'No network' }))
  await desk.settled()
  const statesOf = async (): Promise<string[]> => {
    const kept = `select e.state from emails e where e.tenant_id = $1 and e.parameters <> '{}' order by 1`
    return (await desk.owner.query(kept, [tenantId])).rows.map(({ state }) => state)
  }
  const states = ['queued', 'deferred', 'sent', 'failed', 'cancelled', 'captured']
  for (const state of states) {
    await desk.owner.query(
      `insert into emails (tenant_id, event_id, account_id, template, parameters, recipient_name, recipient_email,
         message_id, state, sent_at, created_at)
       select e.tenant_id, e.event_id, e.account_id, $2, '{"a": 1}', '', '', '', $2,
         case $2 when 'sent' then now() end, now() - interval '91 days'
       from emails e where e.tenant_id = $1 limit 1`,
      [tenantId, state],
    )
  }
  const recent = (await statesOf()).filter((state) => state === 'captured').length - 1
  expect(await blankMails(desk.app, 1_000)).toBe(4)
  expect(await statesOf()).toEqual([...Array(recent).fill('captured'), 'deferred', 'queued'])
})
