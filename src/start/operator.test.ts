import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOperator } from './operator.ts'

let parent: string
const newFolder = () => mkdtemp(join(parent, 'data-'))
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'counterdesk-operator-'))
})
afterAll(() => rm(parent, { recursive: true, force: true }))

/** An operator, and what the streams got. */
const operatorWith = (isProduction: boolean, terminals: ('stdout' | 'stderr')[] = []) => {
  const got = { stdout: '', stderr: '' }
  const streamOf = (name: 'stdout' | 'stderr') => ({
    isTTY: terminals.includes(name),
    write: (line: string) => {
      got[name] += line
    },
  })
  return { got, operator: createOperator(isProduction, { stdout: streamOf('stdout'), stderr: streamOf('stderr') }) }
}
const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const note = { name: 'first-admin', about: 'The first admin', lines: ['user id   admin', 'password  s3cret-of-admin'] }
const secret = 's3cret-of-admin'

describe('a note with a password', () => {
  test.each([
    [false, 'stdout'],
    [true, 'stdout'],
    [false, 'stderr'],
    [true, 'stderr'],
  ] as const)('goes to the terminal (production: %s, %s is one), and to no file', async (isProduction, terminal) => {
    const { got, operator } = operatorWith(isProduction, [terminal])
    const folder = await newFolder()
    await operator.handOver(note, folder)
    expect(got[terminal]).toContain(secret)
    expect(got[terminal === 'stdout' ? 'stderr' : 'stdout']).toBe('')
    expect(await readdir(folder)).toEqual([])
  })

  test.each([false, true])(
    'without a terminal is in a file that only the owner reads (production: %s)',
    async (isProduction) => {
      const { got, operator } = operatorWith(isProduction)
      const folder = join(await newFolder(), 'made-now')
      await operator.handOver(note, folder)
      const file = join(folder, 'first-admin')
      expect(await readFile(file, 'utf8')).toBe(`${note.lines.join('\n')}\n`)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(got.stdout + got.stderr).not.toContain(secret)
      expect(got.stdout).toContain(file)
      // An older file that others may read is replaced, and not written into.
      await writeFile(file, 'old')
      await chmod(file, 0o644)
      await operator.handOver(note, folder)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(await readdir(folder)).toEqual(['first-admin'])
    },
  )

  test('that cannot be kept is not told elsewhere: the operator learns what to do', async () => {
    const { got, operator } = operatorWith(true)
    const file = join(await newFolder(), 'no-folder')
    await writeFile(file, '')
    await operator.handOver(note, file)
    expect(got.stdout + got.stderr).not.toContain(secret)
    expect(jsonLines(got.stderr)).toEqual([
      expect.objectContaining({ level: 'fatal', msg: expect.stringContaining('npm run create-admin') }),
    ])
  })
})

test('in production everything is a JSON line, with the facts as members', () => {
  const { got, operator } = operatorWith(true)
  operator.say('ready', { database: 'desk at db' })
  operator.complain('wrong:', '  this\nand that')
  expect(jsonLines(got.stdout)).toEqual([
    { level: 'info', time: expect.any(String), database: 'desk at db', msg: 'ready' },
  ])
  expect(jsonLines(got.stderr).map(({ msg }) => msg)).toEqual(['wrong:', 'this\nand that'])
})

test('otherwise it is text, the facts first', () => {
  const { got, operator } = operatorWith(false)
  operator.say('ready', { database: 'desk at db' })
  operator.complain('wrong:', '  this')
  expect(got).toEqual({ stdout: '  database   desk at db\nready\n', stderr: 'wrong:\n  this\n' })
})
