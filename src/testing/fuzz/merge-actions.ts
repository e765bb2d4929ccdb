/** Who acts on the tickets of the model. */
export const people = ['ada', 'bea', 'tess', 'nora', 'tom', 'cleo', 'carl'] as const
export type Name = (typeof people)[number]
type Role = 'admin' | 'technician' | 'customer'

export const roles: Record<Name, Role> = {
  ada: 'admin',
  bea: 'admin',
  tess: 'technician',
  nora: 'technician',
  tom: 'technician',
  cleo: 'customer',
  carl: 'customer',
}
export const categories: Partial<Record<Name, string>> = { tess: 'Network', nora: 'Network', tom: 'Printer' }
export const staff: Name[] = people.filter((name) => roles[name] !== 'customer')
export const technicians: Name[] = people.filter((name) => roles[name] === 'technician')

/** The tickets of each run, by their places: whose they are, and of which category. */
export const tickets = [
  ['cleo', 'Network'],
  ['cleo', 'Network'],
  ['cleo', 'Printer'],
  ['cleo', 'Printer'],
  ['cleo', 'Network'],
  ['carl', 'Network'],
  ['carl', 'Printer'],
] as const satisfies [Name, string][]

export type Action =
  | { kind: 'merge'; by: Name; of: number; into: number }
  | { kind: 'unmerge' | 'close' | 'resolve'; by: Name; of: number }
  | { kind: 'link' | 'unlink'; by: Name; of: number; as: 'parent' | 'related'; other: number }
  | { kind: 'watch' | 'unwatch'; by: Name; of: number; whom: Name }
  | { kind: 'comment'; by: Name; of: number; visibility: 'public' | 'internal' }
  | { kind: 'assign'; by: Name; of: number; whom: Name | null }

/** What a request answers with: its status, and the code of a refusal or the codes of warnings. */
export type Outcome = [status: number, codes: string]
