import { expect, it } from 'vitest'
import { readMailbox } from './mailbox.ts'

const address = 'desk@example.com'

it.each([
  ['desk@example.com', null],
  ['<desk@example.com>', null],
  ['  Desk  <desk@example.com> ', 'Desk'],
  ['Desk, Berlin <desk@example.com>', 'Desk, Berlin'],
  ['Acme: Help; please <desk@example.com>', 'Acme: Help; please'],
  ['Acme [IT] (Berlin) <desk@example.com>', 'Acme [IT] (Berlin)'],
  ['"Desk, Berlin" <desk@example.com>', 'Desk, Berlin'],
  ['"The \\"IT\\" \\\\ desk" <desk@example.com>', 'The "IT" \\ desk'],
  ['"<other@example.com>" <desk@example.com>', '<other@example.com>'],
  ['Our "IT, desk" here <desk@example.com>', 'Our IT, desk here'],
  ['Müller & Söhne <desk@example.com>', 'Müller & Söhne'],
  ['=?utf-8?Q?M=C3=BCller=2C_IT?= <desk@example.com>', 'Müller, IT'],
  ['=?UTF-8?B?TcO8bGxlcg==?= =?utf-8?q?_IT?= <desk@example.com>', 'Müller IT'],
  ['=?iso-8859-1?Q?M=FCller?= <desk@example.com>', '=?iso-8859-1?Q?M=FCller?='],
])('%j is a mailbox with the name %j', (text, name) => {
  expect(readMailbox(text)).toEqual({ name, address })
})

it('writes the domain in punycode', () => {
  expect(readMailbox('Desk <desk@bücher.example>')).toEqual({ name: 'Desk', address: 'desk@xn--bcher-kva.example' })
  expect(readMailbox('helpdesk@localhost')).toEqual({ name: null, address: 'helpdesk@localhost' })
})

it.each([
  '',
  'nobody',
  'Desk',
  'Desk <desk@example.com',
  'Desk <>',
  'Desk <desk@>',
  'Desk <desk@example.com> more',
  'a@example.com, b@example.com',
  'a@example.com <desk@example.com>',
  'Desk <a@example.com>, Other <b@example.com>',
  '"Desk <desk@example.com>',
  'Desk <desk@exam ple.com>',
  'Desk <de,sk@example.com>',
  'Desk\r\nBcc: all@example.com <desk@example.com>',
  'Desk\u2028 <desk@example.com>',
  `${'x'.repeat(500)} <desk@example.com>`,
])('%j is no mailbox', (text) => {
  expect(readMailbox(text)).toBeNull()
})
