import { describe, expect, test } from 'vitest'
import { createLog } from './log.ts'
import { type LineStream, painterOf, readableLog, timeOfDay, withoutControls } from './readable-log.ts'

const collect = (hasColors: boolean) => {
  const lines: string[] = []
  const stream: LineStream = { write: (line) => lines.push(line), hasColors: () => hasColors }
  return { lines, stream, log: createLog('trace', readableLog(stream)) }
}
const time = '\\d\\d:\\d\\d:\\d\\d'

describe('the log for a person', () => {
  test('is one line with the time, the level, what happened, and the facts', () => {
    const { lines, log } = collect(false)
    log.info({ process: 7, name: 'two words', empty: '', nested: { a: [1] } }, 'a web process listens')
    log.warn('a warning')
    expect(lines[0]).toMatch(
      new RegExp(`^${time} info a web process listens process=7 name="two words" empty="" nested=\\{"a":\\[1\\]\\}\n$`),
    )
    expect(lines[1]).toMatch(new RegExp(`^${time} warn a warning\n$`))
  })

  test('has the stack of an error behind an error, and only its message in a warning', () => {
    const { lines, log } = collect(false)
    const error = new RangeError('out\nof range')
    log.warn({ error }, 'odd')
    log.error({ error }, 'bad')
    expect(lines[0]).toMatch(/ warn odd error="RangeError: out\\nof range"\n$/)
    expect(lines[1]).toMatch(/ error bad error="RangeError: out\\nof range"\n.*\n? +at /)
  })

  test('gives a terminal nothing to obey, whatever a caller sent', () => {
    const { lines, log } = collect(false)
    log.error({ agent: '\u001b[2J\u009b31m', error: new Error('a\u001bb\u009bc') }, 'seen \u0007\u009b')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(lines.join('').replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  })

  test('has colours on a terminal that shows them, and none elsewhere', () => {
    const { lines, log } = collect(true)
    log.warn('careful')
    expect(lines[0]).toContain('\u001b[33mwarn\u001b[39m')
    expect(painterOf({ write: () => {} })('red', 'x')).toBe('x')
    expect(painterOf({ write: () => {}, hasColors: () => false })('red', 'x')).toBe('x')
  })
})

test('a text without controls, and a time of day', () => {
  expect(withoutControls('a\u0000b\u007fc\u0085d\u009be\n')).toBe('a?b?c?d?e?')
  expect(timeOfDay(new Date(2026, 10, 26, 9, 5, 7))).toBe('09:05:07')
})
