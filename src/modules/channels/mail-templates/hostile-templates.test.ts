import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { context } from '../outgoing-mail/templates/sample-parameters.ts'
import { samples } from '../outgoing-mail/templates/template-samples.ts'
import { type Node, parseTemplate, TemplateFault } from '../outgoing-mail/templates/template-source.ts'
import { renderMail } from '../outgoing-mail/templates/templates.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const template = 'ticket_urgent'
const path = `/mail-templates/${template}/en`
const subject = '[{{ticket_id}}] News'

const deep = (name: string, levels: number): string =>
  `${`{{#${name}}}`.repeat(levels)}x${`{{/${name}}}`.repeat(levels)}`
const prototypeNames = [
  'constructor',
  'prototype',
  '__proto__',
  '__define_getter__',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'this',
  '.',
  'ticket_id.constructor',
  'constructor.prototype',
]

/** What no template may do, each as a text. */
const hostile: [string, text: string][] = [
  ['a partial', '{{> other}}'],
  ['a partial of a file', '{{> ../../etc/passwd}}'],
  ['an indented partial', '  {{>ticket_id}}\n'],
  ['a parent of mustache 2', '{{< layout}}{{$ body}}x{{/ body}}{{/ layout}}'],
  ['a dynamic name', '{{>*ticket_id}}'],
  ['a comment', '{{! ticket_id }}'],
  ['a change of braces', '{{=<% %>=}}<% ticket_id %>'],
  ['a change of braces with spaces', '{{  =  | |  =  }}|ticket_id|'],
  ['a change of braces inside a condition', '{{#is_free}}{{=<% %>=}}{{/is_free}}'],
  ['three braces', '{{{ticket_subject}}}'],
  ['an ampersand', '{{& ticket_subject}}'],
  ['an ampersand inside a condition', '{{#is_free}}{{&ticket_subject}}{{/is_free}}'],
  ['a filter', '{{ticket_subject | raw}}'],
  ['a call', '{{ticket_subject()}}'],
  ['an index', '{{ticket_subject[0]}}'],
  ['a lambda that is a text', '{{#ticket_subject}}{{{ticket_subject}}}{{/ticket_subject}}'],
  ['a tag in a tag', '{{ {{ticket_id}} }}'],
  ['a tag that is open', 'x {{ticket_id'],
  ['a condition that is open', '{{#is_free}}'],
  ['a condition that closes another', '{{#is_free}}{{/is_closed}}'],
  ['conditions that cross', '{{#is_free}}{{#is_closed}}{{/is_free}}{{/is_closed}}'],
  ['11 conditions in each other', deep('is_free', 11)],
  ['3000 conditions in each other', deep('is_free', 3000)],
  ['64 kB of conditions', '{{#is_free}}x{{/is_free}}'.repeat(2_600)],
  ['64 kB of open conditions', '{{#is_free}}'.repeat(5_400)],
  ['64 kB of braces', '{'.repeat(65_536)],
  ['64 kB of spaces in a tag', `{{${' '.repeat(65_536)}ticket_id}}`],
  ['501 tags', '{{ticket_id}}'.repeat(501)],
  ['501 tags without an end', '{{'.repeat(501)],
  ['a name of 10,000 letters', `{{${'a'.repeat(9_990)}}}`],
  ...prototypeNames.flatMap((name): [string, string][] => [
    [`the name ${name}`, `{{${name}}}`],
    [`the condition ${name}`, `{{#${name}}}x{{/${name}}}`],
    [`the contrary of ${name}`, `{{^${name}}}x{{/${name}}}`],
  ]),
]

/** How many parts a template has when it is read, and how deep they are. */
const sizeOf = (nodes: Node[]): { parts: number; depth: number } => {
  const inside = nodes.map((node) => (node.kind === 'condition' ? sizeOf(node.nodes) : { parts: 0, depth: 0 }))
  return {
    parts: nodes.length + inside.reduce((sum, { parts }) => sum + parts, 0),
    depth: 1 + Math.max(0, ...inside.map(({ depth }) => depth)),
  }
}

test.each(hostile)('%s is refused when it is saved, tried out or mailed as a test', async (_, text) => {
  for (const call of [
    world.ada.put(path, { subject, text }),
    world.ada.post(`${path}/preview`, { subject, text }),
    world.ada.post(`${path}/test`, { subject, text }),
  ]) {
    const { errors } = (await expectRefusal(call, 400, 'validation_failed')).body
    expect(errors[0].field).toBe('text')
    // The refusal is no echo of the whole text.
    expect(JSON.stringify(errors).length).toBeLessThan(4_000)
  }
})

test.each(hostile)('%s that is stored all the same gives way to the built-in mail', (_, text) => {
  const faults: string[] = []
  const own = { subject, text }
  const mail = renderMail(template, samples[template], { ...context, own }, (fault) => void faults.push(fault))
  expect(mail).toEqual(renderMail(template, samples[template], context))
  expect(faults).toHaveLength(1)
})

test.each(hostile)('%s is read in bounded steps, or not at all', (_, text) => {
  try {
    const { parts, depth } = sizeOf(parseTemplate(text, 10_000))
    expect(parts).toBeLessThanOrEqual(1_001)
    expect(depth).toBeLessThanOrEqual(11)
  } catch (error) {
    // Not a RangeError of a stack that is full, nor an error of the package.
    expect(error).toBeInstanceOf(TemplateFault)
  }
})

test('one that the database got by another way is shown, and can be replaced', async () => {
  for (const text of ['{{> other}}', deep('is_free', 300), '{{constructor}}', '{{{ticket_id}}}']) {
    await sqlOn(
      desk.databaseUrl,
      `insert into mail_templates (tenant_id, template, language, subject, text, updated_by)
       values ($1, 'ticket_urgent', 'de', 'x', $2, 'ada')
       on conflict on constraint mail_templates_pkey do update set text = excluded.text`,
      [world.tenantId, text],
    )
    const kept = bodyOf(await world.ada.get('/mail-templates/ticket_urgent/de'))
    expect(kept).toMatchObject({ text, is_set: true })
    // Without a text of its own the preview is of what is kept, and says what is wrong with it.
    await expectRefusal(world.ada.post('/mail-templates/ticket_urgent/de/preview', {}), 400, 'validation_failed')
  }
  expectSuccess(await world.ada.delete('/mail-templates/ticket_urgent/de'))
})

test('what is no tag is text, and markup in it is escaped', async () => {
  const text = '<script>alert(1)</script> <img src=x onerror=y> { {ticket_id} } }} $(1) <%= 1 %> {% 1 %} &lt;'
  const { html } = bodyOf(await world.ada.post(`${path}/preview`, { subject, text }))
  expect(html).not.toMatch(/<script|<img src=x/)
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(html).toContain('$(1) &lt;%= 1 %&gt; {% 1 %} &amp;lt;')
})

/** A text of which 10,000 characters become 50,000 in HTML. */
const longText = '"<&\n'.repeat(2_500)
const told = { ...samples.ticket_created_customer, issue_description: longText, ticket_subject: '"'.repeat(300) }

test.each([
  ['a block that stands 490 times', `${'{{quote}}\n'.repeat(490)}{{link}}`],
  ['a long subject that stands 490 times', '{{ticket_subject}}\n'.repeat(490)],
])('%s makes no long mail: where it is stored the built-in one is sent, and the reason said', (_, text) => {
  const faults: string[] = []
  const own = { subject, text }
  const mail = renderMail('ticket_created_customer', told, { ...context, own }, (fault) => void faults.push(fault))
  expect(mail).toEqual(renderMail('ticket_created_customer', told, context))
  expect(faults).toEqual([expect.stringContaining('the mail is too long')])
})

test('a long text that stands twice is no fault', () => {
  const faults: string[] = []
  const own = { subject, text: '{{quote}}\n\n{{quote}}' }
  const { text, html } = renderMail('ticket_created_customer', told, { ...context, own }, (fault) => faults.push(fault))
  expect(faults).toEqual([])
  expect(text.split('Description:')).toHaveLength(3)
  expect(text.length + html.length).toBeLessThan(200_000)
})

test('of 500 unknown names ten are told, and one with a guess', async () => {
  const text = Array.from({ length: 500 }, (_, index) => `{{tiket_i${'abcdefghij'[index % 10]}}}`).join('\n')
  const { errors } = (await expectRefusal(world.ada.put(path, { subject, text }), 400, 'validation_failed')).body
  expect(errors).toHaveLength(10)
  expect(errors.filter(({ message }: { message: string }) => message.includes('did you mean'))).toEqual([errors[0]])
})
