/** The name of a member, for people: `technician_id` is "technician id". */
export const memberInWords = (member: string): string => member.replaceAll('_', ' ')

/** The type of an event, for people: `ticket.status_changed` is "Ticket status changed". */
export const typeInWords = (type: string): string => {
  const text = type.replace('.', ' ').replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A value of an event as text. Ids get the name that they have today, where there is one. */
export const valueInWords = (
  value: unknown,
  names: Readonly<Record<string, string>>,
  words: { nothing: string; yes: string; no: string },
): string => {
  if (value === null || value === undefined || value === '') return words.nothing
  if (typeof value === 'boolean') return value ? words.yes : words.no
  if (Array.isArray(value)) {
    return value.length === 0 ? words.nothing : value.map((one) => valueInWords(one, names, words)).join(', ')
  }
  if (typeof value === 'object') return JSON.stringify(value)
  const text = String(value)
  const name = Object.hasOwn(names, text) ? names[text] : undefined
  return name === undefined || name === text ? text : `${name} (${text})`
}
