import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'

export type DirectoryEntry = components['schemas']['DirectoryEntry']

/** How many people a list shows. */
const shownAtMost = 25

/** The technicians or customers whom the words mean. None when they cannot be read. */
export const findPeople = async (role: 'technician' | 'customer', typed: string): Promise<DirectoryEntry[]> => {
  const query = { role: [role], limit: shownAtMost, ...(typed === '' ? {} : { q: typed }) }
  const answer = await answerOf(api.GET('/directory', { params: { query } }))
  return answer.ok ? answer.data.people : []
}
