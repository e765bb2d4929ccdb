import { isJson, type Json } from '../../src/platform/http/openapi-schemas.ts'

// What breaks a client between two versions of the API document. docs/decisions.md says what counts as that. References
// are followed, so it does not matter where a schema stands and what it is called.

/** One thing that breaks clients: in which operation, and what. */
export interface Break {
  operationId: string
  path: string
  what: string
}

type Says = (what: string) => void

/** Schemas refer to themselves nowhere; this is for a document that is broken. */
const deepest = 20

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : [])
const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
const membersOf = ({ properties }: Json): Record<string, Json> =>
  isJson(properties) ? (properties as Record<string, Json>) : {}

/** Follows the references of a document. */
const readerOf = (document: Json) => {
  const resolve = (node: Json): Json => {
    if (typeof node.$ref !== 'string') return node
    const target = node.$ref
      .split('/')
      .slice(1)
      .reduce<unknown>((found, name) => Object(found)[name.replaceAll('~1', '/').replaceAll('~0', '~')], document)
    return isJson(target) ? resolve(target) : {}
  }
  /** The schema as a list of what a value may be; each has one type, or none for anything. */
  const variantsOf = (schema: Json): Json[] => {
    const { allOf, anyOf, oneOf, type, ...rest } = resolve(schema)
    const choices = listOf(anyOf ?? oneOf)
    if (choices.length > 0) return choices.flatMap(variantsOf)
    if (allOf !== undefined)
      return [
        listOf(allOf)
          .flatMap(variantsOf)
          .reduce(merge, { type, ...rest }),
      ]
    return Array.isArray(type) ? type.map((one) => ({ ...rest, type: one })) : [{ ...rest, type }]
  }
  return { resolve, variantsOf }
}

const merge = (one: Json, other: Json): Json => ({
  ...one,
  ...other,
  properties: { ...membersOf(one), ...membersOf(other) },
  required: [...namesIn(one.required), ...namesIn(other.required)],
})

type Reader = ReturnType<typeof readerOf>

const kindOf = ({ type, const: only, enum: values }: Json): string => {
  if (type !== undefined) return String(type)
  const [first] = only === undefined ? (Array.isArray(values) ? values : []) : [only]
  return first === undefined ? 'anything' : first === null ? 'null' : typeof first
}

const valuesOf = ({ const: only, enum: values }: Json): string[] | null =>
  only === undefined ? (Array.isArray(values) ? values.map(String) : null) : [String(only)]

const isFlag = (schema: Json): boolean => valuesOf(schema)?.toSorted().join() === 'false,true'

const fits = (wide: Json, narrow: Json): boolean => {
  const [kind, other] = [kindOf(wide), kindOf(narrow)]
  return kind === 'anything' || kind === other || (kind === 'number' && other === 'integer')
}

/** Compares the schemas of one operation. `before` and `after` are the two documents. */
const comparerOf = (before: Reader, after: Reader, says: Says) => {
  const compareBounds = (old: Json, now: Json, place: string): void => {
    for (const most of ['maxLength', 'maximum', 'maxItems']) {
      if (now[most] !== undefined && Number(now[most]) < Number(old[most] ?? Number.POSITIVE_INFINITY)) {
        says(`${place} takes less: ${most} ${now[most]}`)
      }
    }
    for (const least of ['minLength', 'minimum', 'minItems']) {
      if (Number(now[least] ?? 0) > Number(old[least] ?? 0)) says(`${place} takes less: ${least} ${now[least]}`)
    }
  }
  const compareTakenMembers = (old: Json, now: Json, place: string, depth: number): void => {
    const members = membersOf(now)
    for (const name of namesIn(now.required)) {
      if (!namesIn(old.required).includes(name)) says(`${place}.${name} is required now`)
    }
    for (const [name, member] of Object.entries(membersOf(old))) {
      const kept = members[name]
      if (kept !== undefined) compareTaken(member, kept, `${place}.${name}`, depth)
      else if (now.additionalProperties === false) says(`${place}.${name} is not taken any more`)
    }
  }
  /** A request that was right must stay right. */
  const compareTaken = (old: Json, now: Json, place: string, depth = 0): void => {
    if (depth > deepest) return
    const wide = after.variantsOf(now)
    for (const variant of before.variantsOf(old)) {
      const taker = wide.find((one) => fits(one, variant))
      if (taker === undefined) {
        says(`${place} is no ${kindOf(variant)} any more`)
        continue
      }
      const [values, gone] = [valuesOf(taker), valuesOf(variant)]
      if (values !== null && gone === null) says(`${place} takes only ${values.join(', ')}`)
      for (const value of gone ?? []) {
        if (values !== null && !values.includes(value)) says(`${place} does not take ${value} any more`)
      }
      compareBounds(variant, taker, place)
      if (kindOf(variant) === 'object') compareTakenMembers(variant, taker, place, depth + 1)
      if (isJson(variant.items) && isJson(taker.items)) {
        compareTaken(variant.items, taker.items, `${place}[]`, depth + 1)
      }
    }
  }
  const compareGivenMembers = (old: Json, now: Json, place: string, depth: number): void => {
    const members = membersOf(now)
    for (const [name, member] of Object.entries(membersOf(old))) {
      const kept = members[name]
      if (kept === undefined) says(`${place}.${name} is gone`)
      else compareGiven(member, kept, `${place}.${name}`, depth)
      const wasSure = namesIn(old.required).includes(name)
      if (kept && wasSure && !namesIn(now.required).includes(name)) says(`${place}.${name} may be missing now`)
    }
  }
  /** A client that understood every answer must understand every answer. New members and values may come. */
  const compareGiven = (old: Json, now: Json, place: string, depth = 0): void => {
    if (depth > deepest) return
    const known = before.variantsOf(old)
    for (const variant of after.variantsOf(now)) {
      const kept = known.find((one) => fits(one, variant))
      if (kept === undefined) {
        says(`${place} may be ${kindOf(variant)} now`)
        continue
      }
      if (kindOf(variant) === 'object') compareGivenMembers(kept, variant, place, depth + 1)
      if (isJson(kept.items) && isJson(variant.items)) {
        compareGiven(kept.items, variant.items, `${place}[]`, depth + 1)
      }
    }
  }
  return { compareTaken, compareGiven }
}

