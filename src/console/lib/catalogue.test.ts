import { expect, test, vi } from 'vitest'
import { value } from './sentences.ts'

const texts = {
  en: { sent: (name: string) => `Mailed to ${name}`, title: 'Sent', more: { hint: 'by mail', other: 'x' } },
  de: { sent: (name: string) => `An ${name} gemailt`, title: 'Gesendet', more: { hint: 'per Mail', other: 'x' } },
}
const kept = {
  en: { sent: (name: string) => `Kept for ${name}`, more: { hint: 'here' } },
  de: { sent: (name: string) => `Für ${name} da`, more: { hint: 'hier' } },
}

/** The words as a page gives them that has this in its head. */
const wordsAt = async (meta: string | null) => {
  vi.resetModules()
  vi.stubGlobal('document', { querySelector: () => (meta === null ? null : { getAttribute: () => meta }) })
  vi.doMock('./preferences.svelte.ts', () => ({ language: () => 'en' }))
  const { catalogue } = await import('./catalogue.svelte.ts')
  vi.unstubAllGlobals()
  return catalogue({ ...texts, withoutMails: kept })()
}

test('where no mails go, the words for that stand in, and all others stay', async () => {
  const [mailed, other] = [await wordsAt(null), await wordsAt('kept')]
  expect([mailed.sent('Cleo'), mailed.title, mailed.more.hint]).toEqual(['Mailed to Cleo', 'Sent', 'by mail'])
  expect([other.sent('Cleo'), other.title, other.more]).toEqual(['Kept for Cleo', 'Sent', { hint: 'here', other: 'x' }])
})

test('a name in a sentence turns nothing behind it, and one that is kept apart stays as it is', async () => {
  const { sent } = await wordsAt(null)
  expect(sent('\u202eeelC')).toBe('Mailed to \u25a1eelC')
  expect(sent('\u2069\u2067C')).toBe('Mailed to \u25a1\u25a1C')
  expect(sent('\u2068C\u202e\u2069')).toBe('Mailed to \u25a1C\u25a1\u25a1')
  expect(sent(value('C\u202ee'))).toBe('Mailed to \u2068Ce\u2069')
})
