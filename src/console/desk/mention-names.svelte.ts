import { findPeople } from '../lib/people-directory.ts'
import { type MentionNames, mentionedIds } from './mentioning.ts'

/** The names of those who were looked up or mentioned in this window: of the staff only, so they are not many. */
const names = $state<Record<string, string>>({})
const asked = new Set<string>()
/** How many numbers that name nobody are remembered. */
const askedAtMost = 500

export const mentionNames = {
  get all(): MentionNames {
    return names
  },
  add(accountId: string, name: string): void {
    names[accountId] = name
  },
  /** Looks up whom a text mentions, such as a draft that was begun in another window. */
  async lookUp(text: string): Promise<void> {
    const ids = mentionedIds(text).filter((id) => names[id] === undefined && !asked.has(id))
    if (asked.size > askedAtMost) asked.clear()
    for (const id of ids.slice(0, 10)) asked.add(id)
    await Promise.all(
      ids.slice(0, 10).map(async (id) => {
        const found = (await findPeople('technician', id)).find((one) => one.account_id === id)
        if (found) names[id] = found.name
      }),
    )
  },
}
