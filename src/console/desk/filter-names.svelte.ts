import { queue } from './queue.svelte.ts'

let names = $state.raw<ReadonlyMap<string, string>>(new Map())

/** Keeps the name of a person who was chosen, because the address has the id only. */
export const rememberName = (id: string, name: string): void => {
  if (names.get(id) !== name) names = new Map([...names, [id, name]])
}

/** The name of a person by id, as far as the page knows it; else the id. */
export const nameOf = (id: string): string => {
  const known = names.get(id)
  if (known !== undefined) return known
  const row = queue.rows.find(({ customer_id, technician_id }) => customer_id === id || technician_id === id)
  if (row === undefined) return id
  return (row.customer_id === id ? row.customer_name : row.technician_name) ?? id
}
