import type { LinkKind, Visibility } from '../../src/contract/enums.ts'
import type { TicketChange } from '../../src/modules/desk/tickets/tickets.schemas.ts'
import type { DemoCustomer, DemoTechnician } from './demo-people.ts'
import type { CategoryName } from './texts.ts'
import type { TicketText } from './ticket-text.ts'

/** What is done about a ticket's relations; tickets by their place. */
export type Relation =
  | { kind: 'tag'; ticket: number; by: string; tag: string }
  | { kind: 'watch'; ticket: number; by: string; watcher: string }
  | { kind: 'link'; ticket: number; by: string; as: LinkKind; other: number }
  | { kind: 'merge'; ticket: number; by: string; into: number }

/** A file that goes with what is said. */
export interface DemoFile {
  name: string
  contentType: string
  text: string
}

/** What somebody does. People are named by their address, tickets by their place in the order of raising. */
export type Deed =
  | { kind: 'raise'; ticket: number; by: string; customer: string; category: CategoryName; text: TicketText }
  | { kind: 'change'; ticket: number; by: string; change: TicketChange; technician?: string }
  | { kind: 'reopen' | 'close'; ticket: number; by: string }
  | Relation
  | { kind: 'say'; ticket: number; by: string; body: string; visibility: Visibility; file?: DemoFile }
  /** The job closes it, as it has been resolved since `resolvedAt`. */
  | { kind: 'expire'; ticket: number; resolvedAt: number }
  | { kind: 'employ'; technician: DemoTechnician }
  | { kind: 'join'; customer: DemoCustomer }
  | { kind: 'leave'; by: string }

/** A deed and its time, in milliseconds since 1970. */
export type TimedDeed = Deed & { at: number }
