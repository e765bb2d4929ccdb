import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openApiDocument } from '../../src/app.ts'
import { findBreaks, unnamedBreaks } from './breaking-changes.ts'
import { lastReleased } from './released-documents.ts'

type Json = Record<string, unknown>

const book = {
  type: 'object',
  properties: { id: { type: 'string' }, genre: { enum: ['novel', 'poetry'] }, lent: { type: 'boolean' } },
  required: ['id', 'genre'],
}
const newBook = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 20 },
    genre: { enum: ['novel', 'poetry'] },
    tags: { type: 'array', items: { type: 'string' } },
  },
  required: ['name'],
  additionalProperties: false,
}

interface Parts {
  id?: string
  method?: string
  query?: Json[]
  body?: Json
  isOptional?: boolean
  answer?: Json | null
  status?: number
}

/** A document with one operation. */
const documentWith = ({
  id = 'buyBook',
  method = 'post',
  query = [{ name: 'shelf', in: 'query', schema: { type: 'string' } }],
  body = newBook,
  isOptional = true,
  answer = book,
  status = 201,
}: Parts = {}): Json => ({
  paths: {
    '/books': {
      [method]: {
        operationId: id,
        parameters: query,
        requestBody: { required: !isOptional, content: { 'application/json': { schema: body } } },
        responses: { [status]: { content: answer === null ? {} : { 'application/json': { schema: answer } } } },
      },
    },
  },
})

const withMember = (schema: typeof book | typeof newBook, name: string, member: Json | undefined): Json => {
  const properties: Json = { ...schema.properties, [name]: member }
  if (member === undefined) delete properties[name]
  return { ...schema, properties }
}

const shelf = (more: Json): Json[] => [{ name: 'shelf', in: 'query', schema: { type: 'string' }, ...more }]

const breaking: [what: string, now: Parts, was?: Parts][] = [
  ['is gone', { method: 'put' }],
  ['the operationId was buyBook', { id: 'orderBook' }],
  ['the parameter query shelf is gone', { query: [] }],
  ['the parameter query shelf is required now', { query: shelf({ required: true }) }],
  [
    'the parameter query room is required now',
    { query: [...shelf({}), { name: 'room', in: 'query', required: true }] },
  ],
  ['the parameter query shelf takes only a', { query: shelf({ schema: { type: 'string', enum: ['a'] } }) }],
  ['the parameter query shelf is no string any more', { query: shelf({ schema: { type: 'integer' } }) }],
  ['the body is required now', { isOptional: false }],
  ['body.name is not taken any more', { body: { ...withMember(newBook, 'name', undefined), required: [] } }],
  ['body.genre is required now', { body: { ...newBook, required: ['name', 'genre'] } }],
  ['body.genre does not take poetry any more', { body: withMember(newBook, 'genre', { enum: ['novel'] }) }],
  ['body.name takes less: maxLength 9', { body: withMember(newBook, 'name', { type: 'string', maxLength: 9 }) }],
  [
    'body.name takes less: minLength 2',
    { body: withMember(newBook, 'name', { type: 'string', maxLength: 20, minLength: 2 }) },
  ],
  [
    'body.tags[] is no string any more',
    { body: withMember(newBook, 'tags', { type: 'array', items: { type: 'integer' } }) },
  ],
  ['the answer 201 is gone', { status: 200 }],
  ['the body of 201 is gone', { answer: null }],
  ['201.lent is gone', { answer: withMember(book, 'lent', undefined) }],
  ['201.genre may be missing now', { answer: { ...book, required: ['id'] } }],
  ['201.id may be integer now', { answer: withMember(book, 'id', { type: 'integer' }) }],
  ['201.id may be null now', { answer: withMember(book, 'id', { anyOf: [{ type: 'string' }, { type: 'null' }] }) }],
]

test.each(breaking)('it breaks clients: %s', (what, now) => {
  const breaks = findBreaks(documentWith(), documentWith(now))
  expect(breaks.map((one) => one.what)).toEqual([what])
})

test('what is added, widened, explained or moved breaks nobody', () => {
  const was = documentWith({ query: shelf({ schema: { type: 'string', enum: ['true', 'false'] } }) })
  const now = documentWith({
    query: [...shelf({ schema: { type: 'boolean' } }), { name: 'room', in: 'query', schema: { type: 'string' } }],
    body: withMember(newBook, 'name', { type: ['string', 'null'], maxLength: 30, description: 'The name.' }),
    answer: { $ref: '#/components/schemas/Book' },
  })
  const genre = { enum: ['novel', 'poetry', 'letters'] }
  now.components = {
    schemas: { Book: { allOf: [withMember(book, 'genre', genre), { type: 'object', properties: { age: {} } }] } },
  }
  expect(findBreaks(was, now)).toEqual([])
})

test('an entry of the changelog names a break when it is unreleased, says Breaking, and names the operation', () => {
  const breaks = findBreaks(documentWith(), documentWith({ answer: withMember(book, 'lent', undefined) }))
  const changelog = (entry: string) =>
    `# Changelog\n\n## [Unreleased]\n\n- Other.\n- ${entry}\n\n## [0.1.0]\n\n- Older.\n`
  const isNamedBy = (entry: string) => unnamedBreaks(breaks, changelog(entry)).length === 0
  expect(isNamedBy('**Breaking**: `buyBook` does not say\n  whether it is lent.')).toBe(true)
  expect(isNamedBy('**Breaking**: `POST /books` does not say whether it is lent.')).toBe(true)
  expect(isNamedBy('**Breaking**: `/books` does not say whether it is lent.')).toBe(true)
  expect(isNamedBy('`buyBook` does not say whether it is lent.')).toBe(false)
  expect(isNamedBy('**Breaking**: `sellBook` is gone.')).toBe(false)
  expect(isNamedBy('**Breaking**: each `operationId` is new, such as `buyBook`.')).toBe(false)
  expect(unnamedBreaks(breaks, `## [0.2.0]\n\n## [0.1.0]\n\n- **Breaking**: \`buyBook\`.\n`)).toHaveLength(1)
  const renamed = findBreaks(documentWith(), documentWith({ id: 'orderBook' }))
  expect(unnamedBreaks(renamed, changelog('**Breaking**: each `operationId` is new.'))).toEqual([])
})

test('the changelog names every break since the last release', () => {
  const { document, version } = lastReleased()
  expect(readdirSync(new URL('../upgrade/releases/', import.meta.url))).toContain(`${version}.rows`)
  const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8')
  expect(unnamedBreaks(findBreaks(document, openApiDocument('https://desk.example.com')), changelog)).toEqual([])
})
