import { isJson, type Json } from '../../src/platform/http/openapi-schemas.ts'
import {
  type Comparison,
  compareGiven,
  compareTaken,
  isFlag,
  listOf,
  type Reader,
  readerOf,
  type Says,
} from './schema-breaks.ts'

// What breaks a client between two versions of the API document. docs/decisions.md says what counts as that.

/** One thing that breaks clients: in which operation, and what. */
export interface Break {
  operationId: string
  path: string
  what: string
  /** The parameter, member, status, content type or sign-in that is concerned. Null: the whole operation. */
  subject: string | null
}

const contentOf = (node: unknown): Json => (isJson(node) && isJson(node.content) ? node.content : {})

const jsonIn = (node: unknown): Json | undefined => {
  const content = contentOf(node)['application/json']
  return isJson(content) && isJson(content.schema) ? content.schema : undefined
}

const parametersOf = ({ parameters }: Json, reader: Reader): Map<string, Json> =>
  new Map(
    listOf(parameters).map((one) => [`${reader.resolve(one).in} ${reader.resolve(one).name}`, reader.resolve(one)]),
  )

const compareParameters = (on: Comparison, old: Json, now: Json): void => {
  const { before, after, says } = on
  const known = parametersOf(old, before)
  const kept = parametersOf(now, after)
  for (const [key, { name, schema, required }] of known) {
    const parameter = kept.get(key)
    if (parameter === undefined) {
      says(`the parameter ${key} is gone`, String(name))
      continue
    }
    if (parameter.required === true && required !== true) says(`the parameter ${key} is required now`, String(name))
    // On the wire a boolean is one of two words.
    const isSame = isFlag(before.resolve(Object(schema))) && Object(parameter.schema).type === 'boolean'
    if (!isSame) compareTaken(on, Object(schema), Object(parameter.schema), `the parameter ${key}`)
  }
  for (const [key, { name, required }] of kept) {
    if (required === true && !known.has(key)) says(`the parameter ${key} is required now`, String(name))
  }
}

/** The types of content that are left out, unless all are taken. */
const lostTypes = (old: unknown, now: unknown): string[] => {
  const types = Object.keys(contentOf(now))
  return Object.keys(contentOf(old)).filter((type) => !types.includes(type) && !types.includes('*/*'))
}

const compareBodies = (on: Comparison, old: Json, now: Json): void => {
  const [had, has] = [on.before.resolve(Object(old.requestBody)), on.after.resolve(Object(now.requestBody))]
  const [taken, takes] = [jsonIn(had), jsonIn(has)]
  if (has.required === true && had.required !== true) on.says('the body is required now', 'body')
  if (Object.keys(contentOf(has)).length > 0) {
    for (const type of lostTypes(had, has)) on.says(`the body is not taken as ${type} any more`, type)
  }
  if (taken && takes) compareTaken(on, taken, takes, 'body')
}

const compareAnswers = (on: Comparison, old: Json, now: Json): void => {
  const answers = Object(now.responses)
  for (const [status, answer] of Object.entries(Object(old.responses)).filter(([one]) => one.startsWith('2'))) {
    if (!isJson(answers[status])) {
      on.says(`the answer ${status} is gone`, status)
      continue
    }
    const [gave, gives] = [on.before.resolve(Object(answer)), on.after.resolve(answers[status])]
    for (const type of lostTypes(gave, gives)) on.says(`the answer ${status} as ${type} is gone`, type)
    const [was, is] = [jsonIn(gave), jsonIn(gives)]
    if (was && is) compareGiven(on, was, is, status)
  }
}

/** The ways to be signed in that are enough for an operation, each as the names of its schemes. Nobody is ''. */
const waysIn = (document: Json, operation: Json): string[] => {
  const ways = listOf(operation.security ?? document.security).map((way) => Object.keys(way).sort().join(' and '))
  return ways.length === 0 ? [''] : ways
}

const compareSecurity = (says: Says, before: string[], after: string[]): void => {
  if (after.includes('')) return
  for (const way of before.filter((one) => !after.includes(one))) {
    says(way === '' ? 'it needs a sign-in now' : `the sign-in ${way} is not taken any more`, way || 'security')
  }
}

/** What breaks clients of the version before. Descriptions, examples, patterns, headers and errors are not compared. */
export const findBreaks = (old: Json, now: Json): Break[] => {
  const breaks: Break[] = []
  const [before, after] = [readerOf(old), readerOf(now)]
  for (const [path, item] of Object.entries(Object(old.paths) as Record<string, Json>)) {
    for (const [method, one] of Object.entries(item)) {
      const [operation, kept] = [Object(one) as Json, Object(Object(Object(now.paths)[path])[method]) as Json]
      const operationId = String(kept.operationId ?? operation.operationId)
      const note = (what: string, subject: string | null) =>
        breaks.push({ operationId, path: `${method.toUpperCase()} ${path}`, what, subject })
      if (kept.operationId === undefined) {
        note('is gone', null)
        continue
      }
      if (operation.operationId !== operationId) note(`the operationId was ${operation.operationId}`, 'operationId')
      const on: Comparison = { before, after, says: note }
      compareSecurity(note, waysIn(old, operation), waysIn(now, kept))
      compareParameters(on, operation, kept)
      compareBodies(on, operation, kept)
      compareAnswers(on, operation, kept)
    }
  }
  return breaks
}

/**
 * The breaks that no entry under `[Unreleased]` names. An entry names a break when it has the word **Breaking** and, in
 * backticks, the operationId or the path of the operation, and the parameter, member, status, content type or sign-in
 * that is concerned; `*` stands for all of them, when an operation is another one now. An entry with `operationId`
 * names all operations with new names, and nothing else.
 */
export const unnamedBreaks = (breaks: Break[], changelog: string): Break[] => {
  const [, unreleased = ''] = changelog.split(/^## .*$/m)
  const entries = unreleased.split(/^(?:- |#)/m).filter((entry) => entry.includes('**Breaking**'))
  const isNamed = ({ operationId, path, subject }: Break): boolean =>
    entries.some((entry) => {
      const words = [...entry.replaceAll(/\s+/g, ' ').matchAll(/`([^`]+)`/g)].map(([, word]) => word)
      if (words.includes('operationId')) return subject === 'operationId'
      const isOfOperation = words.includes(operationId) || words.includes(path) || words.includes(path.split(' ')[1])
      return isOfOperation && (subject === null || words.includes(subject) || words.includes('*'))
    })
  return breaks.filter((one) => !isNamed(one))
}
