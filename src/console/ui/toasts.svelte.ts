/** A short word at the edge of the page, which goes by itself. */
export interface Toast {
  id: number
  text: string
  action?: { label: string; keys?: string; run: () => void }
}

let last = 0
const list = $state<Toast[]>([])
const timers = new Map<number, ReturnType<typeof setTimeout>>()

const atMost = 4

const dismiss = (id: number): void => {
  clearTimeout(timers.get(id))
  timers.delete(id)
  const index = list.findIndex((toast) => toast.id === id)
  if (index !== -1) list.splice(index, 1)
}

const wait = (id: number, seconds: number): void => {
  timers.set(
    id,
    setTimeout(() => dismiss(id), seconds * 1_000),
  )
}

export const toasts = {
  list,
  dismiss,
  /** Shows a toast for ten seconds, or as long as it says. Returns what takes it away before. */
  show({ seconds = 10, ...toast }: Omit<Toast, 'id'> & { seconds?: number }): () => void {
    const id = ++last
    list.push({ ...toast, id })
    while (list.length > atMost) dismiss(list[0]?.id ?? 0)
    wait(id, seconds)
    return () => dismiss(id)
  },
}
