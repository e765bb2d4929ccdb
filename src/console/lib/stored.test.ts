import { expect, test, vi } from 'vitest'
import { forgetOld, keepTyped, readStored, readTyped } from './stored.ts'

const day = 86_400_000

test('what was typed is forgotten after four days, whoever typed it; other things stay', () => {
  const texts = new Map<string, string>()
  // As in a browser: what is kept are members of the store.
  const store = Object.create({
    getItem: (name: string) => texts.get(name) ?? null,
    setItem(this: Record<string, string>, name: string, text: string) {
      texts.set(name, text)
      this[name] = text
    },
    removeItem(this: Record<string, string>, name: string) {
      texts.delete(name)
      delete this[name]
    },
  })
  vi.stubGlobal('localStorage', store)
  keepTyped('counterdesk default TEC0001 draft TKT0001 reply', { text: 'Mine', base: 0 })
  store.setItem('counterdesk default TEC0002 outbox a', JSON.stringify({ body: 'Theirs', at: '2026-11-20T12:00:00Z' }))
  store.setItem('counterdesk default TEC0002 draft TKT0001 reply sent', '7')
  store.setItem('counterdesk default TEC0003 raise ', JSON.stringify({ subject: 'Of a former version' }))
  store.setItem('counterdesk.preferences', JSON.stringify({ language: 'de' }))
  forgetOld('counterdesk ')
  expect(readStored('counterdesk default TEC0001 draft TKT0001 reply')).toMatchObject({ text: 'Mine' })
  expect(readTyped('counterdesk default TEC0001 draft TKT0001 reply')).toEqual({ text: 'Mine', base: 0 })
  expect(readStored('counterdesk default TEC0003 raise ')).toBeNull()
  forgetOld('counterdesk ', Date.now() + 4 * day)
  expect([...texts.keys()]).toEqual(['counterdesk default TEC0002 draft TKT0001 reply sent', 'counterdesk.preferences'])
  vi.unstubAllGlobals()
})
