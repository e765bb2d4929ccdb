import { untrack } from 'svelte'
import { isSingleKey, keyNameOf } from './key-names.ts'
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
  /** Goes to another screen: the palette has these in a group of their own. */
  isPlace?: boolean
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
    // The component does not depend on what it registers.
    untrack(() => version++)
    return () => {
      areas.list.splice(areas.list.indexOf(entry), 1)
      untrack(() => version++)
    }
  })
}

/** Whether keys do something now: single ones may be switched off, alone and in a sequence. */
export const keysWork = (keys: string): boolean => preferences.singleKeys || !keys.split(' ').some(isSingleKey)

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input:not([type=checkbox], [type=radio]), textarea, select') !== null)

const isCovered = (): boolean => document.querySelector('dialog[open], [popover]:popover-open') !== null

let pending = ''
let pendingAt = 0
const sequenceMs = 1_500

const onKeyDown = (event: KeyboardEvent): void => {
  const name = event.defaultPrevented ? null : keyNameOf(event)
  if (name === null) return
  const typing = isTyping(event.target)
  const isPlain = !event.ctrlKey && !event.metaKey
  if ((isPlain && typing) || (isSingleKey(name) && !preferences.singleKeys) || isCovered()) return
  const sequence = pending !== '' && event.timeStamp - pendingAt < sequenceMs ? `${pending} ${name}` : name
  const acts = keyAreas()
    .reverse()
    .flatMap((area) => area.acts)
  const act = acts.find(({ keys }) => keys === sequence) ?? acts.find(({ keys }) => keys === name)
  if (act && (!typing || act.whileTyping)) {
    pending = ''
    event.preventDefault()
    // A key that is held moves in a list, and does everything else once.
    if (!event.repeat || act.isSilent) act.run(event)
    return
  }
  if (event.key === 'Shift') return
  pending = isPlain && acts.some(({ keys }) => keys.startsWith(`${name} `)) ? name : ''
  pendingAt = event.timeStamp
}

/** Begins to listen. */
export const startKeys = (): void => {
  addEventListener('keydown', onKeyDown)
}
