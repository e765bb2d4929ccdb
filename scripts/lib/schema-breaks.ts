import { isJson, type Json } from '../../src/platform/http/openapi-schemas.ts'

// What breaks a client between two schemas. References are followed, so it does not matter where a schema stands and
// what it is called.

/** Notes a break. `subject`: the name of the parameter or member, or the type of what is concerned. */
export type Says = (what: string, subject: string) => void

/** Schemas refer to themselves nowhere; this is for a document that is broken. */
const deepest = 20

export const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : [])
const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
const membersOf = ({ properties }: Json): Record<string, Json> =>
  isJson(properties) ? (properties as Record<string, Json>) : {}

/** Follows the references of a document. */
export const readerOf = (document: Json) => {
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

export type Reader = ReturnType<typeof readerOf>

const kindOf = ({ type, const: only, enum: values }: Json): string => {
  if (type !== undefined) return String(type)
  const [first] = only === undefined ? (Array.isArray(values) ? values : []) : [only]
  return first === undefined ? 'anything' : first === null ? 'null' : typeof first
}

const valuesOf = ({ const: only, enum: values }: Json): string[] | null =>
  only === undefined ? (Array.isArray(values) ? values.map(String) : null) : [String(only)]

const fits = (wide: Json, narrow: Json): boolean => {
  const [kind, other] = [kindOf(wide), kindOf(narrow)]
  return kind === 'anything' || kind === other || (kind === 'number' && other === 'integer')
}

/** The two documents, and what notes a break. */
export interface Comparison {
  before: Reader
  after: Reader
  says: Says
}

/** The last name of a place: `genre` of `201.books[].genre`. */
const nameOf = (place: string): string => place.replaceAll('[]', '').split(/[. ]/).at(-1) ?? place

const compareBounds = ({ says }: Comparison, old: Json, now: Json, place: string): void => {
  const isLess = (bound: string): void => says(`${place} takes less: ${bound} ${now[bound]}`, nameOf(place))
  for (const most of ['maxLength', 'maximum', 'maxItems']) {
    if (now[most] !== undefined && Number(now[most]) < Number(old[most] ?? Number.POSITIVE_INFINITY)) isLess(most)
  }
  for (const least of ['minLength', 'minimum', 'minItems']) {
    if (Number(now[least] ?? 0) > Number(old[least] ?? 0)) isLess(least)
  }
}

const compareTakenMembers = (on: Comparison, old: Json, now: Json, place: string, depth: number): void => {
  const members = membersOf(now)
  for (const name of namesIn(now.required)) {
    if (!namesIn(old.required).includes(name)) on.says(`${place}.${name} is required now`, name)
  }
  for (const [name, member] of Object.entries(membersOf(old))) {
    const kept = members[name]
    if (kept !== undefined) compareTaken(on, member, kept, `${place}.${name}`, depth)
    else if (now.additionalProperties === false) on.says(`${place}.${name} is not taken any more`, name)
  }
}

/** A request that was right must stay right. */
export const compareTaken = (on: Comparison, old: Json, now: Json, place: string, depth = 0): void => {
  if (depth > deepest) return
  const wide = on.after.variantsOf(now)
  for (const variant of on.before.variantsOf(old)) {
    const taker = wide.find((one) => fits(one, variant))
    if (taker === undefined) {
      on.says(`${place} is no ${kindOf(variant)} any more`, nameOf(place))
      continue
    }
    const [values, gone] = [valuesOf(taker), valuesOf(variant)]
    if (values !== null && gone === null) on.says(`${place} takes only ${values.join(', ')}`, nameOf(place))
    for (const value of gone ?? []) {
      if (values !== null && !values.includes(value)) on.says(`${place} does not take ${value} any more`, nameOf(place))
    }
    compareBounds(on, variant, taker, place)
    if (kindOf(variant) === 'object') compareTakenMembers(on, variant, taker, place, depth + 1)
    if (isJson(variant.items) && isJson(taker.items)) {
      compareTaken(on, variant.items, taker.items, `${place}[]`, depth + 1)
    }
  }
}

const compareGivenMembers = (on: Comparison, old: Json, now: Json, place: string, depth: number): void => {
  const members = membersOf(now)
  for (const [name, member] of Object.entries(membersOf(old))) {
    const kept = members[name]
    if (kept === undefined) on.says(`${place}.${name} is gone`, name)
    else compareGiven(on, member, kept, `${place}.${name}`, depth)
    const wasSure = namesIn(old.required).includes(name)
    if (kept && wasSure && !namesIn(now.required).includes(name)) on.says(`${place}.${name} may be missing now`, name)
  }
}

/** The values of an enum, of all variants together. Null when one of them has no list. */
const allValuesOf = (variants: Json[]): string[] | null => {
  const lists = variants.filter((one) => kindOf(one) !== 'null').map(valuesOf)
  return lists.every((list) => list !== null) ? lists.flat() : null
}

/** A client that understood every answer must understand every answer. New members and values may come. */
export const compareGiven = (on: Comparison, old: Json, now: Json, place: string, depth = 0): void => {
  if (depth > deepest) return
  const known = on.before.variantsOf(old)
  const given = on.after.variantsOf(now)
  const [had, has] = [allValuesOf(known), allValuesOf(given)]
  for (const value of had ?? []) {
    if (has !== null && !has.includes(value)) on.says(`${place} is never ${value} any more`, nameOf(place))
  }
  for (const variant of given) {
    const kept = known.find((one) => fits(one, variant))
    if (kept === undefined) {
      on.says(`${place} may be ${kindOf(variant)} now`, nameOf(place))
      continue
    }
    if (kindOf(variant) === 'object') compareGivenMembers(on, kept, variant, place, depth + 1)
    if (isJson(kept.items) && isJson(variant.items)) {
      compareGiven(on, kept.items, variant.items, `${place}[]`, depth + 1)
    }
  }
}

/** Whether a schema is a flag, which on the wire is one of two words. */
export const isFlag = (schema: Json): boolean => valuesOf(schema)?.toSorted().join() === 'false,true'
