import type { LinkKind, Visibility } from '../../src/contract/enums.ts'
import type { TicketChange } from '../../src/modules/desk/tickets/tickets.schemas.ts'
import type { DemoCustomer, DemoTechnician } from './demo-people.ts'
import type { CategoryName } from './texts.ts'
import type { TicketText } from './ticket-text.ts'

/** A change to what hangs on a ticket. */
export type Relation =
  | { kind: 'tag'; ticket: number; by: string; tag: string }
  | { kind: 'watch'; ticket: number; by: string; watcher: string }
  | { kind: 'link'; ticket: number; by: string; as: LinkKind; other: number }
  | { kind: 'merge'; ticket: number; by: string; into: number }
  | { kind: 'delete' | 'restore'; ticket: number; by: string }

/** A file that is attached to a comment. */
export interface DemoFile {
  name: string
  contentType: string
  text: string
}

/** `repeats`: the earlier ticket of the customer that is about the same. */
interface Create {
  kind: 'create'
  ticket: number
  by: string
  customer: string
  category: CategoryName
  text: TicketText
  repeats?: number
}

/** What a person does. People are named by their address, tickets by their place in the order of creation. */
type Deed =
  | Create
  | { kind: 'change'; ticket: number; by: string; change: TicketChange; technician?: string; reason?: string }
  | { kind: 'reopen' | 'close'; ticket: number; by: string }
  | Relation
  | { kind: 'say'; ticket: number; by: string; body: string; visibility: Visibility; file?: DemoFile }
  /** The job closes the ticket, because it has been resolved since `resolvedAt`. */
  | { kind: 'expire'; ticket: number; resolvedAt: number }
  | { kind: 'employ'; technician: DemoTechnician }
  | { kind: 'join'; customer: DemoCustomer }
  | { kind: 'leave'; by: string }
  | { kind: 'dismiss'; by: string; technician: string }

/** A deed and its time, in milliseconds since 1970. */
export type TimedDeed = Deed & { at: number }

/** The creation of a ticket. */
export type Creation = TimedDeed & { kind: 'create' }
