import type { Creation } from './deeds.ts'

/**
 * The ages of two tickets of the same category with different technicians. In the later one the customer writes again
 * about the same, so the desk merges it into the earlier one.
 */
export const repetition = { age: 8, ofAge: 12 }

/** A ticket that says the same as an earlier one of its customer. */
export const repeating = (earlier: Creation, { ticket, at }: { ticket: number; at: number }): Creation => {
  const { customer, category, text } = earlier
  const description = `I have written about this before, and nobody has called yet. ${text.description}`
  return {
    kind: 'create',
    ticket,
    by: customer,
    customer,
    category,
    text: { ...text, subject: `Still: ${text.subject}`, description },
    repeats: earlier.ticket,
    at,
  }
}