const jsonIn = (node: unknown): Json | undefined => {
  const content = isJson(node) && isJson(node.content) ? node.content['application/json'] : undefined
  return isJson(content) && isJson(content.schema) ? content.schema : undefined
}

const parametersOf = ({ parameters }: Json, reader: Reader): Map<string, Json> =>
  new Map(
    listOf(parameters).map((one) => [`${reader.resolve(one).in} ${reader.resolve(one).name}`, reader.resolve(one)]),
  )

const compareParameters = (old: Json, now: Json, before: Reader, after: Reader, says: Says): void => {
  const { compareTaken } = comparerOf(before, after, says)
  const known = parametersOf(old, before)
  const kept = parametersOf(now, after)
  for (const [name, { schema, required }] of known) {
    const parameter = kept.get(name)
    if (parameter === undefined) {
      says(`the parameter ${name} is gone`)
      continue
    }
    if (parameter.required === true && required !== true) says(`the parameter ${name} is required now`)
    // On the wire a boolean is one of two words.
    const isSame = isFlag(before.resolve(Object(schema))) && Object(parameter.schema).type === 'boolean'
    if (!isSame) compareTaken(Object(schema), Object(parameter.schema), `the parameter ${name}`)
  }
  for (const [name, { required }] of kept) {
    if (required === true && !known.has(name)) says(`the parameter ${name} is required now`)
  }
}

const compareOperations = (old: Json, now: Json, before: Reader, after: Reader, says: Says): void => {
  const { compareTaken, compareGiven } = comparerOf(before, after, says)
  if (old.operationId !== now.operationId) says(`the operationId was ${old.operationId}`)
  compareParameters(old, now, before, after, says)
  const [taken, takes] = [jsonIn(old.requestBody), jsonIn(now.requestBody)]
  if (takes && Object(now.requestBody).required === true && Object(old.requestBody).required !== true) {
    says('the body is required now')
  }
  if (taken && takes) compareTaken(taken, takes, 'body')
  const answers = Object(now.responses)
  for (const [status, answer] of Object.entries(Object(old.responses)).filter(([one]) => one.startsWith('2'))) {
    if (!isJson(answers[status])) says(`the answer ${status} is gone`)
    const [gave, gives] = [jsonIn(before.resolve(Object(answer))), jsonIn(after.resolve(Object(answers[status])))]
    if (gave && gives) compareGiven(gave, gives, status)
    else if (gave && isJson(answers[status])) says(`the body of ${status} is gone`)
  }
}

/** What breaks clients of the version before. Descriptions, examples, patterns, headers and errors are not compared. */
export const findBreaks = (old: Json, now: Json): Break[] => {
  const breaks: Break[] = []
  const [before, after] = [readerOf(old), readerOf(now)]
  for (const [path, item] of Object.entries(Object(old.paths) as Record<string, Json>)) {
    for (const [method, operation] of Object.entries(item)) {
      const kept = Object(Object(Object(now.paths)[path])[method]) as Json
      const operationId = String(kept.operationId ?? Object(operation).operationId)
      const says: Says = (what) => breaks.push({ operationId, path: `${method.toUpperCase()} ${path}`, what })
      if (kept.operationId === undefined) says('is gone')
      else compareOperations(Object(operation), kept, before, after, says)
    }
  }
  return breaks
}

/**
 * The breaks that no entry under `[Unreleased]` names. An entry names a break when it has the word **Breaking** and, in
 * backticks, the operationId or the path of the operation. An entry with `operationId` names all operations with new
 * names, and nothing else.
 */
export const unnamedBreaks = (breaks: Break[], changelog: string): Break[] => {
  const [, unreleased = ''] = changelog.split(/^## .*$/m)
  const entries = unreleased.split(/^- /m).filter((entry) => entry.includes('**Breaking**'))
  const isNamed = ({ operationId, path, what }: Break): boolean =>
    entries.some((entry) => {
      const words = [...entry.replaceAll(/\s+/g, ' ').matchAll(/`([^`]+)`/g)].map(([, word]) => word)
      if (words.includes('operationId')) return what.startsWith('the operationId')
      return words.includes(operationId) || words.includes(path) || words.includes(path.split(' ')[1])
    })
  return breaks.filter((one) => !isNamed(one))
}
