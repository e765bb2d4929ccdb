/** The name of a member, for people, by the words that are known: `technician_id` is "technician". */
export const memberInWords = (member: string, known: Readonly<Record<string, string>>): string =>
  Object.hasOwn(known, member) ? (known[member] ?? member) : member.replaceAll('_', ' ')

/** The screen of what an event is about; null when it has none. All ids but those of tickets are of accounts. */
export const subjectPath = (subject: string): string | null => {
  if (subject === '-') return null
  if (/^TKT\d+$/.test(subject)) return `/tickets/${subject}`
  if (/^PRD\d+$/.test(subject)) return `/products?q=${subject}`
  if (/^ORD\d+$/.test(subject)) return '/orders'
  return /^SVC\d+$/.test(subject) ? '/programs' : `/people/${encodeURIComponent(subject)}`
}

/** The sender of mails, which has a name or none. */
const isMailbox = (value: unknown): value is { name: string | null; address: string } =>
  typeof value === 'object' && value !== null && Object.keys(value).sort().join() === 'address,name'

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
  if (isMailbox(value)) return value.name === null ? value.address : `${value.name} <${value.address}>`
  if (typeof value === 'object') return JSON.stringify(value)
  const text = String(value)
  const name = Object.hasOwn(names, text) ? names[text] : undefined
  return name === undefined || name === text ? text : `${name} (${text})`
}
