/** An event of a stream that is in no log: the members of its data, and what it says. */
interface PassingDefinition {
  members: readonly string[]
  says: string
}

/**
 * The events of a stream that are in no log, by their types. They are never repeated. All but `log.forked` have no id.
 * Types never change their name; members may be added.
 */
export const passingEvents = {
  'presence.changed': { members: ['ticket_id', 'present'], says: 'who else is at a ticket; for the staff' },
  'draft.changed': {
    members: ['ticket_id', 'kind', 'version'],
    says: 'a draft of yours has this version; 0: it is gone',
  },
  'notifications.unread': {
    members: ['unread', 'unread_is_exact'],
    says: 'how many notifications of yours are unread',
  },
  'stream.resync': {
    members: [],
    says: 'read again what the other events without an id are about, because some may be missing',
  },
  'log.forked': {
    members: ['fork', 'epoch'],
    says:
      'the database was restored to an earlier time. What you read after `fork` may not have happened; the stream goes ' +
      'on after it, or, when it is null, from now on',
  },
} as const satisfies Record<string, PassingDefinition>

export type PassingType = keyof typeof passingEvents

/** The data of an event that is in no log. */
export type PassingData<T extends PassingType> = Record<(typeof passingEvents)[T]['members'][number], unknown>
