import { type Sql, sql } from '../../../platform/db/sql.ts'
import { rankOf, type TicketFilter } from './tickets.schemas.ts'
import { ofCategory, ofTechnician } from './tickets.steps.ts'

/** Which merged tickets a list has. The list of deleted tickets has all, unless the filter says otherwise. */
const ofMerged = ({ merged, deleted }: TicketFilter): Sql[] => {
  if (deleted === true && merged === undefined) return []
  return [merged === true ? sql`t.merged_into_number is not null` : sql`t.merged_into_number is null`]
}

/**
 * What a filter asks of a ticket `t`, for lists and counts alike. Who sees the ticket, and what other steps of a list read
 * apart (words, tags, and what other modules know of tickets), is not in it.
 */
export const ticketConditions = (filter: TicketFilter): Sql[] => {
  const { status, priority, issue_category, technician_id, customer_id, raised_from, raised_to } = filter
  const conditions = ofMerged(filter)
  if (status !== undefined) conditions.push(sql`t.status = any (${status}::text[])`)
  if (priority !== undefined) conditions.push(sql`t.priority_rank = ${rankOf(priority)}`)
  if (issue_category !== undefined) conditions.push(ofCategory(issue_category))
  if (technician_id !== undefined) conditions.push(ofTechnician(technician_id))
  if (customer_id !== undefined) conditions.push(sql`t.customer_id = ${customer_id}`)
  if (raised_from !== undefined) conditions.push(sql`t.raised_date >= ${raised_from}::timestamptz`)
  if (raised_to !== undefined) conditions.push(sql`t.raised_date < ${raised_to}::timestamptz`)
  return conditions
}
