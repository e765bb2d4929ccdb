import { asStep, type SpanFacts } from '../tracing/spans.ts'

/** What spans of statements are called, by the text of the statement. Texts are few, because values are not in them. */
const names = new Map<string, string>()
const maxNames = 1_000

/** The kind of a statement and the first table that it names, such as `select tickets`. */
const nameOf = (text: string): string => {
  const known = names.get(text)
  if (known !== undefined) return known
  const [verb = 'sql'] = /[a-z]+/.exec(text) ?? []
  const [, table] = /\b(?:from|into|update)\s+([a-z_]+)\b(?!\s*\()/.exec(text) ?? []
  const name = table === undefined ? verb : `${verb} ${table}`
  if (names.size < maxNames) names.set(text, name)
  return name
}

const database = { 'db.system.name': 'postgresql' }

/** Runs a statement as a step of the work that runs now. The span has the text, and no value: these are parameters. */
export const asStatement = <T>(text: string, run: () => Promise<T>): Promise<T> =>
  asStep(
    (): SpanFacts => ({ name: nameOf(text), kind: 'client', attributes: { ...database, 'db.query.text': text } }),
    run,
  )

const waiting: SpanFacts = { name: 'wait for a connection', kind: 'client', attributes: database }

/** Waits for a connection as a step of the work that runs now. */
export const asWaiting = <T>(run: () => Promise<T>): Promise<T> => asStep(() => waiting, run)
