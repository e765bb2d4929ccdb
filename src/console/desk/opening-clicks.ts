/** The row of the list that an element is in, by its `data-row`. */
export const rowOf = (target: EventTarget | null): string | null =>
  (target as Element | null)?.closest?.('[data-row]')?.getAttribute('data-row') ?? null

/**
 * Opens the row that was under the pointer when it was pressed: what is there when the pointer is let go does not
 * matter, because rows may change meanwhile. A click with a modifier key is the browser's, and Enter is a click without
 * a press.
 */
export const openingClicks =
  (open: (id: string) => void) =>
  (list: HTMLElement): (() => void) => {
    let pressed: string | null = null
    const press = (event: Event): void => {
      pressed = rowOf(event.target)
    }
    const click = (event: MouseEvent): void => {
      const id = event.detail === 0 ? rowOf(event.target) : (pressed ?? rowOf(event.target))
      pressed = null
      if (id === null || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      open(id)
    }
    list.addEventListener('pointerdown', press)
    list.addEventListener('click', click)
    return () => {
      list.removeEventListener('pointerdown', press)
      list.removeEventListener('click', click)
    }
  }
