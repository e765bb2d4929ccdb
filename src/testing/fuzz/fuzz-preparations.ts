import { issue } from '../support/create-tickets.ts'
import { textFile, upload } from '../support/files.ts'
import type { Person } from '../support/people.ts'
import { expectSuccess } from '../support/requests.ts'
import { newSessionId } from '../support/sign-in-requests.ts'
import type { Desk } from '../support/workspace.ts'
import type { Home } from './fuzz-homes.ts'

/** Something that a request takes and only the person who sends it has. It is made right before the request. */
export interface Preparation {
  /** The kind of value that stands for it. */
  kind: string
  /** Makes it, and answers with the value. Throws when the person is signed out, deactivated or changed meanwhile. */
  make(desk: Desk, home: Home, person: Person, isCustomer: boolean): Promise<string>
}

/** Creates a ticket that the person sees. */
const newTicket = async ({ known }: Home, person: Person, isCustomer: boolean): Promise<string> => {
  const [customer_id] = known.get('customer_id') ?? []
  const ticket = isCustomer ? issue : { ...issue, customer_id }
  return expectSuccess(await person.post('/tickets', ticket)).body.ticket_id
}

/** The preparations by the operation that takes what they make. */
export const preparations: Readonly<Record<string, Preparation>> = {
  'POST /tickets/{ticketId}/attachments': {
    kind: 'upload_of_ticket',
    async make(desk, home, person, isCustomer) {
      const ticketId = await newTicket(home, person, isCustomer)
      return `${ticketId}/${await upload(desk, person, ticketId, textFile())}`
    },
  },
  'GET /tickets/{ticketId}/drafts/{draftKind}': {
    kind: 'drafted_ticket',
    async make(_, home, person, isCustomer) {
      const ticketId = await newTicket(home, person, isCustomer)
      const draft = { body: `Not sent ${home.canary}` }
      for (const kind of isCustomer ? ['reply'] : ['reply', 'note']) {
        expectSuccess(await person.put(`/tickets/${ticketId}/drafts/${kind}`, draft))
      }
      return ticketId
    },
  },
  'POST /undo': {
    kind: 'undo_token',
    async make(_, home, person, isCustomer) {
      const ticketId = await newTicket(home, person, isCustomer)
      const comment = { body: `Taken back ${home.canary}`, visibility: 'public', undo_seconds: 30 }
      return expectSuccess(await person.post(`/tickets/${ticketId}/comments`, comment)).body.undo_token
    },
  },
  'DELETE /me/sessions/{sessionId}': {
    kind: 'session_id',
    make: (_, { world }, { email, password }) => newSessionId(world, email, password),
  },
}
