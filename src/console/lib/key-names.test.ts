import { describe, expect, test } from 'vitest'
import { isSingleKey, type KeyPress, keyNameOf } from './key-names.ts'

const press = (key: string, more: Partial<KeyPress> & { held?: string } = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  keyCode: 0,
  repeat: false,
  getModifierState: (name) => name === more.held,
  ...more,
})

test.each([
  ['j', {}, 'j'],
  ['?', { shiftKey: true }, '?'],
  ['J', { shiftKey: true }, 'J'],
  ['J', { held: 'CapsLock' }, 'j'],
  ['k', { ctrlKey: true }, 'Ctrl+k'],
  ['K', { metaKey: true, held: 'CapsLock' }, 'Ctrl+k'],
  ['Enter', { ctrlKey: true, shiftKey: true }, 'Ctrl+Shift+Enter'],
  ['Escape', {}, 'Escape'],
  ['ArrowDown', { shiftKey: true }, 'Shift+ArrowDown'],
])('%s with %j is %s', (key, more, name) => {
  expect(keyNameOf(press(key, more))).toBe(name)
})

describe('what writes a character does nothing', () => {
  test.each([
    ['ą with AltGr', press('ą', { altKey: true, held: 'AltGraph' })],
    ['@ with AltGr on Windows', press('@', { ctrlKey: true, altKey: true })],
    ['@ with AltGr on Linux', press('@', { held: 'AltGraph' })],
    ['@ with Option on a Mac', press('@', { altKey: true })],
    ['a letter of a composition', press('k', { isComposing: true })],
    ['a letter that a composition begins with', press('n', { keyCode: 229 })],
    ['a key that an input method takes', press('Process')],
    ['an accent before its letter', press('Dead')],
  ])('%s', (_, event) => {
    expect(keyNameOf(event)).toBeNull()
  })

  test.each(['ß', 'ł', 'か', 'й'])('%s is a key that nobody registers', (key) => {
    expect(keyNameOf(press(key))).toBe(key)
  })
})

test.each([
  ['j', true],
  ['?', true],
  ['Escape', false],
  ['ArrowDown', false],
  ['Ctrl+k', false],
])('%s is a single key: %s', (name, expected) => {
  expect(isSingleKey(name)).toBe(expected)
})
