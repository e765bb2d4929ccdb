import { unsubscribeAddress } from '../../modules/channels/outgoing-mail/unsubscribe.service.ts'
import type { Person, World } from './people.ts'
import type { Desk } from './workspace.ts'

/** The token by which a person, Tess if nobody else, unsubscribes from the mails about files. */
export const unsubscribeToken = async (
  desk: Desk,
  { tenantId, tess }: World,
  { id, email }: Pick<Person, 'id' | 'email'> = tess,
): Promise<string> => {
  const { rows } = await desk.app.pool.query(
    `insert into emails (tenant_id, event_id, account_id, template, parameters, recipient_name, recipient_email,
       message_id, state, stops)
     select $1, min(e.event_id), $2, 'files_staff ' || gen_random_uuid(), '{}', 'Tess', $3, '<x>', 'captured', 'ticket_file'
     from events e where e.tenant_id = $1 returning email_id`,
    [tenantId, id, email],
  )
  return new URL(unsubscribeAddress(desk.app, desk.url, tenantId, rows[0].email_id)).searchParams.get('token') ?? ''
}
