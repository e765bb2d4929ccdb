import type { z } from 'zod'

type RawIssue = z.core.$ZodRawIssue

const plural = (count: number | bigint, unit: string): string => `${count} ${unit}${Number(count) === 1 ? '' : 's'}`

/** What a value of a wrong type must be. */
const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

/** What a text of a wrong form must be. */
const forms: Record<string, string> = {
  uuid: 'a UUID',
  email: 'an e-mail address such as cleo@example.com',
  url: 'a URL',
  datetime: 'a time such as 2026-11-26T09:30:00Z',
  date: 'a day such as 2026-11-26',
}

/** The unit in which the length of a text, a list or a number is counted. */
const amountOf = (origin: string, amount: number | bigint): string => {
  if (origin === 'string') return plural(amount, 'character')
  return origin === 'array' || origin === 'set' ? plural(amount, 'entry').replace('entrys', 'entries') : String(amount)
}

const listOf = (values: readonly unknown[]): string => {
  const words = values.map(String)
  const last = words.pop() ?? ''
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`
}

/** What a text must contain, begin or end with; other forms have their words in `forms`, or in their schema. */
const formOf = (issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string => {
  const { format } = issue
  if (format === 'starts_with') return `begin with ${String(issue.prefix)}`
  if (format === 'ends_with') return `end with ${String(issue.suffix)}`
  if (format === 'includes') return `contain ${String(issue.includes)}`
  return `be ${forms[format] ?? 'of another form'}`
}

const unknownMembers = 'has unknown members: '

/** Whether these are the words of ours for members that a schema does not know. */
export const isPlainlyUnknown = (words: string): boolean => words.startsWith(unknownMembers)

/**
 * The words for what a schema refuses, where the schema has none of its own. They go on after the name of the member:
 * `must be text`. For `error` of zod's `safeParse`. No issue is left to zod's own words, which speak of its inside.
 */
export const plainWords = (issue: RawIssue): string => {
  if (issue.input === undefined && issue.code !== 'custom') return 'is missing'
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[String(issue.expected)] ?? 'of another type'}`
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `must have at least ${amountOf(issue.origin, issue.minimum)}`
        : `must be at least ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `must have at most ${amountOf(issue.origin, issue.maximum)}`
        : `must be at most ${issue.maximum}`
    case 'invalid_value':
      return `must be ${listOf(issue.values)}`
    case 'invalid_format':
      return `must ${formOf(issue)}`
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'unrecognized_keys':
      return `${unknownMembers}${issue.keys.join(', ')}`
    case 'invalid_key':
    case 'invalid_element':
      return 'has an entry that does not fit'
    default:
      return 'does not fit here'
  }
}
