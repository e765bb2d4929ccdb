import fc, { type Arbitrary } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld } from '../support/people.ts'
import { quotasOff } from '../support/quotas-off.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { type Action, type Name, people, staff, technicians, tickets } from './merge-actions.ts'
import { type Cast, createCast, createRun, expectedList, listed, outcomeOf, read, send } from './merge-desk.ts'
import { MergeModel } from './merge-model.ts'

// Random merges and what hangs on them, by several people, against a plain model. `FUZZ_MERGES` is the number of runs,
// `FUZZ_SEED` the first of them; without them the runs are the same every time.
const { FUZZ_MERGES, FUZZ_SEED = '20261126' } = process.env
const runs = Number(FUZZ_MERGES ?? 26)

let desk: Desk
let cast: Cast
/** How often each outcome was reached. */
const reached = new Map<string, number>()

beforeAll(async () => {
  const settings = { ...quotasOff, RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000' }
  desk = await startDesk({ withWorker: false, settings })
  cast = await createCast(desk, await createWorld(desk))
})
afterAll(() => desk?.stop())

/** Mostly the first ones, so that acts meet. */
const anyTicket = fc.oneof(fc.nat(2), fc.nat(4), fc.nat(tickets.length - 1))
const anybody = fc.constantFrom(...people)
/** Mostly people who may act. */
const likely = fc.constantFrom('ada' as const, 'bea' as const, 'ada' as const, 'tess' as const, ...people)
const kinds = fc.constantFrom('parent' as const, 'parent' as const, 'related' as const)

const actions: Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('merge' as const), by: likely, of: anyTicket, into: anyTicket }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('unmerge', 'unmerge', 'resolve', 'close'),
      by: likely,
      of: anyTicket,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('link', 'link', 'link', 'unlink'),
      by: likely,
      of: anyTicket,
      as: kinds,
      other: anyTicket,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('watch', 'watch', 'unwatch'),
      by: likely,
      of: anyTicket,
      whom: fc.constantFrom(...staff, 'cleo' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('comment' as const),
      by: anybody,
      of: anyTicket,
      visibility: fc.constantFrom('public', 'internal'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('assign' as const),
      by: fc.constantFrom('ada' as const, 'bea' as const),
      of: anyTicket,
      whom: fc.constantFrom(...technicians, null),
    }),
  },
)

const merge = (of: number, into: number, by: Name = 'ada'): Action => ({ kind: 'merge', by, of, into })
const unmerge = (of: number): Action => ({ kind: 'unmerge', by: 'ada', of })
const parent = (of: number, other: number): Action => ({ kind: 'link', by: 'ada', of, as: 'parent', other })
const assign = (of: number, whom: Name): Action => ({ kind: 'assign', by: 'ada', of, whom })
const close = (of: number): Action => ({ kind: 'close', by: 'ada', of })
const resolve = (of: number): Action => ({ kind: 'resolve', by: 'ada', of })

/**
 * How runs begin: with nothing; with a circle that a merge closes, or its undoing; or with work that several share.
 * Each is a run of its own as well, so that every kind of outcome is reached.
 */
const beginnings: Action[][] = [
  [],
  [
    parent(0, 3),
    parent(3, 1),
    merge(0, 1),
    parent(1, 0),
    parent(0, 2),
    merge(4, 2),
    unmerge(4),
    assign(4, 'tess'),
    resolve(4),
  ],
  [merge(0, 1), parent(2, 1), merge(1, 2), parent(0, 1), parent(0, 3), merge(3, 2), unmerge(1)],
  [
    ...[assign(0, 'tess'), assign(1, 'tom'), assign(2, 'nora'), merge(0, 1, 'tess'), merge(0, 1, 'nora')],
    ...[resolve(1), merge(0, 1), merge(1, 0), merge(2, 0), merge(0, 2), merge(2, 5), unmerge(0)],
    ...[parent(2, 1), { kind: 'watch', by: 'tom', of: 1, whom: 'tess' } as const],
    ...[{ kind: 'comment', by: 'cleo', of: 1, visibility: 'public' } as const, resolve(1)],
  ],
  [
    ...[assign(0, 'tess'), assign(1, 'tom'), { kind: 'watch', by: 'ada', of: 2, whom: 'nora' } as const],
    ...[parent(2, 1), parent(4, 0), parent(3, 6), merge(0, 1), merge(2, 1)],
    ...[{ kind: 'comment', by: 'ada', of: 0, visibility: 'internal' } as const, assign(4, 'nora')],
    resolve(1),
  ],
  [
    ...[parent(0, 1), parent(2, 1), close(2), merge(0, 3), close(3), close(1), merge(2, 4), unmerge(0), merge(2, 0)],
    ...[close(5), merge(5, 6), parent(4, 5), unmerge(5)],
  ],
]
const plans = fc
  .tuple(fc.constantFrom(...beginnings), fc.array(actions, { minLength: 15, maxLength: 30, size: 'max' }))
  .map(([first, then]) => [...first, ...then])

