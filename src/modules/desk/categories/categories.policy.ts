import type { Warning } from '../../../contract/warnings.ts'

/** What is odd about a ticket of a category that no active technician works on. */
export const unattendedWarning = (category: string): Warning => ({
  code: 'category_without_technicians',
  detail:
    `No technician works on ${category}: an admin has to assign the ticket. ` +
    'GET /categories lists what technicians work on.',
})
