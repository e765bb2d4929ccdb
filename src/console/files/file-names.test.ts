import { expect, test } from 'vitest'
import { shownName } from '../lib/shown-name.ts'
import { extensionOf, pastedName, plainName, sizeOf } from './file-names.ts'

test('a mark that turns the direction of a name is shown as a mark, and not sent', () => {
  expect(shownName('invoice\u202egpj.exe')).toBe('invoice\u25a1gpj.exe')
  expect(plainName('invoice\u202egpj.exe')).toBe('invoicegpj.exe')
  expect(plainName('a\u0000b/c\\d.txt ')).toBe('a b_c_d.txt')
  expect(shownName('<img src=x>.png')).toBe('<img src=x>.png')
})

test.each([
  ['Scan.PDF', 'pdf'],
  ['archive.tar.zip', 'zip'],
  ['README', ''],
  ['trick.png.', ''],
])('%s is a file of the kind "%s"', (name, extension) => expect(extensionOf(name)).toBe(extension))

test('pasted pictures have names that differ', () => {
  const at = new Date(2026, 10, 26, 9, 5, 7)
  expect(pastedName('image/png', at, 0)).toBe('picture 2026-11-26 09.05.07.png')
  expect(pastedName('image/jpeg', at, 1)).toBe('picture 2026-11-26 09.05.07 2.jpg')
})

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [84_200, '84 kB'],
  [14_900_000, '14.9 MB'],
  [25_000_000, '25 MB'],
  [250_400_000, '250 MB'],
])('%i bytes are %s', (bytes, text) => expect(sizeOf(bytes, 'en')).toBe(text))
