/** Which of the events that a reader is shown are wanted. Without a member all are. */
export interface FeedFilter {
  types?: string[]
  /** The id of what an event is about, such as a ticket. */
  subject?: string
}

/** What a filter looks at. `scope`: a change of the reader's own view. */
interface Told {
  type: string
  subject_id: string
  shown: string
}

/** Whether a filter wants an event. A change of the own view is about every subject. */
export const isWanted = ({ types, subject }: FeedFilter, event: Told): boolean =>
  (types === undefined || types.includes(event.type)) &&
  (subject === undefined || event.subject_id === subject || event.shown === 'scope')
