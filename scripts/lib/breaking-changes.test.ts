import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openApiDocument } from '../../src/api-document.ts'
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
  type?: string
  answerType?: string
  security?: Json[]
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
  type = 'application/json',
  answerType = 'application/json',
  security = [{ token: [] }, { cookie: [] }],
}: Parts = {}): Json => ({
  paths: {
    '/books': {
      [method]: {
        operationId: id,
        parameters: query,
        security,
        requestBody: { required: !isOptional, content: { [type]: { schema: body } } },
        responses: { [status]: { content: answer === null ? {} : { [answerType]: { schema: answer } } } },
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
  ['the answer 201 as application/json is gone', { answer: null }],
  ['the answer 201 as application/json is gone', { answerType: 'text/csv' }],
  ['the body is not taken as application/json any more', { type: 'text/csv' }],
  ['the sign-in cookie is not taken any more', { security: [{ token: [] }] }],
  ['the sign-in cookie is not taken any more', { security: [{ token: [] }, { cookie: [], code: [] }] }],
  ['it needs a sign-in now', {}, { security: [] }],
  ['it needs a sign-in now', {}, { security: [{}, { token: [] }, { cookie: [] }] }],
  ['201.genre is never poetry any more', { answer: withMember(book, 'genre', { enum: ['novel', 'letters'] }) }],
  ['201.genre is never poetry any more', { answer: withMember(book, 'genre', { const: 'novel' }) }],
  ['201.lent is gone', { answer: withMember(book, 'lent', undefined) }],
  ['201.genre may be missing now', { answer: { ...book, required: ['id'] } }],
  ['201.id may be integer now', { answer: withMember(book, 'id', { type: 'integer' }) }],
  ['201.id may be null now', { answer: withMember(book, 'id', { anyOf: [{ type: 'string' }, { type: 'null' }] }) }],
]

test.each(breaking)('it breaks clients: %s', (what, now, was) => {
  const breaks = findBreaks(documentWith(was), documentWith(now))
  expect(breaks.map((one) => one.what)).toEqual([what])
})

test('what is added, widened, explained or moved breaks nobody', () => {
  const was = documentWith({ query: shelf({ schema: { type: 'string', enum: ['true', 'false'] } }) })
  const now = documentWith({
    type: '*/*',
    security: [],
    query: [...shelf({ schema: { type: 'boolean' } }), { name: 'room', in: 'query', schema: { type: 'string' } }],
    answer: { $ref: '#/components/schemas/Book' },
  })
  const genre = { enum: ['novel', 'poetry', 'letters'] }
  now.components = {
    schemas: { Book: { allOf: [withMember(book, 'genre', genre), { type: 'object', properties: { age: {} } }] } },
  }
  expect(findBreaks(was, now)).toEqual([])
})

test('what is widened in a body breaks nobody', () => {
  const name = { type: ['string', 'null'], maxLength: 30, description: 'The name.' }
  expect(findBreaks(documentWith(), documentWith({ body: withMember(newBook, 'name', name) }))).toEqual([])
})

const changelog = (entry: string) =>
  `# Changelog\n\n## [Unreleased]\n\n- Other.\n- ${entry}\n\n## [0.1.0]\n\n- Older.\n`

test.each([
  ['**Breaking**: `buyBook` does not say\n  whether it is `lent`.', true],
  ['**Breaking**: `POST /books` does not say whether it is `lent`.', true],
  ['**Breaking**: `/books` does not say whether it is `lent`.', true],
  ['**Breaking**: `buyBook` is another one, with other members (`*`).', true],
  ['**Breaking**: `buyBook` does not say whether it is lent.', false],
  ['**Breaking**: `buyBook` takes no `name`.', false],
  ['`buyBook` does not say whether it is `lent`.', false],
  ['**Breaking**: `sellBook` does not say whether it is `lent`.', false],
  ['**Breaking**: each `operationId` is new, such as `buyBook`.', false],
  ['**Breaking**: `buyBook`.\n\n### Fixed\n\n`lent` is true.', false],
])('an unreleased entry names a break by the word, the operation and the member: %j', (entry, isNamed) => {
  const breaks = findBreaks(documentWith(), documentWith({ answer: withMember(book, 'lent', undefined) }))
  expect(breaks.map(({ subject }) => subject)).toEqual(['lent'])
  expect(unnamedBreaks(breaks, changelog(entry)).length === 0).toBe(isNamed)
})

test('older entries name nothing; an operation that is gone, and new names, are named by one word', () => {
  const breaks = findBreaks(documentWith(), documentWith({ answer: withMember(book, 'lent', undefined) }))
  expect(unnamedBreaks(breaks, `## [0.2.0]\n\n## [0.1.0]\n\n- **Breaking**: \`buyBook\`, \`lent\`.\n`)).toHaveLength(1)
  const renamed = findBreaks(documentWith(), documentWith({ id: 'orderBook' }))
  expect(unnamedBreaks(renamed, changelog('**Breaking**: each `operationId` is new.'))).toEqual([])
  const gone = findBreaks(documentWith(), documentWith({ method: 'put' }))
  expect(unnamedBreaks(gone, changelog('**Breaking**: `POST /books` is gone.'))).toEqual([])
})

test.each(breaking.filter(([what]) => !/ gone$|operationId/.test(what) || /parameter|201/.test(what)))(
  'what breaks is known by a name: %s',
  (_, now, was) => {
    const names = 'shelf room body name genre lent id tags 201 application/json cookie security'.split(' ')
    const [{ subject } = { subject: null }] = findBreaks(documentWith(was), documentWith(now))
    expect(names).toContain(subject)
  },
)

test('the changelog names every break since the last release', () => {
  const { document, version } = lastReleased()
  expect(readdirSync(new URL('../upgrade/releases/', import.meta.url))).toContain(`${version}.rows`)
  const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8')
  expect(unnamedBreaks(findBreaks(document, openApiDocument('https://desk.example.com')), changelog)).toEqual([])
})
