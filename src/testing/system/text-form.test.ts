import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { warnOfLetterCase } from '../../platform/db/letter-case.ts'
import { createPool } from '../../platform/db/pool.ts'
import { many, sql } from '../../platform/db/sql.ts'
import { foldCase } from '../../platform/text-form.ts'
import { createTicket, issue } from '../support/create-tickets.ts'
import { announcementOf, attach, textFile } from '../support/files.ts'
import { createWorld, password, type World } from '../support/people.ts'
import { expectSuccess, type Reply, verdict } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk()
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** The same word as a Mac types it, decomposed, with white space of several kinds around it. */
const typed = (word: string): string => `\u00a0\n ${word.normalize('NFD')} \u3000\ufeff`
const word = 'Ångström é'

/** Every place where somebody types text: a request, and the member of the answer that shows the text. */
const places: [string, (w: World) => Promise<Reply>, (body: Reply['body']) => unknown][] = [
  [
    'a subject',
    ({ cleo }) => cleo.post('/tickets', { ...issue, subject: typed(word).replace('\n', '') }),
    (b) => b.subject,
  ],
  [
    'a category',
    ({ cleo }) => cleo.post('/tickets', { ...issue, issue_category: typed(word) }),
    (b) => b.issue_category,
  ],
  [
    'a description',
    ({ cleo }) => cleo.post('/tickets', { ...issue, issue_description: typed(word) }),
    (b) => b.issue_description,
  ],
  [
    'a changed description',
    async ({ cleo }) => cleo.put(`/tickets/${await createTicket(cleo)}`, { issue_description: typed(word) }),
    (b) => b.issue_description,
  ],
  [
    'a reason of closing',
    async ({ ada, cleo }) => ada.post(`/tickets/${await createTicket(cleo)}/close`, { reason: typed(word) }),
    (b) => b.close_reason,
  ],
  [
    'a resolution',
    async ({ ada, cleo }) => ada.put(`/tickets/${await createTicket(cleo)}`, { resolution_summary: typed(word) }),
    (b) => b.resolution_summary,
  ],
  [
    'a comment',
    async ({ cleo }) =>
      cleo.post(`/tickets/${await createTicket(cleo)}/comments`, { body: typed(word), visibility: 'public' }),
    (b) => b.body,
  ],
  [
    'a tag',
    async ({ ada, cleo }) =>
      ada.put(`/tickets/${await createTicket(cleo)}/tags/${encodeURIComponent(word.toUpperCase().normalize('NFD'))}`),
    (b) => foldCase(word) === b.tags[0] && word,
  ],
  [
    'the name of a customer',
    ({ ada, slug }) => ada.post('/customers', { name: typed(word), email: ` n@${slug}.example.com\n` }),
    (b) => b.name,
  ],
  [
    'the name of who registers',
    ({ nobody, slug }) =>
      nobody.post('/auth/register', { name: typed(word), email: `o@${slug}.example.com`, password }),
    (b) => b.customer.name,
  ],
  [
    'the category of a technician',
    ({ ada, tom }) => ada.put(`/technicians/${tom.id}`, { category: typed(word) }),
    (b) => b.category,
  ],
  [
    'the name of a file',
    async ({ cleo }) =>
      ({
        status: 200,
        body: await attach(desk, cleo, await createTicket(cleo), textFile(typed(`${word}.txt`).replace('\n', ''))),
      }) as Reply,
    (b) => b.file_name.replace(/\.txt$/, ''),
  ],
]

test.each(places)('%s is composed, and trimmed at both ends', async (_, ask, shown) => {
  expect(shown(expectSuccess(await ask(world)).body)).toBe(word)
})

test('what is typed finds what is stored: by words, category and tag, in any case and in both forms', async () => {
  const { ada, cleo, technician } = world
  const zoe = await technician('Zoe', 'Ärger ΣΑΣ'.normalize('NFD'))
  const id = await createTicket(cleo, { issue_category: 'äRGER σας'.replace('ς', 'σ'), subject: 'Überholspur' })
  await ada.put(`/tickets/${id}/tags/${encodeURIComponent('Größe-Ö')}`)
  const forms = (text: string): string[] => [text, text.normalize('NFD'), text.toUpperCase(), `  ${text} `]
  for (const query of [
    ...forms('überholspur').map((q) => ({ q })),
    ...forms('ärger σασ').map((issue_category) => ({ issue_category })),
    ...['größe-ö', 'größe-ö'.normalize('NFD'), ' GRÖßE-Ö'].map((tag) => ({ tag })),
  ]) {
    const { body } = expectSuccess(await ada.get(`/tickets?${new URLSearchParams(query)}`))
    expect(
      body.tickets.map(({ ticket_id }: { ticket_id: string }) => ticket_id),
      JSON.stringify(query),
    ).toEqual([id])
  }
  for (const category of forms('ärger σασ')) {
    const { body } = expectSuccess(await ada.get(`/technicians?${new URLSearchParams({ category })}`))
    expect(body.technicians).toMatchObject([{ technician_id: zoe.id }])
  }
  expect((await ada.get(`/tags?${new URLSearchParams({ q: 'GRÖ'.normalize('NFD') })}`)).body.tags).toHaveLength(1)
  // Who sees a ticket, who may take it and who is warned about it are the same question.
  expect((await zoe.get(`/tickets/${id}`)).status).toBe(200)
  const taken = expectSuccess(await zoe.put(`/tickets/${id}`, { technician_id: zoe.id }))
  expect(taken.body.warnings).toBeUndefined()
  expect(
    expectSuccess(await ada.get(`/customers?${new URLSearchParams({ q: 'ÅNGSTRÖM'.normalize('NFD') })}`)).body.customers
      .length,
  ).toBeGreaterThan(0)
})

