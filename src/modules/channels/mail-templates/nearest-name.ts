/** How many letters must be put in, taken out or exchanged to make one text of another (Levenshtein). */
const distanceBetween = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1]
    for (let index = 1; index <= to.length; index += 1) {
      const exchanged = (row[index - 1] ?? 0) + (letter === to[index - 1] ? 0 : 1)
      next.push(Math.min(exchanged, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

/** How far a name may be from what was typed: a third of its letters, and two at least. */
const reachOf = (name: string): number => Math.max(2, Math.floor(name.length / 3))

/**
 * The name that was meant, of those there are: the nearest one. When none is near, it is the shortest name that has the
 * typed one in it, or that stands in the typed one. Null when there is none of these. `typed` has at most 40 letters.
 */
export const nearestName = (typed: string, names: string[]): string | null => {
  const near = names
    .map((name) => ({ name, distance: distanceBetween(typed, name) }))
    .filter(({ name, distance }) => distance <= reachOf(name))
    .sort((a, b) => a.distance - b.distance)
  const parts = names.filter((name) => name.includes(typed) || typed.includes(name)).sort((a, b) => a.length - b.length)
  return near[0]?.name ?? parts[0] ?? null
}
