import { expect, test } from 'vitest'
import { createSealingKeys, isSealedByFirst, openText, sealText } from './sealed-texts.ts'

const [older, newer, jwt] = ['o', 'n', 'j'].map((letter) => letter.repeat(40)) as [string, string, string]
const whose = 'second factor 1 ada'

test('a text opens with its key, for whom it was sealed, and in no other way', () => {
  const keys = createSealingKeys([older], jwt)
  const sealed = sealText(keys, whose, 'secret')
  expect(sealed).toMatch(/^[0-9a-f]{12}\.[\w-]+$/)
  expect(sealText(keys, whose, 'secret')).not.toBe(sealed)
  expect(openText(keys, whose, sealed)).toBe('secret')
  const [id, content = ''] = sealed.split('.')
  const flipped = content.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
  for (const other of ['second factor 1 eve', 'second factor 2 ada']) expect(openText(keys, other, sealed)).toBeNull()
  for (const text of [
    '',
    id,
    `${id}.`,
    `${id}.${flipped}`,
    `${id}.${content.slice(0, -2)}`,
    `000000000000.${content}`,
  ]) {
    expect(openText(keys, whose, String(text)), text).toBeNull()
  }
  expect(openText(createSealingKeys([newer], jwt), whose, sealed)).toBeNull()
})

test('a new key seals, and the one before still opens; so does the key of JWT_SECRET', () => {
  const before = sealText(createSealingKeys([], jwt), whose, 'first')
  const old = sealText(createSealingKeys([older], jwt), whose, 'second')
  const keys = createSealingKeys([newer, older], jwt)
  expect([before, old].map((sealed) => [openText(keys, whose, sealed), isSealedByFirst(keys, sealed)])).toEqual([
    ['first', false],
    ['second', false],
  ])
  expect(isSealedByFirst(keys, sealText(keys, whose, 'third'))).toBe(true)
})
