/** What somebody of the staff is asked about the ticket that is open. */
export type Question =
  | 'technician'
  | 'giveBack'
  | 'status'
  | 'priority'
  | 'category'
  | 'resolve'
  | 'close'
  | 'reopen'
  | 'texts'
  | 'tag'
  | 'link'
  | 'watcher'
  | 'merge'
  | 'move'
  | 'remove'

/** The question that stands over the page. The properties of the ticket show it, whoever asked. */
export const asking = $state({ question: null as Question | null })

/** Asks about the ticket that is open, such as from its header: `ask('resolve')`. */
export const ask = (question: Question | null): void => {
  asking.question = question
}
