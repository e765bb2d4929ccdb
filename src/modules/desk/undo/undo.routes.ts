import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { UndoChange, UndoneTicket } from './undo.schemas.ts'
import { undoChange } from './undo.service.ts'

export const undoRoutes = [
  endpoint({
    id: 'undoChange',
    method: 'post',
    path: '/undo',
    can: 'ticket:undo',
    tag: 'Tickets',
    summary: 'Take a change or a comment back',
    description:
      'For who made the change, once, within its `undo_seconds`, as long as nothing else happened on the ticket. All members ' +
      'go back to what they were, and the version goes on. A comment goes away, and is in the answer; it comes back as your ' +
      'draft when you have begun no other (else warning `draft_kept`). Its files stay with the ticket. Nobody is mailed. `undo_changed` names what happened since.',
    body: UndoChange,
    responds: { 200: UndoneTicket },
    fails: ['undo_not_found', 'ticket_not_found', 'undo_expired', 'undo_spent', 'undo_changed'],
    handle: (call) => undoChange(call.app, call, call.body.token),
  }),
]
