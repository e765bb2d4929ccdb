/** The states in the order of the tabs. */
export const states = ['failed', 'deferred', 'queued', 'sent', 'captured', 'cancelled', 'held'] as const

/** What was typed as a filter of the API: a ticket, an account, an address, or a part of a ticket's subject. */
export const filterOf = (
  typed: string,
): { ticket_id?: string; account?: string; recipient?: string; ticket_subject?: string } => {
  const text = typed.trim()
  if (text === '') return {}
  if (/^TKT\d{4,18}$/i.test(text)) return { ticket_id: text.toUpperCase() }
  if (/^(?:CUS|TEC)\d{4,18}$/i.test(text)) return { account: text.toUpperCase() }
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return { recipient: text }
  return { ticket_subject: text }
}
