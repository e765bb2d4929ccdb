import type { BoardCard } from './board.ts'

/** How far the pointer goes, in pixels, before it drags. */
const dragFrom = 6
/** How near the edge of the board, in pixels, the board scrolls, and how far with each move. */
const edge = 48
const step = 14

/** The card that somebody holds, by the pointer or by keys, and over which column. */
export const handOf = (heard: (isHolding: boolean) => void, drop: (card: BoardCard, column: number) => void) => {
  const state = $state({
    card: null as BoardCard | null,
    over: null as number | null,
    /** Where the card is that follows the pointer; null while keys hold it. */
    at: null as { x: number; y: number } | null,
  })
  let wasDragged = false

  const release = (): void => {
    if (state.card === null) return
    state.card = null
    state.over = null
    state.at = null
    heard(false)
  }
  const pick = (card: BoardCard, over: number | null): void => {
    state.card = card
    state.over = over
    heard(true)
  }
  const columnAt = (x: number, y: number): number | null => {
    const column = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-column]')
    return column ? Number(column.dataset.column) : null
  }
  const scroll = (x: number): void => {
    const board = document.querySelector('.board')
    const box = board?.getBoundingClientRect()
    if (!board || !box) return
    if (x > box.right - edge) board.scrollLeft += step
    else if (x < box.left + edge) board.scrollLeft -= step
  }

  return {
    state,
    pick,
    release,
    drop(): void {
      const { card, over } = state
      release()
      if (card !== null && over !== null) drop(card, over)
    },
    /** Whether the click that comes now is the end of a drag. */
    takesClick: (): boolean => {
      const was = wasDragged
      wasDragged = false
      return was
    },
    /** Begins to drag when a mouse or a pen moves. A finger scrolls, and taps. */
    down(event: PointerEvent, card: BoardCard): void {
      wasDragged = false
      if (event.button !== 0 || event.pointerType === 'touch' || state.card !== null) return
      const from = { x: event.clientX, y: event.clientY }
      const end = new AbortController()
      const move = ({ clientX: x, clientY: y }: PointerEvent): void => {
        if (state.card === null) {
          if (Math.hypot(x - from.x, y - from.y) < dragFrom) return
          wasDragged = true
          pick(card, null)
        }
        state.at = { x, y }
        state.over = columnAt(x, y)
        scroll(x)
      }
      const stop = (isDrop: boolean): void => {
        end.abort()
        const { card: held, over } = state
        release()
        if (isDrop && held !== null && over !== null) drop(held, over)
      }
      const { signal } = end
      addEventListener('pointermove', move, { signal })
      addEventListener('pointerup', () => stop(true), { signal })
      addEventListener('pointercancel', () => stop(false), { signal })
      const onkeydown = (key: KeyboardEvent): void => {
        if (key.key === 'Escape' && state.card !== null) stop(false)
      }
      addEventListener('keydown', onkeydown, { signal })
    },
  }
}
export type Hand = ReturnType<typeof handOf>
