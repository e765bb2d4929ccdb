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
