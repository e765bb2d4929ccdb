import type { PassingData, PassingType } from '../../contract/passing-events.ts'

/** An event of a stream without a number: what is so now. It is for one account, and is never repeated. */
export interface PassingEvent {
  account_id: string
  type: string
  data: unknown
}

/** One of the types that the contract names. */
type NamedEvent = { [T in PassingType]: { account_id: string; type: T; data: PassingData<T> } }[PassingType]

/**
 * Makes of a batch of signals of one kind and tenant what each connected account gets now. `keys` are those of the
 * signals, each once. `Context` is the `App`, which knows this type.
 */
export type Passing<Context, Event extends PassingEvent = NamedEvent> = (
  app: Context,
  tenantId: number,
  keys: string[],
  accountIds: string[],
) => Promise<Event[]>

/** Events of open streams that pass by, as a module gives them. */
export interface PassingKind<Context, Event extends PassingEvent = NamedEvent> {
  /** The capability that a reader needs: by the role, and for an API token as a scope. */
  can: string
  make: Passing<Context, Event>
}
