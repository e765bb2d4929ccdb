import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endpoints } from '../../modules.ts'
import { AppError } from '../../platform/errors.ts'
import { problemText } from '../../platform/http/problem.ts'
import { parse, parseQuery } from '../../platform/http/validation.ts'

// Whatever a request has in a member or a parameter: the refusal is a sentence of ours, and none of the validator's.

const Shape = z.looseObject({ properties: z.record(z.string(), z.unknown()).default({}) })
const Refusal = z.object({
  detail: z.string(),
  errors: z.array(z.object({ field: z.string().optional(), message: z.string(), code: z.string().optional() })),
})

/** The names that a schema knows. */
const namesOf = (schema: z.ZodType): string[] =>
  Object.keys(Shape.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).properties)

/** The refusal as a client reads it; null when nothing is refused. */
const refusalOf = (read: () => unknown): z.output<typeof Refusal> | null => {
  try {
    read()
    return null
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return Refusal.parse(JSON.parse(problemText(error, 'r1')))
  }
}

/** What only the validator says. A word of a type counts where it is not quoted from our own sentence. */
const foreign =
  /invalid|expected|received|regex|pattern|too (?:small|big|short|long)|unrecognized|undefined|NaN|\b(?:string|boolean|array|object|record|enum|union|integer|nullish)\b/i

const strangers: unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, '', ' ', 'x', 'x\n', '\0', '\ud800', '0', '-1', '1e2', '1.5'],
  ...['9'.repeat(12), 'nobody', 'x'.repeat(20_000), '2024-02-30', '2026-11-25T10:00:00 01:00', 'a@', 'a@b', '../x'],
  ...[[], [null], ['x', 'x'], [1], Array(200).fill('x'), {}, { a: 1 }, [[]], '0000-01-01', 'vpn,,vpn', ','],
]

/** The sentences about one member with each strange value. */
const sentencesAbout = (name: string, read: (value: unknown) => unknown): string[] =>
  strangers.flatMap((value) => {
    const refusal = refusalOf(() => read(value))
    const own = (refusal?.errors ?? []).filter(({ field }) => field === name || field?.startsWith(`${name}.`))
    return own.map(({ message }) => message)
  })

const isPlain = (name: string, sentence: string): boolean =>
  new RegExp(`^${name}(?:\\.[\\w.]+)? (?:must|may|is|has|does) `).test(sentence) &&
  !foreign.test(sentence.slice(name.length))

const schemas = endpoints.flatMap(({ id, query, body, params }) => [
  ...(query ? [[`the query of ${id}`, query, (value: object) => parseQuery(query, value as never)] as const] : []),
  ...(body ? [[`the body of ${id}`, body, (value: object) => parse(body, value)] as const] : []),
  ...(params ? [[`the path of ${id}`, params, (value: object) => parse(params, value)] as const] : []),
])

describe('a refusal speaks of what was sent, in words of ours', () => {
  test.each(schemas)('%s', (_, schema, read) => {
    for (const name of namesOf(schema)) {
      const sentences = sentencesAbout(name, (value) => read({ [name]: value }))
      expect(sentences.filter((sentence) => !isPlain(name, sentence))).toEqual([])
      expect(sentences.length, name).toBeGreaterThan(0)
    }
    for (const whole of [null, 7, 'text', [], undefined]) {
      if (whole === undefined && schema.safeParse(undefined).success) continue
      const said = refusalOf(() => parse(schema, whole))?.detail ?? ''
      expect(said).toMatch(/^the body (?:must be an object|is missing)$/)
    }
  })
})

test.each([
  ['limit', '101', 'limit must be at most 100'],
  ['limit', '1000000000000', 'limit must be at most 100'],
  ['limit', '0', 'limit must be at least 1'],
  ['limit', '-5', 'limit must be at least 1'],
  ['limit', 'ten', 'limit must be a whole number'],
  [
    'raised_from',
    '2026-11-25T10:00:00 01:00',
    'raised_from must be a day or a time such as 2026-11-25T10:00:00+01:00 (write + as %2B in an address)',
  ],
  ['status', 'open', 'status must be new, assigned, in_progress, waiting, resolved or closed'],
  ['colour', 'red', 'colour is not known here'],
])('GET /tickets?%s=%s: %s', (name, value, sentence) => {
  const query = endpoints.find(({ id }) => id === 'listTickets')?.query
  const refusal = refusalOf(() => parseQuery(query as z.ZodType, { [name]: value }))
  expect([refusal?.detail, refusal?.errors[0]?.message]).toEqual([sentence, sentence])
})
