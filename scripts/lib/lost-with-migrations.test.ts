import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrationFolder } from '../../src/platform/db/migrate.ts'
import { lossesOf } from './lost-with-migrations.ts'

const down = (statements: string) =>
  lossesOf(`-- Up Migration\ncreate table kept ();\n-- Down Migration\n${statements}`)

test.each([
  ['drop table drafts;', ['drafts']],
  ['drop table if exists drafts cascade;\ndrop index drafts_by_person;', ['drafts']],
  ['drop table drafts,\n  ticket_people;', ['drafts', 'ticket_people']],
  ['alter table tickets drop column location;', ['tickets.location']],
  [
    'alter table tickets drop location, drop column if exists place; -- drop table comments',
    ['tickets.location', 'tickets.place'],
  ],
  ['alter table emails\n  drop constraint emails_state_check,\n  alter column state drop not null;', []],
  ['alter table emails alter column state drop default;\ndrop function f();', []],
])('%s', (statements, lost) => {
  expect(down(statements).map(({ table, column }) => (column === null ? table : `${table}.${column}`))).toEqual(lost)
})

test('of every table that a migration creates, undoing says that it is lost', () => {
  const files = readdirSync(migrationFolder).filter((name) => /^\d.*\.sql$/.test(name))
  expect(files.length).toBeGreaterThan(20)
  for (const name of files) {
    const file = readFileSync(join(migrationFolder, name), 'utf8')
    const [up = ''] = file.split('-- Down Migration')
    const created = [...up.matchAll(/^create (?:unlogged )?table (?:if not exists )?(\w+)/gm)]
      .map(([, table]) => table)
      // A table that the migration itself drops again is not there to be lost.
      .filter((table) => !up.includes(`\ndrop table ${table};`))
    const lost = lossesOf(file).flatMap(({ table, column }) => (column === null ? [table] : []))
    expect(lost, name).toEqual(expect.arrayContaining(created))
  }
})