const nothing: [string, string][] = [
  ['a zero width space', '\u200b'],
  ['marks without a letter', '\u0301\u0308'],
  ['a Hangul filler', '\u3164'],
  ['Hangul Jamo fillers', '\u115f\u1160'],
  ['a half-width Hangul filler', '\uffa0'],
  ['a blank Braille cell', '\u2800'],
  ['a variation selector', '\ufe0f'],
  ['direction marks', '\u202e\u2066\u200f'],
  ['a soft hyphen', '\u00ad'],
  ['tag characters', '\u{e0041}'],
  ['joiners and spaces', ' \u200d\u00a0\u2060 '],
  ['a mark after a joiner', '\u200d\u034f'],
]
test.each(nothing)('a name of %s only is refused, as every text is that shows nothing', async (_, text) => {
  const { ada, cleo, nobody, tess, slug } = world
  const id = 'TKT0001'
  const replies = await Promise.all([
    cleo.post('/tickets', { ...issue, subject: text }),
    cleo.post('/tickets', { ...issue, issue_category: text }),
    cleo.post('/tickets', { ...issue, issue_description: text }),
    cleo.post(`/tickets/${id}/comments`, { body: text, visibility: 'public' }),
    nobody.post('/auth/register', { name: text, email: `p@${slug}.example.com`, password }),
    ada.patch(`/customers/${cleo.id}`, { name: text }),
    ada.put(`/technicians/${tess.id}`, { category: text }),
    ada.put(`/tickets/${id}/tags/${encodeURIComponent(text)}`),
    cleo.post(`/tickets/${id}/attachments/upload-url`, announcementOf(textFile(text))),
  ])
  expect(replies.map(verdict)).toEqual(replies.map(() => [400, 'validation_failed']))
})

test.each(['👍', '中', 'ا', '…', 'é', 'ᄒ', '👩‍👩‍👧'])('a name of %s shows something', async (name) => {
  expectSuccess(await world.ada.patch(`/customers/${world.carl.id}`, { name }))
})

test('text is measured before it is composed, which could take minutes, and after it, when it may be longer', async () => {
  const { cleo } = world
  const marks = `a${'\u0316\u0300'.repeat(40_000)}`
  expect(verdict(await cleo.post('/tickets', { ...issue, subject: marks }))).toEqual([400, 'validation_failed'])
  expect(verdict(await cleo.post('/tickets', { ...issue, subject: '\ufb2c'.repeat(200) }))).toEqual([
    400,
    'validation_failed',
  ])
  expect((await cleo.post('/tickets', { ...issue, subject: '\ufb2c'.repeat(66) })).status).toBe(201)
})

describe('The name of a file', () => {
  test.each([
    ['has its direction marks removed', 'a\u202egpj\u2066.\u200e\u061ctxt', 'agpj.txt'],
    ['is taken with 255 bytes', `${'é'.repeat(125)}a.txt`, `${'é'.repeat(125)}a.txt`],
    [
      'is taken when it has 255 bytes in its form',
      `${'e\u0301'.repeat(84)}${'a'.repeat(83)}.txt`,
      `${'é'.repeat(84)}${'a'.repeat(83)}.txt`,
    ],
  ])('%s', async (_, name, kept) => {
    const { cleo } = world
    expect(await attach(desk, cleo, await createTicket(cleo), textFile(name))).toMatchObject({ file_name: kept })
  })

  test('with more than 255 bytes is refused with a sentence about bytes', async () => {
    const { cleo } = world
    const reply = await cleo.post(
      '/tickets/TKT0001/attachments/upload-url',
      announcementOf(textFile(`${'é'.repeat(126)}.txt`)),
    )
    expect(verdict(reply)).toEqual([400, 'validation_failed'])
    expect(reply.text).toContain('at most 255 bytes in UTF-8')
  })
})

test('the start says when the database makes another lower case', async () => {
  expect(await warnOfLetterCase(desk.app.pool)).toEqual([])
  const name = `plain_${world.slug.replace('-', '_')}`
  await desk.owner.query(`create database ${name} template template0 locale 'C' encoding 'UTF8' locale_provider libc`)
  const url = new URL(desk.databaseUrl)
  url.pathname = `/${name}`
  const pool = createPool({ url: url.href, size: 1, applicationName: 'case test', asOwner: true }, desk.app.log)
  try {
    expect(await warnOfLetterCase(pool)).toEqual([expect.stringContaining('C.UTF-8')])
  } finally {
    await pool.end()
    await desk.owner.query(`drop database ${name} with (force)`)
  }
})

test('the program and the database make the same lower case of every letter that both know', async () => {
  const rows = await many(
    desk.app.pool,
    z.object({ letter: z.string(), lower: z.string() }),
    sql`select c.letter, lower(c.letter) as lower
        from generate_series(1, 131071) n, chr(case when n between 55296 and 57343 then 65 else n end) c (letter)
        where lower(c.letter) <> c.letter`,
  )
  const lowers = new Map(rows.map(({ letter, lower }) => [letter, lower]))
  expect(lowers.size).toBeGreaterThan(1_300)
  expect([...lowers].filter(([letter, lower]) => foldCase(letter) !== lower)).toEqual([])
  // Letters that are newer than the database stay as they are there.
  const letters = Array.from({ length: 131_071 }, (_, at) => String.fromCodePoint(at + 1))
  expect(letters.filter((letter) => foldCase(letter) !== letter && !lowers.has(letter)).length).toBeLessThan(100)
})
