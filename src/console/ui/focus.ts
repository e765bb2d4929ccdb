import { tick } from 'svelte'
import type { Attachment } from 'svelte/attachments'

/** Whether no element has the keyboard, because the one that had it is gone. */
const isLost = (): boolean => document.activeElement === null || document.activeElement === document.body

/** Puts the keyboard on an element that is no control, such as a heading: a screen reader reads on from there. */
const focusOn = (element: HTMLElement): void => {
  element.tabIndex = -1
  element.focus({ preventScroll: true })
}

/** After what is on its way to the screen: where the keyboard is lost, it goes to the heading of the screen. */
export const saveFocus = async (): Promise<void> => {
  await tick()
  const heading = document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main')
  if (isLost() && heading !== null) focusOn(heading)
}

let isFirst = true

/**
 * For the heading of a screen: it takes the keyboard where the screen before took it away. Not on the first screen of a
 * tab, on which the first press of Tab leads to the link that skips the navigation.
 */
export const takesFocus: Attachment<HTMLElement> = (heading) => {
  if (!isFirst && isLost()) focusOn(heading)
  isFirst = false
}
