import { z } from 'zod'
import { reasons } from './tellings.ts'

/** Why an account is told of an event. */
export const TellingReason = z.enum(reasons).meta({
  id: 'TellingReason',
  description:
    'Why the person is told. `account`: it is about their account. `customer`: the ticket is theirs. `technician`: they ' +
    'have the ticket. `technician_before`, `technician_of_merged`: they had it, or had one that was merged into it. ' +
    '`mentioned`: a comment names them. `watcher`: they watch the ticket. `admin`: they are an admin. ' +
    '`admin_for_technician`: they are an admin, and no active technician has the ticket. `queue`: they see the ticket, ' +
    'which nobody has. `owner`: the webhook is theirs. `colleague`: they work on the category of a technician. More reasons may come.',
})
