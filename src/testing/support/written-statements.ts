import { Client } from 'pg'
import { vi } from 'vitest'

/** The statements with which some requests write a table. Nothing else may write it meanwhile. */
export const writesOf = async (table: string, requests: () => Promise<void>): Promise<string[]> => {
  const spy = vi.spyOn(Client.prototype, 'query')
  try {
    await requests()
    const texts = spy.mock.calls.map(([query]) => String(Object(query).text ?? query))
    return texts.filter((text) => new RegExp(`(?:update|insert into|delete from) ${table}\\b`).test(text))
  } finally {
    spy.mockRestore()
  }
}
