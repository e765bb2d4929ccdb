import { describe, expect, test } from 'vitest'
import { acceptedType, fitsItsName, servedType } from './file-types.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const fits = (name: string, head: Buffer, size = head.length): boolean => fitsItsName(name, head, size)

/** A local file header of a ZIP archive with a name and its bytes. */
const entry = (name: string, content = ''): Buffer => {
  const header = Buffer.alloc(30)
  header.write('PK\x03\x04', 'latin1')
  header.writeUInt32LE(content.length, 18)
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, bytes(name + content)])
}
const zip = (...names: string[]): Buffer => Buffer.concat(names.map((name) => entry(name, 'content')))
const odt = 'application/vnd.oasis.opendocument.text'
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

describe('A name and a declared type', () => {
  test.each([
    ['a.png', 'image/png', 'image/png'],
    ['A.JPEG', 'image/JPEG', 'image/jpeg'],
    ['my report.final.docx', docx, docx],
    ['a.zip', 'application/x-zip-compressed', 'application/zip'],
    ['error.log', 'text/plain', 'text/plain'],
    ['error.log', '', 'text/plain'],
    ['error.log', 'application/octet-stream', 'text/plain'],
    ['a.odt', '', odt],
    ['a.csv', 'application/vnd.ms-excel', 'text/csv'],
    ['a.txt', 'text/plain;charset=utf-8', 'text/plain'],
    ['a.txt', ' Text/Plain ; charset="UTF-16" ; format=flowed', 'text/plain'],
    ['a.csv', 'text/csv; header=present', 'text/csv'],
  ])('%s as %s are taken', (name, type, accepted) => {
    expect(acceptedType(name, type)).toBe(accepted)
  })

  test.each([
    ['a.html', 'text/html'],
    ['a.svg', 'image/svg+xml'],
    ['a.js', 'text/javascript'],
    ['a.exe', 'application/octet-stream'],
    ['a.txt', 'text/html'],
    ['a.png', 'image/jpeg'],
    ['a.html', ''],
    ['a.svg', 'application/octet-stream'],
    ['a.exe', ''],
    ['a.xlsx', 'application/vnd.ms-excel'],
    ['a.txt', 'text/html;text/plain'],
    ['a.txt', 'text/html; charset=text/plain'],
    ['a.txt', 'text/plain, text/html'],
    ['a.txt', 'text/plain\u2028'],
    ['a.txt', 'text/pla\u0131n'],
    ['a.txt', 'text/plain;\r\nX-Injected: 1'],
    ['a.png', 'image/png/image/png'],
    ['a.txt.exe', 'text/plain'],
    ['png', 'image/png'],
    ['.htaccess', 'text/plain'],
    ['a.constructor', 'text/plain'],
  ])('%s as %s are not', (name, type) => {
    expect(acceptedType(name, type)).toBeNull()
  })
})

describe('The first bytes', () => {
  test.each([
    ['a.png', bytes('\x89PNG\r\n\x1a\n…')],
    ['a.jpg', bytes('\xff\xd8\xff\xe0')],
    ['a.gif', bytes('GIF89a')],
    ['a.webp', bytes('RIFF\x00\x00\x00\x00WEBPVP8 ')],
    ['a.mp4', bytes('\x00\x00\x00\x18ftypmp42')],
    ['a.pdf', bytes('%PDF-1.7')],
    ['a.txt', Buffer.from('Grüße 👋\n')],
    ['a.csv', Buffer.from('\ufeffa;b\r\n1;2\r\n')],
    ['a.csv', bytes('\xff\xfea\x00;\x00')],
    ['a.log', bytes('\xfe\xff\x00a')],
    ['a.txt', bytes('caf\xe9 \x80 20')],
    ['a.log', bytes('\x1b[31mcaf\xe9\x1b[0m')],
    ['a.txt', bytes('half a \xc3')],
    ['a.json', Buffer.from('{"a":1}')],
    ['a.zip', zip('anything.exe')],
    ['empty.zip', bytes('PK\x05\x06')],
    ['a.docx', zip('[Content_Types].xml', '_rels/.rels')],
    ['a.xlsx', zip('docProps/app.xml', 'xl/workbook.xml')],
    ['a.pptx', zip('ppt/presentation.xml')],
    ['a.odt', entry('mimetype', odt)],
  ])('fit %s', (name, head) => {
    expect(fits(name, head)).toBe(true)
  })

  test.each([
    ['a.png', bytes('\xff\xd8\xff\xe0')],
    ['a.png', bytes('\x89PN')],
    ['a.webp', bytes('RIFF\x00\x00\x00\x00WAVE')],
    ['a.pdf', bytes('<html>%PDF-1.7')],
    ['a.txt', bytes('a\x00b')],
    ['a.txt', bytes('a\x00\x00\x00')],
    ['a.txt', bytes('MZ\x90\x00')],
    ['a.txt', bytes('\x7fELF\x02\x01\x01\x00\xe9')],
    ['a.txt', bytes('\x7f is DEL in a caf\xe9')],
    ['a.csv', bytes('\xff\xfea\x00;\x00\x00')],
    ['a.csv', bytes('\xff\xfe\x00\x00a\x00\x00\x00')],
    ['a.txt', bytes('\xfe\xff\xd8\x00')],
    ['a.txt', bytes('\x89PNG\r\n\x1a\n')],
    ['a.json', bytes('\xff\xfe{\x00}\x00')],
    ['a.json', bytes('"caf\xe9"')],
    ['a.zip', bytes('MZ\x90\x00')],
    ['a.docx', zip('setup.exe')],
    ['a.docx', zip('xl/workbook.xml')],
    ['a.docx', bytes('PK\x03\x04')],
    ['a.odt', entry('mimetype', 'application/zip')],
    ['a.odt', zip('META-INF/manifest.xml')],
    ['a.exe', bytes('MZ')],
    ['nothing', bytes('')],
  ])('do not fit %s', (name, head) => {
    expect(fits(name, head)).toBe(false)
  })

  test.each([
    ['text/plain', Buffer.from('plain'), 5, 'text/plain; charset=utf-8'],
    ['text/plain', Buffer.from('plain'), 70_000, 'text/plain'],
    ['text/plain', Buffer.from('Grüße'), 70_000, 'text/plain; charset=utf-8'],
    ['text/csv', bytes('\xff\xfea\x00'), 4, 'text/csv; charset=utf-16le'],
    ['text/csv', bytes('\xfe\xff\x00a'), 4, 'text/csv; charset=utf-16be'],
    ['text/plain', bytes('caf\xe9'), 4, 'text/plain; charset=windows-1252'],
    ['application/json', Buffer.from('{}'), 2, 'application/json'],
    ['image/png', bytes('\x89PNG'), 4, 'image/png'],
  ])('of %s show how the text is encoded', (type, head, size, served) => {
    expect(servedType(type, head, size)).toBe(served)
  })

  test('may end within a character when the file goes on', () => {
    expect(fits('a.txt', bytes('half a \xc3'), 70_000)).toBe(true)
    expect(servedType('text/plain', bytes('half a \xc3'), 70_000)).toBe('text/plain; charset=utf-8')
    expect(fits('a.csv', bytes('\xff\xfea\x00;'), 70_000)).toBe(true)
  })
})
