import { untrack } from 'svelte'
import { preferences } from './preferences.svelte.ts'

/** Something that a key does on the present screen. */
export interface KeyAct {
  /** One key (`j`), a sequence (`g q`), or with a modifier (`Ctrl+k`, which is ⌘ on a Mac as well). */
  keys: string
  /** What it does, for the list of keys and the palette. */
  does: string
  run: (event: KeyboardEvent) => void
  /** Not in the palette, such as moving in a list. */
  isSilent?: boolean
  /** Also while somebody types; only for keys with a modifier. */
  whileTyping?: boolean
}

/** The acts of one part of the screen. */
export interface KeyArea {
  area: string
  acts: KeyAct[]
}

const areas = $state.raw<{ list: (() => KeyArea)[] }>({ list: [] })
let version = $state(0)

/** What keys do now, by area; the last that came is the first that is asked. */
export const keyAreas = (): KeyArea[] => {
  void version
  return areas.list.map((area) => area())
}

/** Lets keys do something while the component is there. `acts` is read anew for each key. */
export const useKeys = (area: string, acts: () => KeyAct[]): void => {
  $effect(() => {
    const entry = (): KeyArea => ({ area, acts: acts() })
    areas.list.push(entry)
    untrack(() => version++)
    return () => {
      areas.list.splice(areas.list.indexOf(entry), 1)
      untrack(() => version++)
    }
  })
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input:not([type=checkbox], [type=radio]), textarea, select') !== null)

const isCovered = (): boolean => document.querySelector('dialog[open], [popover]:popover-open') !== null

const nameOf = (event: KeyboardEvent): string => {
  const parts = [(event.ctrlKey || event.metaKey) && 'Ctrl', event.shiftKey && event.key.length > 1 && 'Shift']
  return [...parts.filter(Boolean), event.key].join('+')
}

let pending = ''
let pendingAt = 0
const sequenceMs = 1_500

const onKeyDown = (event: KeyboardEvent): void => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return
  // AltGr writes characters, and Alt with a letter belongs to the browser.
  if (event.altKey || event.getModifierState('AltGraph')) return
  const name = nameOf(event)
  const isPlain = !event.ctrlKey && !event.metaKey
  const typing = isTyping(event.target)
  if (isPlain && (typing || !preferences.singleKeys)) return
  if (isCovered()) return
  const sequence = pending !== '' && event.timeStamp - pendingAt < sequenceMs ? `${pending} ${name}` : name
  const acts = keyAreas()
    .reverse()
    .flatMap((area) => area.acts)
  const act = acts.find(({ keys }) => keys === sequence) ?? acts.find(({ keys }) => keys === name)
  if (act && (!typing || act.whileTyping)) {
    pending = ''
    event.preventDefault()
    act.run(event)
    return
  }
  pending = isPlain && acts.some(({ keys }) => keys.startsWith(`${name} `)) ? name : ''
  pendingAt = event.timeStamp
}

/** Begins to listen. */
export const startKeys = (): void => {
  addEventListener('keydown', onKeyDown)
}
