/** What is asked of a key event. */
export interface KeyPress {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
  isComposing: boolean
  keyCode: number
  repeat: boolean
  getModifierState(name: string): boolean
}

/**
 * The name by which keys are registered, such as `j`, `?`, `Escape`, `Ctrl+k` and `Ctrl+Shift+Enter`; null for a press
 * that writes a character in another way (Alt, AltGr, an input method), which never does anything. ⌘ counts as Ctrl.
 */
export const keyNameOf = (event: KeyPress): string | null => {
  // 229: what browsers without `isComposing` say while somebody composes.
  if (event.isComposing || event.keyCode === 229 || event.key === 'Dead' || event.key === 'Process') return null
  if (event.altKey || event.getModifierState('AltGraph')) return null
  const isCommand = event.ctrlKey || event.metaKey
  const isLocked = event.getModifierState('CapsLock') && !event.shiftKey
  const key = event.key.length === 1 && (isLocked || isCommand) ? event.key.toLowerCase() : event.key
  const isShifted = event.shiftKey && (key.length > 1 || isCommand)
  return [isCommand && 'Ctrl', isShifted && 'Shift', key].filter(Boolean).join('+')
}

/** Whether a name is a single key that writes a character, which people may switch off. */
export const isSingleKey = (name: string): boolean => [...name].length === 1
