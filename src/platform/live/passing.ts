/** An event of a stream without a number: what is so now. It is for one account, and is never repeated. */
interface PassingEvent {
  account_id: string
  /** The type that the stream names, such as `presence.changed`. */
  type: string
  data: unknown
}

/**
 * Makes of a batch of signals of one kind and tenant what each connected account gets now. `keys` are those of the
 * signals, each once. `Context` is the `App`, which knows this type.
 */
export type Passing<Context> = (
  app: Context,
  tenantId: number,
  keys: string[],
  accountIds: string[],
) => Promise<PassingEvent[]>

/** Events of open streams that pass by, as a module gives them. */
export interface PassingKind<Context> {
  /** The capability that a reader needs: by the role, and for an API token as a scope. */
  can: string
  make: Passing<Context>
}
