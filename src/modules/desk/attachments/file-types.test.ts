import { describe, expect, test } from 'vitest'
import { acceptedType, fitsItsName } from './file-types.ts'

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
    ['a.txt', 'text/plain; charset=utf-8'],
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
    ['a.txt', bytes('caf\xe9')],
    ['a.txt', bytes('a\x00b')],
    ['a.csv', bytes('\xff\xfea\x00;\x00')],
    ['a.txt', bytes('half a \xc3')],
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

  test('may end within a character when the file goes on', () => {
    expect(fits('a.txt', bytes('half a \xc3'), 70_000)).toBe(true)
  })
})
