import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attachmentDisposition } from './content-disposition.ts'

test.each([
  ['notes.txt', `attachment; filename="notes.txt"; filename*=UTF-8''notes.txt`],
  ['Größe.pdf', `attachment; filename="Gro_e.pdf"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf`],
  ['a"b\\c;d%41.txt', `attachment; filename="a_b_c_d_41.txt"; filename*=UTF-8''a%22b%5Cc%3Bd%2541.txt`],
  ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
  ['请求.txt', `attachment; filename="__.txt"; filename*=UTF-8''%E8%AF%B7%E6%B1%82.txt`],
])('%s', (name, header) => {
  expect(attachmentDisposition(name)).toBe(header)
})

test('is one header, whatever the name is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }), (name) => {
      const header = attachmentDisposition(name)
      expect(header).toMatch(/^attachment; filename="[ !#-$&-:<-[\]-~]*"; filename\*=UTF-8''[A-Za-z0-9!._~%-]*$/)
      expect(() => new Headers({ 'Content-Disposition': header })).not.toThrow()
      expect(decodeURIComponent(header.split("''")[1] ?? '')).toBe(name.toWellFormed())
    }),
  )
})