/** Compares with the model what everybody sees, and what the readers read of the places. */
const compare = async (
  model: MergeModel,
  ids: string[],
  readers: readonly Name[] = people,
  places: number[] = [...ids.keys()],
): Promise<void> => {
  const compareAs = async (name: Name): Promise<void> => {
    for (const isMerged of [false, true]) {
      const expected = expectedList(model, name, isMerged)
      expect(await listed(cast, ids, name, isMerged), `the list of ${name}, merged: ${isMerged}`).toEqual(expected)
    }
    if (!readers.includes(name)) return
    for (const place of places) {
      const expected = model.sees(name, place) ? model.reading(name, place) : null
      expect(await read(cast, ids, name, place), `ticket ${place} as ${name} reads it`).toEqual(expected)
    }
  }
  await Promise.all(people.map(compareAs))
}

/** Tries who may close what. Closing ends a run, because a refused attempt changes nothing, but a success does. */
const closeAll = async (model: MergeModel, ids: string[]): Promise<void> => {
  for (const name of people.toReversed()) {
    for (const place of ids.keys()) {
      const action: Action = { kind: 'close', by: name, of: place }
      if (!model.knows(action)) continue
      const expected = model.act(action)
      const outcome = outcomeOf(await send(cast, ids, action, ''))
      expect(outcome, `${name} closes ${place}`).toEqual(expected)
      reached.set(`close ${outcome.join(' ')}`, 1)
    }
  }
}

const play = async (plan: Action[]): Promise<void> => {
  const [model, ids] = [new MergeModel(), await createRun(cast)]
  for (const action of plan) {
    if (!model.knows(action)) continue
    const text = `${action.of}.${model.at(action.of).said.length}`
    const before = model.root(action.of)
    const expected = model.act(action)
    const outcome = outcomeOf(await send(cast, ids, action, text))
    expect(outcome, `the outcome of ${JSON.stringify(action)}`).toEqual(expected)
    reached.set(`${action.kind} ${outcome.join(' ')}`, 1)
    if (outcome[0] !== 200 || (action.kind !== 'merge' && action.kind !== 'unmerge')) continue
    await compare(model, ids, ['ada'], [action.of, model.root(action.of), before])
  }
  await compare(model, ids)
  await closeAll(model, ids)
}

test('merges, unmerges and all that hangs on them are as in a plain model', { timeout: 60_000 * runs }, async () => {
  const property = fc.asyncProperty(plans, play)
  await fc.assert(property, {
    seed: Number(FUZZ_SEED),
    numRuns: runs,
    examples: beginnings.map((plan) => [plan]),
  })
  if (FUZZ_MERGES !== undefined) return
  // The runs are worth something only when they reach the interesting outcomes.
  for (const outcome of [
    'merge 200 ',
    'merge 403 forbidden',
    'merge 404 ticket_not_found',
    ...['ticket_merged', 'merge_target_merged', 'merge_target_unknown', 'merge_circle', 'merge_across_customers'].map(
      (code) => `merge 422 ${code}`,
    ),
    ...['parent_circle', 'ticket_closed'].map((code) => `merge 422 ${code}`),
    ...['200 ', '200 stays_reopened', '200 parent_closed', '422 parent_circle'].map((rest) => `unmerge ${rest}`),
    ...['200 ', '422 link_to_itself', '422 link_circle', '422 parent_taken'].map((rest) => `link ${rest}`),
    'watch 200 ',
    'comment 201 ',
    ...['200 ', '422 children_open'].map((rest) => `close ${rest}`),
  ]) {
    expect([...reached.keys()]).toContain(outcome)
  }
})
