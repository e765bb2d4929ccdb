import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'

export type Recipient = components['schemas']['ForeseenRecipient']
type Visibility = components['schemas']['Visibility']

/** How a recipient learns of a comment: by a mail now, in a digest mail, in the console, or not at all. */
const mailed = new Set<Recipient['told_by']>(['mail', 'hourly', 'daily'])

/** Those who get a mail, now or in a digest. */
export const mailedOf = (recipients: Recipient[]): Recipient[] =>
  recipients.filter(({ told_by }) => mailed.has(told_by))
/** Those who learn of it in any way. */
export const toldOf = (recipients: Recipient[]): Recipient[] =>
  recipients.filter(({ told_by }) => told_by !== 'nothing')

/** A name as one would say it: the first word of it, where that is a name. */
export const shortName = (name: string): string => {
  const [first = name] = name.trim().split(/\s+/)
  return first.length > 1 && !first.endsWith('.') ? first : name
}

/** Who would be told of a reply and of a note, if they were written now. Null: not known. */
export class Recipients {
  public = $state.raw<Recipient[] | null>(null)
  internal = $state.raw<Recipient[] | null>(null)
  readonly ticketId: string
  constructor(ticketId: string) {
    this.ticketId = ticketId
  }

  /** Asks for one kind or both; a kind that somebody may not write is unknown. */
  async read(kinds: readonly Visibility[]): Promise<void> {
    await Promise.all(
      kinds.map(async (visibility) => {
        const params = { path: { ticketId: this.ticketId }, query: { visibility } }
        const answer = await answerOf(api.GET('/tickets/{ticketId}/recipients', { params }))
        if (answer.ok) this[visibility] = answer.data.recipients
        else if (answer.problem.code !== 'offline') this[visibility] = null
      }),
    )
  }
}
