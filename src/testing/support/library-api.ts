import { z } from 'zod'
import { type Endpoint, endpointFor } from '../../platform/http/endpoint.ts'
import { createOpenApiDocument } from '../../platform/http/openapi.ts'
import type { Glossary } from '../../platform/http/openapi-schemas.ts'
import { Page, pageQuery } from '../../platform/paging.ts'
import { countParameter, listParameter, publicId, timestamp } from '../../platform/schemas.ts'

// A small API of a library, as an example for the tests of the API document and of the contract.

type Capability = 'anyone' | 'book:read' | 'book:write'

export const endpoint = endpointFor<unknown, Capability>()

const access = (capability: string) => {
  if (capability === 'anyone') return null
  return capability === 'book:write' ? ['librarian'] : ['librarian', 'reader']
}

export const handle = async () => undefined

const BookId = publicId('BOK').meta({ description: 'A book, like BOK0001.' })

export const Author = z.strictObject({ name: z.string() }).meta({ id: 'Author' })

const Genre = z.enum(['novel', 'poetry']).meta({ id: 'Genre' })

const Book = z
  .object({ book_id: z.string(), author: Author, genre: Genre, bought_at: timestamp.nullable(), version: z.int() })
  .meta({ id: 'Book' })

const NewBook = z.strictObject({ author: Author, genre: Genre.optional() })

const BookParams = z.object({ bookId: BookId })

const BookQuery = z.strictObject({
  ...pageQuery,
  genres: listParameter(Genre, 2).optional(),
  lent: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  shelf: countParameter(1, 9).meta({ description: 'Where it stands.' }),
})

export const tag = 'Books'

const fails: Endpoint['fails'] = ['ticket_not_found']

export const endpoints: Endpoint[] = [
  endpoint({
    id: 'listBooks',
    method: 'get',
    path: '/books',
    can: 'book:read',
    tag,
    summary: 'List books',
    query: BookQuery,
    responds: { 200: z.object({ books: z.array(Book), page: Page }) },
    handle,
  }),
  endpoint({
    id: 'buyBook',
    method: 'post',
    path: '/books',
    can: 'book:write',
    tag,
    summary: 'Buy a book',
    description: 'If there is money.',
    body: NewBook,
    responds: { 201: Book },
    responseHeaders: { Location: 'The path of the new book.' },
    fails: ['email_taken'],
    handle,
  }),
  endpoint({
    id: 'getBook',
    method: 'get',
    path: '/books/:bookId',
    can: 'book:read',
    tag,
    summary: 'Read a book',
    params: BookParams,
    responds: { 200: Book },
    fails,
    handle,
  }),
  ...(['put', 'patch'] as const).map((method) =>
    endpoint({
      id: method === 'patch' ? 'updateBook' : 'putBook',
      method,
      path: '/books/:bookId',
      can: 'book:write',
      tag,
      summary: 'Change a book',
      params: BookParams,
      body: NewBook.partial(),
      takesIfMatch: true,
      needsIfMatch: method === 'patch',
      responds: { 200: Book },
      fails,
      handle,
    }),
  ),
  endpoint({
    id: 'sellBook',
    method: 'delete',
    path: '/books/:bookId',
    can: 'book:write',
    tag,
    summary: 'Sell a book',
    params: BookParams,
    responds: { 204: null },
    fails,
    handle,
  }),
  endpoint({
    id: 'getOwner',
    method: 'get',
    path: '/books/of/:bookId',
    can: 'book:read',
    tag,
    summary: 'Whose book it is',
    params: BookParams,
    responds: { 200: z.object({ name: z.string() }) },
    handle,
  }),
  endpoint({
    id: 'signIn',
    method: 'post',
    path: '/sign-in',
    can: 'anyone',
    tag: 'Sign-in',
    summary: 'Sign in',
    body: z.strictObject({ name: z.string() }),
    bodyOptional: true,
    responds: { 200: z.object({ token: z.string() }) },
    fails: ['invalid_credentials'],
    signInLimit: { account: 'name', kind: 'sign_in' },
    handle,
  }),
  endpoint({
    id: 'getHealth',
    method: 'get',
    path: '/health.json',
    can: 'anyone',
    tag: 'Service',
    summary: 'Whether it lives',
    responds: { 200: z.object({ status: z.literal('ok') }) },
    standing: 'always',
    handle,
  }),
]

export const about = {
  title: 'Library',
  version: '1',
  description: 'Books.',
  serverUrl: 'https://library.example.com/api',
  contact: { name: 'The library', url: 'https://library.example.com' },
  tags: { Books: 'What can be read.' },
  glossary: {
    name: ['The name.', 'Ada'],
    'Author.name': ['Who wrote it.'],
    lent: ['Whether somebody has it.'],
  } satisfies Glossary,
}

export const documentOf = (list: Endpoint[]) => createOpenApiDocument(list, about, access)
