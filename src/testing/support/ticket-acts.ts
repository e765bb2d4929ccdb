import fc, { type Arbitrary } from 'fast-check'

// What random people do to tickets, for the property of the feed.

const technicians = ['tess', 'nora', 'tom'] as const
const customers = ['cleo', 'carl'] as const
/** The robot is a service account. */
export const readers = [...technicians, 'robot', ...customers] as const
export type Reader = (typeof readers)[number]

/** The tickets of each run: whose they are, and of which category. */
export const tickets = [
  ['cleo', 'Network'],
  ['cleo', 'Printer'],
  ['cleo', 'Network'],
  ['carl', 'Network'],
] as const

export type Act =
  | { kind: 'assign'; of: number; whom: (typeof technicians)[number] | null }
  | { kind: 'take'; by: (typeof technicians)[number]; of: number }
  | { kind: 'recategorize'; of: number; category: string; whom?: 'tess' }
  | { kind: 'merge'; of: number; into: number }
  | { kind: 'unmerge' | 'delete' | 'restore'; of: number }
  | { kind: 'move'; of: number; to: (typeof customers)[number] }
  | { kind: 'watch' | 'unwatch'; of: number; whom: (typeof technicians)[number] }
  | { kind: 'comment'; by: Reader | 'ada'; of: number; visibility: 'public' | 'internal' }
  | { kind: 'mention'; of: number; whom: (typeof technicians)[number] }
  | { kind: 'resolve' | 'close' | 'reopen'; of: number }
  | { kind: 'category'; whom: 'nora' | 'tom'; category: string }
  | { kind: 'role' }
  | { kind: 'undo' }

const of = fc.nat(tickets.length - 1)
const technician = fc.constantFrom(...technicians)
const category = fc.constantFrom('Network', 'Printer', 'NETWORK')
const one = <K extends Act['kind']>(...kinds: K[]): Arbitrary<K> => fc.constantFrom(...kinds)
export const acts: Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: one('assign'), of, whom: fc.option(technician) }) },
  { weight: 2, arbitrary: fc.record({ kind: one('take'), by: technician, of }) },
  { weight: 2, arbitrary: fc.record({ kind: one('recategorize'), of, category }) },
  { weight: 1, arbitrary: fc.record({ kind: one('recategorize'), of, category, whom: fc.constant('tess' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: one('merge'), of, into: of }) },
  { weight: 4, arbitrary: fc.record({ kind: one('unmerge', 'delete', 'restore'), of }) },
  { weight: 1, arbitrary: fc.record({ kind: one('move'), of, to: fc.constantFrom(...customers) }) },
  { weight: 4, arbitrary: fc.record({ kind: one('watch', 'watch', 'unwatch'), of, whom: technician }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: one('comment'),
      by: fc.constantFrom('ada' as const, ...readers),
      of,
      visibility: fc.constantFrom('public' as const, 'internal' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: one('mention'), of, whom: technician }) },
  { weight: 5, arbitrary: fc.record({ kind: one('resolve', 'close', 'reopen'), of }) },
  {
    weight: 4,
    arbitrary: fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: one('undo') }) },
      { weight: 1, arbitrary: fc.record({ kind: one('role') }) },
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: one('category'), whom: fc.constantFrom('nora', 'tom'), category }) },
)

/** Each kind of change that can be taken back, and a role for a moment. */
export const takenBack: Act[] = [
  { kind: 'assign', of: 0, whom: 'tom' },
  { kind: 'undo' },
  { kind: 'mention', of: 1, whom: 'nora' },
  { kind: 'undo' },
  { kind: 'resolve', of: 2 },
  { kind: 'undo' },
  { kind: 'resolve', of: 2 },
  { kind: 'reopen', of: 2 },
  { kind: 'close', of: 2 },
  { kind: 'undo' },
  { kind: 'role' },
]
