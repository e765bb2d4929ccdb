/** The words of a built-in mail, as a template has them. */
export interface MailWords {
  /** Left out for mails about a ticket, which have the subject of the ticket. */
  subject?: string
  heading: string
  /** The paragraphs above the facts. */
  said: string[]
  /** The paragraphs below the link. */
  notes?: string[]
}
