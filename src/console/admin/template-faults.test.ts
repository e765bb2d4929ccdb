import { expect, test } from 'vitest'
import type { Problem } from '../api/calls.ts'
import { templateFaults } from './template-faults.ts'

const w = {
  at: (line: string, column: string) => `${line}:${column} `,
  faults: {
    unknown_variable: (name: string) => `no ${name}.`,
    meant: (name: string) => `${name}?`,
    condition_shown: (name: string) => `condition ${name}`,
    block_misplaced: (name: string) => `block ${name}`,
    variable_needed: (name: string) => `needs ${name}`,
    block_repeated: (name: string) => `repeated ${name}`,
    mail_too_long: 'long',
    not_closed: (tag: string) => `open ${tag}`,
    closes_nothing: (tag: string) => `closes ${tag}`,
    template_syntax: 'syntax',
  },
} as Parameters<typeof templateFaults>[2]

const refused = (...errors: Problem['errors']): Problem => ({ code: 'validation_failed', errors }) as unknown as Problem

const at = 'has a fault in line 2, column 5: '

test.each([
  ['unknown_variable', `${at}there is no variable tikcet; did you mean ticket_id?`, '2:5 no tikcet. ticket_id?'],
  ['unknown_variable', `${at}there is no variable gone`, '2:5 no gone.'],
  ['condition_shown', `${at}is_free is for conditions: {{#is_free}}`, '2:5 condition is_free'],
  ['block_misplaced', `${at}facts needs a line of its own`, '2:5 block facts'],
  ['variable_needed', 'must have {{link}} outside of conditions: why', 'needs link'],
  ['template_syntax', `${at}a tag is not closed with }}`, '2:5 syntax'],
  ['template_syntax', `${at}{{^is_free}} is not closed`, '2:5 open {{^is_free}}'],
  ['template_syntax', `${at}{{/is_free}} closes nothing`, '2:5 closes {{/is_free}}'],
  ['block_repeated', `${at}facts stands here more than twice; leave it out here`, '2:5 repeated facts'],
  ['mail_too_long', `${at}the mail is too long from here on`, '2:5 long'],
])('%s is said with its place and its name', (code, message, sentence) => {
  expect(templateFaults(refused({ field: 'text', message, code }), { text: 'odd' }, w)).toEqual({ text: sentence })
})

test('the first fault of a field counts', () => {
  const errors = [1, 2].map((n) => ({
    field: 'text',
    message: `${at}there is no variable v${n}`,
    code: 'unknown_variable',
  }))
  expect(templateFaults(refused(...errors), {}, w).text).toBe('2:5 no v1.')
})
